package artifact

import (
	"archive/tar"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/agent-facets/facets-reconcile/internal/artifact/inflate"
)

// ErrDiffers says that two tarballs do not hold the same files.
var ErrDiffers = errors.New("the files differ")

// SameContents compares the files of two .tgz: path, mode and bytes. Their order and the compression do not count, since both depend on the
// program that packed them. It returns nil, an error that wraps ErrDiffers and names the first difference by path, or
// why one of them could not be read.
func SameContents(a, b io.Reader) error {
	contentsA, err := contents(a)
	if err != nil {
		return fmt.Errorf("reading the first tarball: %w", err)
	}
	contentsB, err := contents(b)
	if err != nil {
		return fmt.Errorf("reading the second tarball: %w", err)
	}
	paths := slices.AppendSeq(slices.Collect(maps.Keys(contentsA)), maps.Keys(contentsB))
	slices.Sort(paths)
	for _, path := range paths {
		inA, isInA := contentsA[path]
		inB, isInB := contentsB[path]
		switch {
		case !isInB:
			return fmt.Errorf("%w: %s is only in the first tarball", ErrDiffers, path)
		case !isInA:
			return fmt.Errorf("%w: %s is only in the second tarball", ErrDiffers, path)
		case inA.sum != inB.sum:
			return fmt.Errorf("%w: %s, of %d and %d bytes", ErrDiffers, path, inA.Size, inB.Size)
		case inA.Mode != inB.Mode:
			return fmt.Errorf("%w: %s has mode %04o in the first tarball and %04o in the second", ErrDiffers, path, inA.Mode, inB.Mode)
		}
	}
	return nil
}

// content is what two files are compared by.
type content struct {
	File
	sum [sha256.Size]byte
}

func contents(tarball io.Reader) (map[string]content, error) {
	found := map[string]content{}
	r := archive{seen: map[string]bool{}}
	err := r.each(tarball, func(_ *tar.Header, f File, entry io.Reader) error {
		sum := sha256.New()
		_, err := io.Copy(sum, entry)
		found[f.Path] = content{f, [sha256.Size]byte(sum.Sum(nil))}
		return err
	})
	return found, err
}

// each calls visit for each file of a .tgz, in its order, and reads to the end of what it unpacks to.
func (r *archive) each(tarball io.Reader, visit func(header *tar.Header, f File, entry io.Reader) error) error {
	unzipped, err := inflate.NewReader(tarball)
	if err != nil {
		return err
	}
	limited := &bounded{from: unzipped, limit: maxUnpacked}
	entries := tar.NewReader(limited)
	for {
		header, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return limited.rest()
		}
		if err != nil {
			return err
		}
		name, err := r.place(header)
		if err != nil {
			return err
		}
		if name == "" {
			continue
		}
		if err := visit(header, File{Path: name, Mode: header.Mode & 0o777, Size: header.Size}, entries); err != nil {
			return err
		}
	}
}
