package observed_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// shared is a registry with one package, of which some versions are platforms of the others.
type shared struct {
	*registry
	versions []spec.Version
}

func (s shared) Manifest(ctx context.Context, name spec.Name, version spec.Version) (spec.Manifest, error) {
	m, err := s.registry.Manifest(ctx, name, version)
	m.Name, m.Version, m.Dist = name, version, s.manifest.Dist
	return m, err
}

func (s shared) Versions(context.Context, spec.Name) ([]spec.Version, error) { return s.versions, nil }

func foreign(v spec.Version) bool { return strings.Contains(string(v), "linux") }

func linux() spec.Home {
	return spec.Home{Name: "p", Suffix: "-linux", DistTag: "linux", Usual: spec.Latest}
}

func TestPlatformsInTheEntrysPackage(t *testing.T) {
	g := NewWithT(t)
	r := shared{registry: serving()}
	r.tags = map[spec.DistTag]spec.Version{"latest": "1.0.0", "linux": "1.0.0-linux", "next": "2.0.0-rc.1", "next-linux": "2.0.0-rc.1-linux"}
	snapshot, err := observed.Observer{Registry: r}.Observe(t.Context(), []observed.Query{
		{Name: "p", Version: "1.0.0", Foreign: foreign}, {Name: "p-linux", Version: "1.0.0", Home: linux()},
	})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(snapshot["p"].DistTags).To(Equal(map[spec.DistTag]spec.Version{"latest": "1.0.0", "next": "2.0.0-rc.1"}))
	platform := snapshot["p-linux"]
	g.Expect(platform.DistTags).To(Equal(map[spec.DistTag]spec.Version{"latest": "1.0.0", "next": "2.0.0-rc.1"}))
	g.Expect(platform.HomeTags).To(Equal(r.tags))
	g.Expect(platform.Version).To(Equal(spec.Version("1.0.0")))
	g.Expect(platform.State).To(Equal(observed.Served))
	g.Expect(r.requests).To(ConsistOf("tags of p", "manifest of p@1.0.0", "manifest of p@1.0.0-linux",
		HavePrefix("tarball of p at"), HavePrefix("tarball of p at")), "what they share is read once")
}

func TestLatestThatAPlatformsVersionHasTaken(t *testing.T) {
	g := NewWithT(t)
	r := shared{registry: serving()}
	r.tags = map[spec.DistTag]spec.Version{"latest": "1.0.0-linux"}
	p := observe(t, r, observed.Query{Name: "p", Version: "1.0.0", Foreign: foreign})
	g.Expect(p.DistTags).To(Equal(map[spec.DistTag]spec.Version{"latest": "1.0.0-linux"}), "whoever installs p gets it")
}

func (s shared) Deprecations(context.Context, spec.Name) (map[spec.Version]string, error) {
	s.requests = append(s.requests, "what is deprecated")
	return map[spec.Version]string{"0.9.0": "old", "0.9.0-linux": "older", "1.0.0": "", "1.0.0-rc.1-linux": ""}, nil
}

func TestWhatIsDeprecatedOfPlatformsInTheEntrysPackage(t *testing.T) {
	g := NewWithT(t)
	r := shared{registry: serving()}
	snapshot, err := observed.Observer{Registry: r, Deprecations: r, Concurrency: 4}.Observe(t.Context(), []observed.Query{
		{Name: "p", Version: "1.0.0", Foreign: foreign, Warnings: true}, {Name: "p-linux", Version: "1.0.0", Home: linux(), Warnings: true},
	})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(snapshot["p"].Deprecated).To(Equal(map[spec.Version]string{"0.9.0": "old", "1.0.0": ""}))
	g.Expect(snapshot["p-linux"].Deprecated).To(Equal(map[spec.Version]string{"0.9.0": "older", "1.0.0-rc.1": ""}), "by the versions of their releases")
	g.Expect(r.requests).To(And(ContainElement("what is deprecated"), HaveLen(6)), "it is read once")
}

func TestAuditOfAnEntryThatSharesItsPackage(t *testing.T) {
	g := NewWithT(t)
	r := shared{registry: serving(), versions: []spec.Version{"0.9.0-linux", "0.9.0", "1.0.0-linux", "1.0.0"}}
	r.manifest.OptionalDependencies = spec.Dependencies{"p-linux": "npm:p@1.0.0-linux"}
	histories, err := observed.Auditor{Archive: r}.Audit(t.Context(), []observed.AuditQuery{{
		Name: "p", Foreign: foreign, DistTags: map[spec.DistTag]spec.Version{"latest": "1.0.0"}, Last: 5,
		Platform: func(name string) bool { return name == "p-linux" },
	}})
	g.Expect(err).NotTo(HaveOccurred())
	var editions []string
	for _, e := range histories[0].Editions {
		for _, p := range e.Platforms {
			editions = append(editions, fmt.Sprintf("%s: %s %s", e.Version, p.On(), p.State))
		}
	}
	g.Expect(editions).To(Equal([]string{"1.0.0: p@1.0.0-linux Served", "0.9.0: p@1.0.0-linux Served"}))
}
