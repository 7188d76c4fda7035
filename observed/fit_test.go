package observed_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// What npm would install decides whether a platform that an entry lists is there.
func TestWhatAnEntryListsIsLookedUpAsNpmWould(t *testing.T) {
	dist := spec.Dist{Integrity: mine, Tarball: "http://registry.example.test/x.tgz"}
	for name, test := range map[string]struct {
		wanted  string
		broken  string
		version spec.Version
		state   observed.State
	}{
		"an exact version that is served":        {wanted: "1.4.0", version: "1.4.0", state: observed.Served},
		"an exact version that is not":           {wanted: "1.5.0", version: "1.5.0", state: observed.Absent},
		"a range that something served fits":     {wanted: "^1.0.0", version: "1.4.0", state: observed.Served},
		"a range that nothing served fits":       {wanted: "^3.0.0", state: observed.Absent},
		"a range of which the list is unread":    {wanted: "^1.0.0", broken: "versions of cli-other", state: observed.Unknown},
		"a range whose version cannot be read":   {wanted: "^1.0.0", broken: "manifest of cli-other@1.4.0", version: "1.4.0", state: observed.Unknown},
		"a range whose version has no tarball":   {wanted: "2.x", version: "2.0.0", state: observed.Accepted},
		"a dist-tag of a package that has none":  {wanted: "latest", state: observed.Absent},
		"a dist-tag that could not be read":      {wanted: "latest", broken: "dist-tags of cli-other", state: observed.Unknown},
		"what nobody can look up in a registry":  {wanted: "file:../other", state: observed.Absent},
		"the version at which it is read anyway": {wanted: "1.0.0", state: ""},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			a := shelved()
			a.versions["cli-other"] = []spec.Version{"0.9.0", "1.4.0", "2.0.0"}
			a.manifests["cli-other@1.4.0"] = spec.Manifest{Dist: dist}
			a.manifests["cli-other@2.0.0"] = spec.Manifest{Dist: spec.Dist{Integrity: mine}}
			a.manifests["cli@1.0.0"] = spec.Manifest{Dist: dist, OptionalDependencies: map[string]string{
				"cli-other": test.wanted, "fsevents": "^2.0.0"}}
			a.broken[test.broken] = test.broken != ""
			snapshot, err := observed.Observer{Registry: whole{a}, Concurrency: 2}.Observe(t.Context(), []observed.Query{{
				Name: "cli", Version: "1.0.0", Platform: platform, Beside: map[spec.Name]string{"cli-other": "1.0.0"},
			}})
			g.Expect(err).NotTo(HaveOccurred())
			others := snapshot["cli"].Others
			if test.state == "" {
				g.Expect(others).To(BeEmpty())
				return
			}
			g.Expect(others).To(HaveLen(1))
			g.Expect(others[0]).To(And(HaveField("Wanted", test.wanted), HaveField("Version", test.version), HaveField("State", test.state)))
		})
	}
}

func TestWhatIsWantedOfAPackageIsLookedUp(t *testing.T) {
	g := NewWithT(t)
	a := shelved("1.0.0", "1.1.0")
	snapshot, err := observed.Observer{Registry: whole{a}, Concurrency: 2}.Observe(t.Context(), []observed.Query{{
		Name: "cli", Version: "1.2.0", Wanted: []string{"^1.0.0", "^2.0.0"},
	}})
	g.Expect(err).NotTo(HaveOccurred())
	fits := snapshot["cli"].Fits
	g.Expect(fits["^1.0.0"]).To(And(HaveField("Version", spec.Version("1.1.0")), HaveField("State", observed.Served)))
	g.Expect(fits["^2.0.0"]).To(HaveField("State", observed.Absent))
}

// late shows no version at the first look.
type late struct {
	whole
	looks *atomic.Int64
}

func (l late) Manifest(ctx context.Context, name spec.Name, version spec.Version) (spec.Manifest, error) {
	if l.looks.Add(1) == 1 {
		return spec.Manifest{}, spec.ErrNotFound
	}
	return l.whole.Manifest(ctx, name, version)
}

func TestWhatSomebodyPublishesMeanwhileIsNotAbsent(t *testing.T) {
	g := NewWithT(t)
	snapshot, err := observed.Observer{Registry: late{whole{shelved("1.0.0")}, new(atomic.Int64)}, Concurrency: 1}.Observe(t.Context(),
		[]observed.Query{{Name: "cli", Version: "1.0.0", Wanted: []string{"^1.0.0"}}})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(snapshot["cli"].State).To(Equal(observed.Accepted))
}

// whole is an archive that an Observer can read.
type whole struct{ *archive }

func (whole) Unpublished(context.Context, spec.Name) (time.Time, error) { return time.Time{}, nil }
