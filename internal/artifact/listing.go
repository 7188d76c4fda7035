package artifact

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"github.com/agent-facets/facets-reconcile/internal/artifact/native"
)

// Listing is what a tarball holds, for who compares it with another.
type Listing struct {
	Files    []Listed // in the tarball's order
	Manifest []byte   // its package.json, as it stands there
}

// Listed is one file of a tarball.
type Listed struct {
	File // of its facts, only what it is as an executable
	Sum  [sha256.Size]byte
}

// List reads the tarball whole, once, and holds none of its files but package.json. It judges nothing but what could do harm when it
// is unpacked: an error is about the tarball.
func (t *Tarball) List(ctx context.Context) (_ Listing, err error) {
	open := func() (io.ReadCloser, error) { return t.Open(ctx) }
	opened, err := open()
	if err != nil {
		return Listing{}, err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	r := archive{seen: map[string]bool{}, second: newSecond(ctx, open)}
	defer func() { err = errors.Join(err, r.second.Close()) }()
	var l Listing
	err = r.each(cancelled{ctx, opened}, func(header *tar.Header, f File, entry io.Reader) (err error) {
		if f.Path == "package.json" {
			if f.Size > maxText {
				return fmt.Errorf("its package.json is larger than %d bytes", maxText)
			}
			l.Manifest, err = io.ReadAll(entry)
			l.Files = append(l.Files, Listed{f, sha256.Sum256(l.Manifest)})
			return err
		}
		sum := sha256.New()
		summed := io.TeeReader(entry, sum)
		again := func() (io.Reader, error) { return r.second.entry(r.limits.entries, header) }
		if f.Native, err = native.Inspect(native.NewStream(summed, again), f.Size); err != nil {
			return fmt.Errorf("%s: reading it as an executable: %w", f.Path, err)
		}
		_, err = io.Copy(io.Discard, summed) // what the executable's headers left unread
		l.Files = append(l.Files, Listed{f, [sha256.Size]byte(sum.Sum(nil))})
		return err
	})
	if err == nil && l.Manifest == nil {
		err = errors.New("it has no package.json, so it is no package")
	}
	return l, err
}

// Keep writes a tarball that comes from elsewhere to a temporary file in dir, os.TempDir() when empty, and sums it up. It is not looked
// into, and has no manifest. The caller closes it.
func Keep(ctx context.Context, dir string, tarball io.Reader) (_ *Tarball, err error) {
	to, err := newSpool(dir)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, to.Close())
		}
	}()
	sums := newHashes()
	size, err := io.Copy(io.MultiWriter(to, sums), io.LimitReader(cancelled{ctx, tarball}, maxUnpacked+1))
	if err == nil && size > maxUnpacked {
		err = fmt.Errorf("the tarball has more than %d bytes", int64(maxUnpacked))
	}
	if err != nil {
		return nil, err
	}
	sum := sums.digest()
	return &Tarball{Size: sum.size, Integrity: sum.integrity, Shasum: sum.shasum, Checksum: sum.checksum, spool: to}, nil
}
