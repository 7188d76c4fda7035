package npm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"unicode/utf16"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// chunk is how much of a tarball is encoded at a time: a multiple of three, so that base64 needs no padding in between.
const chunk = 48 << 10

// document is the body of a publish: JSON, with the tarball in base64 in it. Only what stands around the
// tarball is held in memory.
type document struct {
	publication  Publication
	before, tail []byte
}

func newDocument(p Publication, registry *url.URL) (*document, error) {
	manifest := p.manifest(registry)
	var access *spec.Access // null leaves it as it is
	if p.Access != "" {
		access = &p.Access
	}
	description, _ := manifest["description"].(string)
	before, err := json.Marshal(struct {
		ID          spec.Name                       `json:"_id"`
		Name        spec.Name                       `json:"name"`
		Description string                          `json:"description,omitempty"`
		DistTags    map[spec.DistTag]spec.Version   `json:"dist-tags"`
		Versions    map[spec.Version]map[string]any `json:"versions"`
		Access      *spec.Access                    `json:"access"`
	}{p.Name, p.Name, description, map[spec.DistTag]spec.Version{p.DistTag: p.Version},
		map[spec.Version]map[string]any{p.Version: manifest}, access})
	if err != nil {
		return nil, fmt.Errorf("the manifest: %w", err)
	}
	attachment, err := json.Marshal(p.file())
	if err != nil {
		return nil, err
	}
	before = bytes.TrimSuffix(before, []byte("}"))
	before = append(before, `,"_attachments":{`...)
	before = append(before, attachment...)
	before = append(before, `:{"content_type":"application/octet-stream","data":"`...)
	bundle, err := p.bundle()
	if err != nil {
		return nil, err
	}
	tail := `","length":` + strconv.FormatInt(p.Size, 10) + `}` + bundle + `}}`
	return &document{publication: p, before: before, tail: []byte(tail)}, nil
}

// bundle writes the provenance, behind the tarball as npm does: some registries take the first attachment for the tarball. Its text stands
// in a string, with the length that JavaScript counts.
func (p Publication) bundle() (string, error) {
	if p.Bundle == nil {
		return "", nil
	}
	attached, err := json.Marshal(map[string]any{p.Name.String() + "-" + p.Version.String() + ".sigstore": map[string]any{
		"content_type": p.Bundle.MediaType, "data": string(p.Bundle.Data), "length": len(utf16.Encode([]rune(string(p.Bundle.Data)))),
	}})
	if err != nil {
		return "", fmt.Errorf("the provenance bundle: %w", err)
	}
	return "," + string(attached[1:len(attached)-1]), nil
}

// file is the attachment's name; npm keeps the scope in it.
func (p Publication) file() string { return p.Name.String() + "-" + p.Version.String() + ".tgz" }

// manifest returns p.Manifest with what a publish adds to it.
func (p Publication) manifest(registry *url.URL) map[string]any {
	manifest := maps.Clone(p.Manifest)
	manifest["_id"] = p.Name.String() + "@" + p.Version.String()
	// npm writes http here whatever the registry is; registries put their own address in its place.
	tarball := "http://" + registry.Host + registry.EscapedPath() + p.Name.String() + "/-/" + p.file()
	manifest["dist"] = spec.Dist{Integrity: p.Integrity, Shasum: p.Shasum, Tarball: tarball}
	return manifest
}

// length is the number of bytes that a reader of the document gives.
func (d *document) length() int64 {
	return int64(len(d.before)) + (d.publication.Size+2)/3*4 + int64(len(d.tail))
}

// open starts reading the document. progress is called whenever some of it is taken.
func (d *document) open(ctx context.Context, progress func()) (*reader, error) {
	tarball, err := d.publication.Open(ctx)
	if err != nil {
		return nil, fmt.Errorf("opening the tarball: %w", err)
	}
	return &reader{document: d, tarball: tarball, ready: d.before, progress: progress,
		left: d.publication.Size, pairs: newPairs(), closed: make(chan struct{})}, nil
}

// reader reads a document once. It gives out the end only after all of the tarball has proven to be the one that the
// manifest describes: without its end no registry can take the document for whole.
type reader struct {
	document *document
	tarball  io.ReadCloser
	checksum uint32 // so far
	progress func()
	ready    []byte // encoded and not taken yet
	left     int64  // bytes of the tarball still to be encoded
	ended    bool
	failed   error
	pairs    *pairs
	raw      [chunk]byte
	encoded  [chunk / 3 * 4]byte

	begun     atomic.Bool // something was taken
	problem   atomic.Pointer[error]
	closeOnce sync.Once
	closed    chan struct{}
}

func (r *reader) Read(b []byte) (int, error) {
	r.progress()
	if len(r.ready) == 0 && r.failed == nil {
		r.failed = r.fill()
		if r.failed != nil && r.failed != io.EOF { //nolint:errorlint // fill's own
			r.problem.Store(&r.failed)
		}
	}
	if len(r.ready) == 0 {
		return 0, r.failed
	}
	r.begun.Store(true)
	n := copy(b, r.ready)
	r.ready = r.ready[n:]
	return n, nil
}

// fill makes more of the document ready.
func (r *reader) fill() error {
	switch {
	case r.left > 0:
		raw := r.raw[:min(r.left, chunk)]
		if _, err := io.ReadFull(r.tarball, raw); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return changed("it is shorter than the %d bytes that it had", r.document.publication.Size)
		} else if err != nil {
			return fmt.Errorf("reading the tarball: %w", err)
		}
		r.left -= int64(len(raw))
		if p := r.document.publication; p.Sent != nil {
			p.Sent(p.Size - r.left)
		}
		r.checksum = crc32.Update(r.checksum, crc32.MakeTable(crc32.Castagnoli), raw)
		r.ready = r.pairs.encode(r.encoded[:], raw)
		return nil
	case r.ended:
		return io.EOF
	}
	if err := r.verify(); err != nil {
		return err
	}
	r.ended, r.ready = true, r.document.tail
	return nil
}

func (r *reader) verify() error {
	p := r.document.publication
	if n, err := r.tarball.Read(r.raw[:1]); n > 0 {
		return changed("it is longer than the %d bytes that it had", p.Size)
	} else if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading the tarball: %w", err)
	}
	if r.checksum != p.Checksum {
		return changed("its checksum is another")
	}
	return nil
}

func changed(format string, args ...any) error {
	return fmt.Errorf("the tarball has changed since it was read: %w; run again once the build has ended", fmt.Errorf(format, args...))
}

// Close ends the reading; net/http calls it when it needs no more.
func (r *reader) Close() (err error) {
	r.closeOnce.Do(func() {
		err = r.tarball.Close()
		close(r.closed)
	})
	return err
}

// trouble returns why the document could not be read to its end, or nil.
func (r *reader) trouble() error {
	if err := r.problem.Load(); err != nil {
		return *err
	}
	return nil
}

// check is passed by all that is sent: artifacts, placeholders and what is staged. The rules of artifacts compare name and version too, but
// before anything of a release is sent, and a build may go on meanwhile.
func (p Publication) check() error {
	var problems []error
	wrong := func(is bool, format string, args ...any) {
		if is {
			problems = append(problems, fmt.Errorf(format, args...))
		}
	}
	wrong(p.Name == "", "the name is missing")
	wrong(p.Version == "", "the version is missing")
	wrong(p.DistTag == "", "the dist-tag is missing")
	name, version := p.Manifest["name"], p.Manifest["version"]
	wrong(name != p.Name.String() || version != p.Version.String(),
		"the package.json that was packed is that of %v@%v: nothing was sent; run again once the build has ended", name, version)
	wrong(p.Open == nil || p.Size <= 0, "the tarball is missing or empty")
	wrong(p.Access != "" && !p.Access.Known(), "the access %q is unknown", p.Access)
	if _, err := spec.ParseIntegrity(p.Integrity.String()); err != nil {
		problems = append(problems, fmt.Errorf("the integrity: %w", err))
	}
	return errors.Join(problems...)
}
