package compare

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Tarballs has the tarballs of versions: the served ones, for example, or those of a build.
type Tarballs interface {
	// Tarball returns a version's tarball, which the caller closes. Where it has none, the error wraps spec.ErrNotFound or
	// fs.ErrNotExist.
	Tarball(ctx context.Context, name spec.Name, version spec.Version) (*artifact.Tarball, error)
}

// Source is where tarballs come from, with a word for it.
type Source struct {
	Word string // "served"
	Tarballs
}

// Wanted is a comparison to make.
type Wanted struct {
	Group   string // of the state file
	Release string // its git tag: packages of one release have the same, and the same group
	Name    spec.Name
	Role    Role
	From    spec.Version // "": the one before To, as Reader finds it
	To      spec.Version
	Joined  bool         // the release's tag releases others, too: that this one was not among them then is no error
	Pinned  bool         // To is no version of the release's: the one before To is what the release's entry listed before
	DistTag spec.DistTag // tells the one before

	// Home is the package of npm that has the versions, where they are versions of another package. Foreign tells which of its versions
	// belong to other packages.
	Home    spec.Home
	Foreign func(spec.Version) bool // nil: none
}

// onNpm returns npm's name and version for a release of the package.
func (w Wanted) onNpm(release spec.Version) (spec.Name, spec.Version) {
	if w.Home.Own() {
		return w.Name, release
	}
	return w.Home.Name, w.Home.Version(release)
}

// release returns the release to which one of npm's versions belongs; "" where it is another package's.
func (w Wanted) release(version spec.Version) spec.Version {
	if w.Foreign != nil && w.Foreign(version) {
		return ""
	}
	release, ok := w.Home.Release(version)
	if !ok {
		return ""
	}
	return release
}

// Reader gets tarballs and compares them.
type Reader struct {
	Registry    Registry     // tells which versions are served
	Placeholder spec.Version // only holds a name, and is no version to compare with
	Old         []Source     // has the earlier versions
	New         []Source     // has the later versions; the first one that has a version counts
	Unmade      []string     // the words of the sources whose releases are not made yet
	Concurrency int          // packages at a time; each holds two unpacked streams, and on disk two tarballs
}

// Compare makes all comparisons, and returns them in their order. What could not be read of a package is in its Err, and stops no other
// comparison.
func (r Reader) Compare(ctx context.Context, wanted []Wanted) []Package {
	packages := make([]Package, len(wanted))
	absent := make([]bool, len(wanted))
	r.each(wanted, func(w Wanted) bool { return !w.Pinned }, func(i int, w Wanted) {
		packages[i], absent[i] = r.one(ctx, w)
	})
	entry := func(w Wanted) (entry Package, made bool) {
		i := slices.IndexFunc(wanted, func(other Wanted) bool {
			return other.Group == w.Group && other.Release == w.Release && other.Role == Entry
		})
		return packages[max(i, 0)], i >= 0
	}
	r.each(wanted, func(w Wanted) bool { return w.Pinned }, func(i int, w Wanted) {
		if lister, made := entry(w); made && w.From == "" {
			w.From = lister.listed(w)
		}
		packages[i], absent[i] = r.one(ctx, w)
	})
	for i, w := range wanted {
		lister, made := entry(w)
		if absent[i] && w.Role == Platform && made && lister.To != nil && !slices.Contains(r.Unmade, lister.To.Source) {
			packages[i].Err, packages[i].Note = "", fmt.Sprintf("version %s has no such platform", w.To)
		}
	}
	return packages
}

// each makes those comparisons that are meant, a few at a time.
func (r Reader) each(wanted []Wanted, meant func(Wanted) bool, do func(i int, w Wanted)) {
	var group errgroup.Group
	group.SetLimit(max(r.Concurrency, 1))
	for i, w := range wanted {
		if meant(w) {
			group.Go(func() error {
				do(i, w)
				return nil
			})
		}
	}
	_ = group.Wait() // each package keeps its own error
}

// one makes a comparison; absent tells whether there is no such version.
func (r Reader) one(ctx context.Context, w Wanted) (p Package, absent bool) {
	p, err := r.compare(ctx, w)
	if err != nil {
		p.Err, absent = err.Error(), errors.Is(err, errNowhere)
	}
	p.Name, p.Role = w.Name, w.Role
	return p, absent
}

// listed is the version of a pinned platform that an entry listed before; "" where that is not known.
func (p Package) listed(w Wanted) spec.Version {
	if p.From == nil || p.To == nil {
		return ""
	}
	for _, f := range p.Fields {
		if slices.Contains(f.Path, w.Name.String()) {
			before, _ := f.From.(string)
			return spec.Version(before)
		}
	}
	return w.To
}

func (r Reader) compare(ctx context.Context, w Wanted) (Package, error) {
	var to *Version
	var newErr error
	var both errgroup.Group
	both.Go(func() error {
		to, newErr = read(ctx, r.New, w, w.To)
		return nil
	})
	from, note, oldErr := r.old(ctx, w)
	_ = both.Wait() // its error is kept
	p := Package{Note: note, Files: []File{}, Fields: []Field{}}
	if from != nil {
		p.From = from.side()
	}
	if err := errors.Join(oldErr, newErr); err != nil {
		return p, err
	}
	p, err := Between(from, to)
	p.Note = note
	return p, err
}

// old reads the earlier version; nil where there is none, with the reason.
func (r Reader) old(ctx context.Context, w Wanted) (_ *Version, note string, err error) {
	at := w.From
	if at == "" {
		if at, err = r.before(ctx, w); err != nil {
			return nil, "", err
		}
	}
	if at == "" {
		return nil, fmt.Sprintf("no version below %s is served", w.To), nil
	}
	from, err := read(ctx, r.Old, w, at)
	switch {
	case !errors.Is(err, errNowhere):
	case w.Role == Platform:
		return nil, fmt.Sprintf("version %s has no such platform", at), nil
	case w.Joined:
		return nil, fmt.Sprintf("there is no version %s of it", at), nil
	}
	return from, "", err
}

// errNowhere says that no source has the version.
var errNowhere = errors.New("there is no such version to look at")

// read reads the version's tarball from the first source that has it.
func read(ctx context.Context, sources []Source, w Wanted, release spec.Version) (*Version, error) {
	name, version := w.onNpm(release)
	var why []error
	for _, source := range sources {
		tarball, err := source.Tarball(ctx, name, version)
		switch {
		case errors.Is(err, spec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
			why = append(why, fmt.Errorf("it is not %s: %w", source.Word, err))
			continue
		case err != nil:
			return nil, err
		}
		listing, err := tarball.List(ctx)
		if err = errors.Join(err, tarball.Close()); err != nil {
			return nil, fmt.Errorf("the tarball of %s@%s, as it is %s: %w", name, version, source.Word, err)
		}
		return &Version{
			Number: version, Source: source.Word, Integrity: tarball.Integrity, Packed: tarball.Size, Listing: listing,
		}, nil
	}
	return nil, fmt.Errorf("%s@%s: %w: %w", name, version, errNowhere, errors.Join(why...))
}
