package saved

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/wholefile"
)

// maxFileSize bounds what is read: a plan has about 1 KiB for each package.
const maxFileSize = 64 << 20

// seal returns the digest of everything in the plan. It detects edits that were made by mistake. It is no protection against an attacker:
// whoever can write the file can also seal it again.
func (p Plan) seal() (string, error) {
	p.Digest = ""
	data, err := json.Marshal(p)
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:]), err
}

// Write seals the plan and writes it to a file that only its owner may read, whole or not at all. It creates the folder if needed.
func Write(path string, p Plan) (err error) {
	if p.Digest, err = p.seal(); err != nil {
		return fmt.Errorf("saving the plan: %w", err)
	}
	data, err := json.MarshalIndent(p, "", " ")
	if err == nil {
		err = wholefile.WriteWithFolders(path, append(data, '\n'), 0o600)
	}
	if err != nil {
		return fmt.Errorf("saving the plan: %w", err)
	}
	return nil
}

// Read reads a plan strictly. A file that is no saved plan, has another format, is cut off or was edited gives an error that says so.
func Read(path string) (Plan, error) {
	data, err := read(path)
	if err != nil {
		return Plan{}, fmt.Errorf("reading the saved plan: %w", err)
	}
	p, err := parse(data)
	if err != nil {
		return Plan{}, fmt.Errorf("%s %w", path, err)
	}
	return p, nil
}

func read(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(file, maxFileSize+1))
	return data, errors.Join(err, file.Close())
}

func parse(data []byte) (Plan, error) {
	const foreign = "is not a saved plan; one is written by facets-reconcile plan --out FILE"
	if len(data) > maxFileSize {
		return Plan{}, fmt.Errorf("is larger than %d MiB, which no saved plan is", maxFileSize>>20)
	}
	var header struct{ APIVersion, Kind, Program string }
	var cut *json.SyntaxError
	err := json.Unmarshal(data, &header)
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return Plan{}, errors.New("is empty: plan again")
	case errors.As(err, &cut) && cut.Offset >= int64(len(data)) && bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")):
		return Plan{}, errors.New("is cut off: plan again, or have it copied anew")
	case err != nil:
		return Plan{}, errors.New(foreign)
	case header.Kind == "Plan" || header.Kind == "Drift" || header.Kind == "Result":
		return Plan{}, fmt.Errorf("is a report (kind %s), which lacks what a plan rests on; one that can be applied is written by "+
			"facets-reconcile plan --out FILE", header.Kind)
	case header.Kind != Kind:
		return Plan{}, errors.New(foreign)
	case header.APIVersion != desired.APIVersion:
		return Plan{}, fmt.Errorf("has the format %q, written by facets-reconcile %s; this program reads %q: plan and apply with the same one",
			header.APIVersion, header.Program, desired.APIVersion)
	}
	var p Plan
	strict := json.NewDecoder(bytes.NewReader(data))
	strict.DisallowUnknownFields()
	if err := strict.Decode(&p); err != nil {
		return Plan{}, fmt.Errorf("is a saved plan with something in it that this program does not know: %w; "+
			"plan and apply with the same version (it was written by %s)", err, header.Program)
	}
	digest, err := p.seal()
	if err != nil {
		return Plan{}, err
	}
	if digest != p.Digest {
		return Plan{}, errors.New("was edited since it was saved: its digest does not fit; plan again")
	}
	return p, nil
}
