package compare_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/artifact/packagetest"
	"github.com/agent-facets/facets-reconcile/internal/compare"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// shelf has tarballs by name@version, or errors.
type shelf struct {
	t    *testing.T
	has  map[string]error
	none error
	more map[string]string // fields of package.json
}

func (s shelf) Tarball(ctx context.Context, name spec.Name, version spec.Version) (*artifact.Tarball, error) {
	id := fmt.Sprintf("%s@%s", name, version)
	err, has := s.has[id]
	switch {
	case !has:
		return nil, fmt.Errorf("looking for %s: %w", id, s.none)
	case err != nil:
		return nil, err
	}
	f, err := os.Open(packagetest.Tgz(s.t, packagetest.Regular("package/package.json", `{"version": "`+version.String()+`"`+s.more[id]+`}`)))
	if err != nil {
		return nil, err
	}
	return artifact.Keep(ctx, s.t.TempDir(), f)
}

// registry serves dist-tags and versions of every package alike; nil: it has none.
type registry struct {
	tags     map[spec.DistTag]spec.Version
	versions []spec.Version
	err      error
}

func (r registry) DistTags(context.Context, spec.Name) (map[spec.DistTag]spec.Version, error) {
	if r.tags == nil && r.err == nil {
		return nil, spec.ErrNotFound
	}
	return r.tags, r.err
}

func (r registry) Versions(context.Context, spec.Name) ([]spec.Version, error) {
	if r.versions == nil {
		return nil, spec.ErrNotFound
	}
	return r.versions, nil
}

func on(t *testing.T, ids ...string) shelf {
	s := shelf{t: t, has: map[string]error{}, none: spec.ErrNotFound}
	for _, id := range ids {
		s.has[id] = nil
	}
	return s
}

func reader(r registry, served, built shelf) compare.Reader {
	built.none = fs.ErrNotExist
	return compare.Reader{
		Registry: r, Placeholder: "0.0.1", Old: []compare.Source{{Word: "served", Tarballs: served}},
		New:    []compare.Source{{Word: "served", Tarballs: served}, {Word: "built", Tarballs: built}},
		Unmade: []string{"built"}, Concurrency: 2,
	}
}

func TestTheVersionBefore(t *testing.T) {
	const latest, next = spec.Latest, spec.DistTag("next")
	tags := func(at spec.Version) map[spec.DistTag]spec.Version { return map[spec.DistTag]spec.Version{latest: at} }
	for name, c := range map[string]struct {
		to   spec.Version
		tag  spec.DistTag
		is   registry
		want spec.Version
	}{
		"a new name":              {"1.0.0", latest, registry{}, ""},
		"only a placeholder":      {"1.0.0", latest, registry{tags("0.0.1"), []spec.Version{"0.0.1"}, nil}, ""},
		"npm's own placeholder":   {"1.0.0", latest, registry{tags("0.0.0-stage"), []spec.Version{"0.0.0-stage"}, nil}, ""},
		"the dist-tag's":          {"1.2.0", latest, registry{tags("1.0.0"), []spec.Version{"1.0.0", "1.1.0"}, nil}, "1.0.0"},
		"it is served already":    {"1.1.0", latest, registry{tags("1.1.0"), []spec.Version{"0.9.0", "1.0.0", "1.1.0"}, nil}, "1.0.0"},
		"an old line is mended":   {"1.0.1", latest, registry{tags("2.0.0"), []spec.Version{"1.0.0", "2.0.0"}, nil}, "1.0.0"},
		"no prerelease before it": {"1.1.0", latest, registry{tags("1.1.0"), []spec.Version{"1.0.0", "1.1.0-rc.1", "1.1.0"}, nil}, "1.0.0"},
		"but before another":      {"1.1.0-rc.2", next, registry{tags("1.0.0"), []spec.Version{"1.0.0", "1.1.0-rc.1"}, nil}, "1.1.0-rc.1"},
		"the tag is not there":    {"1.1.0", next, registry{tags("1.0.0"), []spec.Version{"1.0.0"}, nil}, "1.0.0"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			served := on(t)
			for _, v := range c.is.versions {
				served.has["p@"+v.String()] = nil
			}
			packages := reader(c.is, served, on(t, "p@"+c.to.String())).Compare(t.Context(),
				[]compare.Wanted{{Name: "p", To: c.to, DistTag: c.tag}})
			g.Expect(packages).To(HaveLen(1))
			g.Expect(packages[0].Err).To(BeEmpty())
			if c.want == "" {
				g.Expect(packages[0].From).To(BeNil())
				g.Expect(packages[0].Note).To(Equal("no version below " + c.to.String() + " is served"))
				return
			}
			g.Expect(packages[0].From).To(HaveField("Version", c.want))
		})
	}
}

func TestWhatIsServedGoesBeforeWhatIsBuilt(t *testing.T) {
	g := NewWithT(t)
	wanted := []compare.Wanted{{Name: "p", From: "1.0.0", To: "1.1.0"}}
	source := func(served ...string) string {
		packages := reader(registry{}, on(t, served...), on(t, "p@1.1.0")).Compare(t.Context(), wanted)
		g.Expect(packages[0].Err).To(BeEmpty())
		return packages[0].To.Source
	}
	g.Expect(source("p@1.0.0")).To(Equal("built"))
	g.Expect(source("p@1.0.0", "p@1.1.0")).To(Equal("served"))
}

func TestWhatCannotBeReadKeepsNothingElseBack(t *testing.T) {
	g := NewWithT(t)
	served := on(t, "a@1.0.0", "b@1.0.0", "c@1.1.0")
	served.has["b@1.1.0"] = errors.New("the registry answered 503")
	packages := reader(registry{}, served, on(t, "a@1.1.0")).Compare(t.Context(), []compare.Wanted{
		{Name: "a", From: "1.0.0", To: "1.1.0"}, {Name: "b", From: "1.0.0", To: "1.1.0"}, {Name: "c", From: "1.0.0", To: "1.1.0"},
		{Name: "d", From: "1.0.0", To: "1.1.0"},
	})
	g.Expect(packages[0]).To(And(HaveField("Err", ""), HaveField("Fields", HaveLen(1))))
	g.Expect(packages[1].Err).To(Equal("the registry answered 503"), "an answer that is none is not taken for an absence")
	g.Expect(packages[2].Err).To(ContainSubstring("c@1.0.0: there is no such version to look at: it is not served"))
	g.Expect(packages[3].Err).To(And(ContainSubstring("d@1.0.0"), ContainSubstring("d@1.1.0"), ContainSubstring("it is not built")))

	unread := reader(registry{err: errors.New("no answer")}, on(t), on(t, "a@1.1.0")).Compare(t.Context(), []compare.Wanted{{Name: "a", To: "1.1.0"}})
	g.Expect(unread[0]).To(And(HaveField("Err", "no answer"), HaveField("To", BeNil())))
}

func TestPlatformsComeAndGo(t *testing.T) {
	wanted := []compare.Wanted{
		{Release: "v1.1.0", Name: "p", Role: compare.Entry, From: "1.0.0", To: "1.1.0"},
		{Release: "v1.1.0", Name: "p-new", Role: compare.Platform, From: "1.0.0", To: "1.1.0"},
		{Release: "v1.1.0", Name: "p-old", Role: compare.Platform, From: "1.0.0", To: "1.1.0"},
	}
	g := NewWithT(t)
	served := on(t, "p@1.0.0", "p@1.1.0", "p-new@1.1.0", "p-old@1.0.0")
	packages := reader(registry{}, served, on(t)).Compare(t.Context(), wanted)
	g.Expect(packages).To(HaveEach(HaveField("Err", "")))
	g.Expect(packages[1]).To(And(HaveField("From", BeNil()), HaveField("Note", "version 1.0.0 has no such platform")))
	g.Expect(packages[2]).To(And(HaveField("To", BeNil()), HaveField("From.Version", spec.Version("1.0.0")),
		HaveField("Note", "version 1.1.0 has no such platform")))

	// Of a release that is not made yet, a platform that is not built is missing.
	delete(served.has, "p@1.1.0")
	packages = reader(registry{}, served, on(t, "p@1.1.0")).Compare(t.Context(), wanted)
	g.Expect(packages[0].Err).To(BeEmpty())
	g.Expect(packages[2].Err).To(ContainSubstring("p-old@1.1.0: there is no such version to look at"))
}

func TestPinnedPlatformsAreComparedWithWhatTheEntryListedBefore(t *testing.T) {
	g := NewWithT(t)
	lists := func(libs, fonts string) string {
		return `, "optionalDependencies": {"p-libs": "` + libs + `", "p-fonts": "` + fonts + `"}`
	}
	served := on(t, "p@1.0.0", "p@1.1.0", "p-libs@7.0.0", "p-libs@7.1.0", "p-fonts@3.0.0", "p-fonts@2.0.0", "other@1.1.0")
	served.more = map[string]string{"p@1.0.0": lists("7.0.0", "3.0.0"), "p@1.1.0": lists("7.1.0", "3.0.0")}
	compared := reader(registry{}, served, on(t)).Compare(t.Context(), []compare.Wanted{
		{Group: "other", Release: "v1.1.0", Name: "other", Role: compare.Entry, From: "1.0.0", To: "1.1.0", Joined: true},
		{Group: "p", Release: "v1.1.0", Name: "p-libs", Role: compare.Platform, To: "7.1.0", Pinned: true},
		{Group: "p", Release: "v1.1.0", Name: "p-fonts", Role: compare.Platform, To: "3.0.0", Pinned: true},
		{Group: "p", Release: "v1.1.0", Name: "p", Role: compare.Entry, From: "1.0.0", To: "1.1.0"},
	})
	g.Expect(compared).To(HaveEach(HaveField("Err", "")))
	g.Expect(compared[0]).To(And(HaveField("From", BeNil()), HaveField("Note", "there is no version 1.0.0 of it")))
	g.Expect(compared[1].From.Version).To(Equal(spec.Version("7.0.0")))
	g.Expect(compared[2].From.Version).To(Equal(spec.Version("3.0.0")))
	g.Expect(compared[2].Fields).To(BeEmpty())
}
