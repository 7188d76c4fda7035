package artifact

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Contents returns the files that get published, in the tarball's order, with their facts. Those of a .tgz were gathered when
// it was opened; a directory's files are read now.
func (a *Artifact) Contents(ctx context.Context) (files []File, err error) {
	if a.packed {
		return a.files, nil
	}
	root, err := os.OpenRoot(a.path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	files = make([]File, len(a.files))
	for i, f := range a.files {
		if f.Facts, err = factsOf(ctx, root, f); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Path, err)
		}
		files[i] = f
	}
	return files, nil
}

func factsOf(ctx context.Context, root *os.Root, f File) (facts Facts, err error) {
	if err := ctx.Err(); err != nil {
		return Facts{}, err
	}
	opened, err := root.Open(filepath.FromSlash(f.Path))
	if err != nil {
		return Facts{}, err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	return look(f.Path, cancellable{ctx, opened}, f.Size)
}
