package artifact

import (
	"encoding/binary"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/artifact/secret"
	"github.com/agent-facets/facets-reconcile/internal/artifact/sourcemap"
)

// Leak is what a file contains that may not be meant for the public.
type Leak struct {
	Secret      secret.Kind // the kind of secret that it holds; "": none
	Sources     bool        // it is a source map that contains the sources
	AppleDouble bool        // it is a companion file that macOS writes on foreign disks and into archives
}

// leakOf looks for what may not be meant for the public. Of a source map it reads up to the first source, of other files the head.
func leakOf(name string, contents io.ReaderAt, size int64) (leak Leak, err error) {
	if leak.Secret, err = secret.Inspect(name, contents, size); err != nil {
		return Leak{}, fmt.Errorf("looking for secrets in it: %w", err)
	}
	if sourcemap.Named(name) {
		if leak.Sources, err = sourcemap.HasSources(io.NewSectionReader(contents, 0, size)); err != nil {
			return Leak{}, fmt.Errorf("reading it as a source map: %w", err)
		}
	}
	const magic = 0x00051607
	head := make([]byte, 4)
	if strings.HasPrefix(path.Base(name), "._") && size >= int64(len(head)) {
		if _, err := contents.ReadAt(head, 0); err != nil {
			return Leak{}, fmt.Errorf("reading its head: %w", err)
		}
		leak.AppleDouble = binary.BigEndian.Uint32(head) == magic
	}
	return leak, nil
}
