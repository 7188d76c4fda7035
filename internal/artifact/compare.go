package artifact

import (
	"archive/tar"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/artifact/inflate"
)

// ErrDiffers says that two tarballs do not hold the same files.
var ErrDiffers = errors.New("the files differ")

// maxNamed is how many differences are named; the rest is counted.
const maxNamed = 3

// SameContents compares the files of two .tgz: path, mode and bytes. Their order and the compression do not count, since both depend on the
// program that packed them. It returns nil, an error that wraps ErrDiffers and names the first differences by path, or
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
	var named []string
	more := 0
	for _, path := range slices.Compact(paths) {
		switch difference := difference(path, contentsA, contentsB); {
		case difference == "":
		case len(named) < maxNamed:
			named = append(named, difference)
		default:
			more++
		}
	}
	switch {
	case len(named) == 0:
		return nil
	case more > 0:
		named = append(named, fmt.Sprintf("and %d more", more))
	}
	return fmt.Errorf("%w: %s", ErrDiffers, strings.Join(named, "; "))
}

// difference says in what a file of two tarballs differs; "": in nothing.
func difference(path string, a, b map[string]content) string {
	inA, isInA := a[path]
	inB, isInB := b[path]
	switch {
	case !isInB:
		return path + " is only in the first tarball"
	case !isInA:
		return path + " is only in the second tarball"
	case inA.sum != inB.sum:
		return fmt.Sprintf("%s, of %d and %d bytes", path, inA.Size, inB.Size)
	case inA.Mode != inB.Mode:
		return fmt.Sprintf("%s has mode %04o in the first tarball and %04o in the second", path, inA.Mode, inB.Mode)
	}
	return ""
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
