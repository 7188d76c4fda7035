package artifact

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"

	"github.com/agent-facets/facets-reconcile/internal/artifact/shrinkwrap"
)

// Install is what a file's contents decide about: what npm installs, and how a command starts.
type Install struct {
	Shebang    string                 // the first line, where it starts with "#!"; cut off when it is long
	Text       bool                   // its first bytes are text
	Package    string                 // for the package.json of a folder in the package: its name
	Shrinkwrap *shrinkwrap.Shrinkwrap // for the package's own npm-shrinkwrap.json; nil: it is another file
}

// maxShebang is how much of a first line is kept, in bytes: more than any kernel reads.
const maxShebang = 512

func installOf(name string, contents io.ReaderAt, size int64) (i Install, err error) {
	head := make([]byte, min(size, maxShebang))
	if n, err := contents.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return Install{}, fmt.Errorf("reading its first line: %w", err)
	} else if n < len(head) {
		head = head[:n]
	}
	i.Text = !bytes.ContainsRune(head, 0)
	if line, _, _ := bytes.Cut(head, []byte("\n")); bytes.HasPrefix(line, []byte("#!")) {
		i.Shebang = string(line)
	}
	switch {
	case name == shrinkwrap.File:
		if i.Shrinkwrap, err = shrinkwrap.Read(io.NewSectionReader(contents, 0, size), size); err != nil {
			return Install{}, fmt.Errorf("reading it as a shrinkwrap: %w", err)
		}
	case path.Base(name) == "package.json" && size <= maxText:
		data, err := io.ReadAll(io.NewSectionReader(contents, 0, size))
		if err != nil {
			return Install{}, fmt.Errorf("reading it: %w", err)
		}
		var named struct{ Name any }
		if json.Unmarshal(data, &named) == nil {
			i.Package, _ = named.Name.(string)
		}
	}
	return i, nil
}
