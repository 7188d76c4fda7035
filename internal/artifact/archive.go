package artifact

import (
	"archive/tar"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/artifact/inflate"
	"github.com/agent-facets/facets-reconcile/internal/artifact/native"
	"github.com/agent-facets/facets-reconcile/internal/artifact/packlist"
	"github.com/agent-facets/facets-reconcile/internal/packagejson"
)

// maxPadding is how many bytes a .tgz may have after its last entry.
const maxPadding = 1 << 20

// archive reads a .tgz.
type archive struct {
	top      string // the one folder that contains everything
	seen     map[string]bool
	limits   limits
	artifact *Artifact
	raw      []byte // package.json
	second   *second
}

// openArchive reads a .tgz to its end and unpacks all of it. Each byte is read once, and hashed as it is unpacked. So the digest belongs to
// exactly the bytes that were found to be whole.
func openArchive(ctx context.Context, name string) (a *Artifact, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	sums := newHashes()
	unzipped, err := inflate.NewReader(io.TeeReader(cancellable{ctx, f}, sums))
	switch {
	case errors.Is(err, io.EOF):
		return nil, errors.New("it is empty; " + again)
	case errors.Is(err, inflate.ErrHeader):
		return nil, fmt.Errorf("it is no .tgz: %w; "+again, err)
	case err != nil:
		return nil, unreadable(err)
	}
	r := archive{seen: map[string]bool{}, artifact: &Artifact{path: name, packed: true}}
	r.second = newSecond(ctx, func() (io.ReadCloser, error) { return os.Open(name) })
	defer func() { err = errors.Join(err, r.second.Close()) }()
	err = r.read(unzipped)
	if err == nil && r.raw == nil {
		err = errors.New("it has no package.json, so it is no package; make it with npm pack")
	}
	if err == nil {
		r.artifact.pkg, err = packagejson.Parse(r.raw)
	}
	if err != nil {
		return nil, err
	}
	r.artifact.digest = sums.digest()
	return r.artifact, nil
}

func (r *archive) read(unzipped io.Reader) error {
	limited := &bounded{from: unzipped, limit: maxUnpacked}
	entries := tar.NewReader(limited)
	for {
		header, err := entries.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = r.entry(header, entries)
		}
		if limited.at >= limited.limit {
			return tooLarge()
		}
		if err != nil {
			return unreadable(err)
		}
	}
	return limited.rest()
}

const again = "copy it again, or make it again with npm pack"

// unreadable explains an error that is not about the archive's contents: it is cut off or damaged, or could not be read.
func unreadable(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the .tgz ends too early (%w); "+again, err)
	}
	if errors.Is(err, inflate.ErrHeader) { // the first header was right, so this is a second one
		return errors.New("the .tgz is damaged: behind its end stands something else; " + again)
	}
	for _, damage := range []error{inflate.ErrCorrupt, inflate.ErrChecksum, tar.ErrHeader} {
		if errors.Is(err, damage) {
			return fmt.Errorf("the .tgz is damaged: %w; "+again, err)
		}
	}
	return fmt.Errorf("reading the .tgz: %w", err)
}

func (r *archive) entry(header *tar.Header, contents io.Reader) error {
	name, err := r.place(header)
	if err != nil || name == "" {
		return err
	}
	f := File{Path: name, Mode: header.Mode & 0o777, Size: header.Size}

	if name == "package.json" {
		if header.Size > maxText {
			return fmt.Errorf("its package.json is larger than %d bytes", maxText)
		}
		r.artifact.files = append(r.artifact.files, f)
		r.raw, err = io.ReadAll(contents)
		return err
	}
	if r.artifact.shown.wants(name) && header.Size <= maxText {
		text, err := io.ReadAll(contents)
		r.artifact.files = append(r.artifact.files, f)
		r.artifact.shown.take(name, text)
		return err
	}
	again := func() (io.Reader, error) { return r.second.entry(r.limits.entries, header) }
	if f.Facts, err = look(name, native.NewStream(contents, again), header.Size); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	r.artifact.files = append(r.artifact.files, f)
	return nil
}

// place checks an entry and returns the file's path below the archive's one folder; "" for a folder and for entries without a file.
func (r *archive) place(header *tar.Header) (string, error) {
	size := header.Size
	if header.Typeflag != tar.TypeReg {
		size = 0
	}
	if err := r.limits.count(header.Name, size); err != nil {
		return "", err
	}
	switch header.Typeflag {
	case tar.TypeXGlobalHeader:
		return "", nil
	case tar.TypeDir: // npm unpacks its files without it; other tools make it where it says
		_, err := r.inside(strings.TrimSuffix(header.Name, "/") + "/.")
		return "", err
	case tar.TypeReg:
	default:
		return "", noFile(header)
	}
	if isSparse(header) { // it may claim any size, and npm's installers unpack it differently from tar
		return "", fmt.Errorf("%.*q is a sparse file; make it again with npm pack", packlist.MaxPath, header.Name)
	}
	return r.below(header.Name)
}

// noFile returns the error for an entry that npm leaves out when it installs the package. Each kind needs another advice.
func noFile(header *tar.Header) error {
	name := fmt.Sprintf("%.*q", packlist.MaxPath, header.Name)
	switch header.Typeflag {
	case tar.TypeLink:
		return fmt.Errorf("%s is a hard link to %.*q: npm pack makes one of files that are one on disk, and npm leaves it out when it "+
			"installs; name the directory here, which is packed with whole files, or copy the file before npm pack",
			name, packlist.MaxPath, header.Linkname)
	case tar.TypeSymlink:
		return fmt.Errorf("%s is a symbolic link to %.*q, which npm leaves out when it installs; put a copy of the file there", name,
			packlist.MaxPath, header.Linkname)
	case tar.TypeFifo:
		return fmt.Errorf("%s is a pipe, which npm leaves out when it installs; leave it out of the .tgz", name)
	case tar.TypeChar, tar.TypeBlock:
		return fmt.Errorf("%s is a device, which npm leaves out when it installs; leave it out of the .tgz", name)
	}
	return fmt.Errorf("%s is of a kind that npm does not install (type %q); make it again with npm pack", name, string(header.Typeflag))
}

func isSparse(header *tar.Header) bool {
	return slices.ContainsFunc(sortedKeys(header.PAXRecords), func(key string) bool { return strings.HasPrefix(key, "GNU.sparse.") })
}

// below checks a path and returns it below the archive's one folder, as npm unpacks it: its first part is dropped.
func (r *archive) below(name string) (string, error) {
	below, err := r.inside(name)
	switch {
	case err != nil:
		return "", err
	case path.Clean(name) != name:
		return "", fmt.Errorf("the path %q is not written plainly; make it again with npm pack", name)
	case r.seen[below]:
		return "", fmt.Errorf("it holds %q twice", below)
	}
	r.seen[below] = true
	return below, nil
}

// inside checks that a path, be it of a file or a folder, stays in the archive's one folder.
func (r *archive) inside(name string) (string, error) {
	if strings.HasPrefix(name, "/") {
		return "", fmt.Errorf("the path %.*q is absolute", packlist.MaxPath, name)
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." {
			return "", fmt.Errorf("the path %.*q leads outside of the package", packlist.MaxPath, name)
		}
	}
	top, below, found := strings.Cut(name, "/")
	if !found {
		return "", fmt.Errorf("%.*q stands beside the package's folder, where npm would not unpack it", packlist.MaxPath, name)
	}
	r.top = cmp.Or(r.top, top)
	if top != r.top {
		return "", fmt.Errorf("it holds two folders, %q and %q, where a package has one", r.top, top)
	}
	return below, packlist.CheckPath(below)
}
