package artifact

import (
	"fmt"
	"io"

	"github.com/agent-facets/facets-reconcile/internal/artifact/native"
)

// File is one regular file of the package.
type File struct {
	Path string // below the package's root, with slashes
	Mode int64  // permission bits as they stand in the tarball
	Size int64  // bytes
	Facts
}

// Facts are what the rules have to know about a file's contents. They are collected once, while the artifact is read, as no file is held in
// memory.
type Facts struct {
	Native *native.Native // what it is as an executable or shared object; nil: it is none
	Leak
	Install
}

// look collects the facts of a file of the given size.
func look(name string, contents io.ReaderAt, size int64) (facts Facts, err error) {
	if facts.Native, err = native.Inspect(contents, size); err != nil {
		return Facts{}, fmt.Errorf("reading it as an executable: %w", err)
	}
	if facts.Native != nil { // an executable is no text, and its reader may have passed the head
		return facts, nil
	}
	if facts.Leak, err = leakOf(name, contents, size); err != nil {
		return Facts{}, err
	}
	facts.Install, err = installOf(name, contents, size)
	return facts, err
}
