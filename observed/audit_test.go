package observed_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// archive holds what is public, by "name@version"; a version without a tarball is on its way.
type archive struct {
	versions  map[spec.Name][]spec.Version
	manifests map[string]spec.Manifest
	broken    map[string]bool // requests that fail
	before    func()

	mu       sync.Mutex
	requests []string
}

func (a *archive) ask(request string) error {
	a.mu.Lock()
	a.requests = append(a.requests, request)
	a.mu.Unlock()
	if a.before != nil {
		a.before()
	}
	if a.broken[request] {
		return fmt.Errorf("%s: %w", request, errBroken)
	}
	return nil
}

func (a *archive) Versions(_ context.Context, name spec.Name) ([]spec.Version, error) {
	if err := a.ask("versions of " + string(name)); err != nil {
		return nil, err
	}
	if a.versions[name] == nil {
		return nil, errAbsent
	}
	return a.versions[name], nil
}

func (a *archive) DistTags(_ context.Context, name spec.Name) (map[spec.DistTag]spec.Version, error) {
	if err := a.ask("dist-tags of " + string(name)); err != nil {
		return nil, err
	}
	return nil, errAbsent
}

func (a *archive) Manifest(_ context.Context, name spec.Name, version spec.Version) (spec.Manifest, error) {
	id := fmt.Sprintf("%s@%s", name, version)
	if err := a.ask("manifest of " + id); err != nil {
		return spec.Manifest{}, err
	}
	m, ok := a.manifests[id]
	if !ok {
		return m, errAbsent
	}
	m.Name, m.Version = name, version
	return m, nil
}

func (a *archive) TarballExists(_ context.Context, name spec.Name, url string) error {
	if err := a.ask("tarball of " + string(name)); err != nil || url == "" {
		return errors.Join(err, map[bool]error{true: errAbsent}[err == nil])
	}
	return nil
}

// shelved is an archive of cli with one platform, at these versions.
func shelved(versions ...spec.Version) *archive {
	a := &archive{versions: map[spec.Name][]spec.Version{"cli": versions}, manifests: map[string]spec.Manifest{}, broken: map[string]bool{}}
	a.versions["cli-ranged"] = []spec.Version{"0.9.0", "1.4.0", "2.0.0"}
	dist := spec.Dist{Integrity: mine, Tarball: "http://registry.example.test/x.tgz"}
	a.manifests["cli-ranged@1.4.0"] = spec.Manifest{Dist: dist}
	for _, v := range versions {
		a.manifests["cli@"+string(v)] = spec.Manifest{Dist: dist, OptionalDependencies: map[string]string{
			"cli-linux-x64": string(v), "cli-ranged": "^1.0.0", "fsevents": "2.0.0"}}
		a.manifests["cli-linux-x64@"+string(v)] = spec.Manifest{Dist: dist}
	}
	return a
}

func platform(name string) bool { return strings.HasPrefix(name, "cli-") }

func cliQuery(latest spec.Version, last int) observed.AuditQuery {
	return observed.AuditQuery{Name: "cli", DistTags: map[spec.DistTag]spec.Version{"latest": latest, "placeholder": "0.0.1"},
		Placeholder: "0.0.1", Platform: platform, Last: last}
}

// audit asks one question of an archive.
func audit(t *testing.T, a *archive, q observed.AuditQuery) observed.History {
	t.Helper()
	histories, err := observed.Auditor{Archive: a, Concurrency: 3}.Audit(t.Context(), []observed.AuditQuery{q})
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	NewWithT(t).Expect(histories).To(HaveLen(1))
	return histories[0]
}

func looked(h observed.History) []string {
	var editions []string
	for _, e := range h.Editions {
		editions = append(editions, fmt.Sprint(e.Version, e.DistTags))
	}
	return editions
}

func TestEveryVersionOfADistTagIsLookedInto(t *testing.T) {
	all := []spec.Version{"0.0.1", "0.9.0", "1.0.0", "1.1.0-rc.1", "1.1.0", "1.2.0", "2.0.0-rc.1"}
	for name, test := range map[string]struct {
		tags     map[spec.DistTag]spec.Version
		last     int
		editions []string
	}{
		"and those before latest": {map[spec.DistTag]spec.Version{"latest": "1.2.0", "next": "2.0.0-rc.1", "placeholder": "0.0.1"}, 2,
			[]string{"2.0.0-rc.1[next]", "1.2.0[latest]", "1.1.0[]", "1.0.0[]"}},
		"and no more": {map[spec.DistTag]spec.Version{"latest": "1.2.0"}, 0, []string{"1.2.0[latest]"}},
		"once, by all its dist-tags": {map[spec.DistTag]spec.Version{"latest": "1.1.0", "stable": "1.0.0", "lts": "1.0.0"}, 1,
			[]string{"1.1.0[latest]", "1.0.0[lts stable]"}},
		"before a placeholder": {map[spec.DistTag]spec.Version{"latest": "0.0.1"}, 2, []string{"1.2.0[]", "1.1.0[]"}},
		"before npm's own placeholder": {map[spec.DistTag]spec.Version{"latest": "0.0.0-stage", "next": "0.0.0-stage"}, 2,
			[]string{"1.2.0[]", "1.1.0[]"}},
		"before nothing": {map[spec.DistTag]spec.Version{}, 9, []string{"1.2.0[]", "1.1.0[]", "1.0.0[]", "0.9.0[]"}},
		"before a prerelease": {map[spec.DistTag]spec.Version{"latest": "2.0.0-rc.1"}, 3,
			[]string{"2.0.0-rc.1[latest]", "1.2.0[]", "1.1.0[]", "1.1.0-rc.1[]"}},
		"listed or not": {map[spec.DistTag]spec.Version{"latest": "3.0.0"}, 1, []string{"3.0.0[latest]", "1.2.0[]"}},
	} {
		t.Run(name, func(t *testing.T) {
			q := cliQuery("", test.last)
			q.DistTags = test.tags
			NewWithT(t).Expect(looked(audit(t, shelved(all...), q))).To(Equal(test.editions))
		})
	}
}

func TestAnEntrysOwnPlatformsAreLookedAt(t *testing.T) {
	g := NewWithT(t)
	a := shelved("1.0.0", "1.1.0")
	m := a.manifests["cli-linux-x64@1.1.0"]
	m.Deprecated = "do not"
	a.manifests["cli-linux-x64@1.1.0"] = m
	delete(a.manifests, "cli-linux-x64@1.0.0")
	h := audit(t, a, cliQuery("1.1.0", 3))
	g.Expect(h.Err).NotTo(HaveOccurred())
	g.Expect(h.Versions).To(Equal([]spec.Version{"1.0.0", "1.1.0"}))
	g.Expect(h.Editions).To(Equal([]observed.Edition{{
		Component: observed.Component{Name: "cli", Version: "1.1.0", State: observed.Served}, DistTags: []spec.DistTag{"latest"},
		Platforms: []observed.Component{
			{Name: "cli-linux-x64", Wanted: "1.1.0", Version: "1.1.0", State: observed.Served, Deprecated: "do not"},
			{Name: "cli-ranged", Wanted: "^1.0.0", Version: "1.4.0", State: observed.Served},
		},
	}, {
		Component: observed.Component{Name: "cli", Version: "1.0.0", State: observed.Served},
		Platforms: []observed.Component{
			{Name: "cli-linux-x64", Wanted: "1.0.0", Version: "1.0.0", State: observed.Absent},
			{Name: "cli-ranged", Wanted: "^1.0.0", Version: "1.4.0", State: observed.Served},
		},
	}}))
	g.Expect(a.requests).To(HaveLen(1 + 2*2 + 2 + 1 + 2*3))
}

// What the tarball brings along, what comes by an address, and the entry itself are no platforms that a registry would have to serve.
func TestWhatNoRegistryIsAskedForIsNotLookedAt(t *testing.T) {
	g := NewWithT(t)
	a := shelved("1.0.0")
	m := a.manifests["cli@1.0.0"]
	g.Expect(json.Unmarshal([]byte(`{"bundleDependencies": ["cli-bundled"]}`), &m)).To(Succeed())
	m.OptionalDependencies = spec.Dependencies{"cli-linux-x64": "1.0.0", "cli-bundled": "1.0.0", "cli-forked": "owner/repo#v1", "cli-self": "1.0.0"}
	a.manifests["cli-self@1.0.0"] = m
	q := cliQuery("1.0.0", 3)
	q.Name = "cli-self"
	h := audit(t, a, q)
	g.Expect(h.Editions).To(HaveLen(1))
	g.Expect(h.Editions[0].Platforms).To(ConsistOf(HaveField("Name", spec.Name("cli-linux-x64"))))
}

func TestWhatAnAuditCannotReadIsUnknown(t *testing.T) {
	g := NewWithT(t)
	a := shelved("1.0.0", "1.1.0")
	a.broken["versions of cli"], a.broken["manifest of cli-linux-x64@1.1.0"] = true, true
	h := audit(t, a, cliQuery("1.1.0", 3))
	g.Expect(h.Err).To(MatchError(errBroken))
	g.Expect(looked(h)).To(Equal([]string{"1.1.0[latest]"}), "what a dist-tag names is known all the same")
	g.Expect(h.Editions[0].Platforms[0]).To(And(HaveField("State", observed.Unknown), HaveField("Err", MatchError(errBroken))))

	a = shelved("1.0.0")
	a.broken["manifest of cli@1.0.0"] = true
	h = audit(t, a, cliQuery("1.0.0", 3))
	g.Expect(h.Editions).To(ConsistOf(And(HaveField("State", observed.Unknown), HaveField("Err", MatchError(errBroken)))))
}

func TestAManifestWithoutItsTarballIsNotServed(t *testing.T) {
	a := shelved("1.0.0")
	a.manifests["cli-linux-x64@1.0.0"] = spec.Manifest{}
	h := audit(t, a, cliQuery("1.0.0", 0))
	NewWithT(t).Expect(h.Editions[0].Platforms).To(ContainElement(HaveField("State", observed.Accepted)))
}

func TestExpectedVersionsThatAreMissing(t *testing.T) {
	g := NewWithT(t)
	a := shelved("1.0.0", "1.1.0")
	a.versions["cli"] = []spec.Version{"1.0.0"} // it lags behind
	a.broken["manifest of cli@1.3.0"] = true
	q := cliQuery("1.0.0", 0)
	q.DistTags["next"] = "1.4.0"
	q.Platform, q.Expected = nil, []spec.Version{"1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.4.0"}
	h := audit(t, a, q)
	g.Expect(h.Missing).To(Equal([]spec.Version{"1.2.0"}))
	g.Expect(h.Err).To(MatchError(ContainSubstring("cli@1.3.0")))
	g.Expect(h.Editions).To(BeEmpty(), "it is no entry")

	h = audit(t, a, observed.AuditQuery{Name: "nothing", Expected: []spec.Version{"1.0.0"}})
	g.Expect(h.Missing).To(Equal([]spec.Version{"1.0.0"}))
	g.Expect(h.Err).NotTo(HaveOccurred(), "that nothing is there is an answer")
}

func TestAnAuditEndsWithItsContext(t *testing.T) {
	g := NewWithT(t)
	why := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(why)
	histories, err := observed.Auditor{Archive: shelved("1.0.0")}.Audit(ctx, []observed.AuditQuery{cliQuery("1.0.0", 1)})
	g.Expect(histories).To(BeNil())
	g.Expect(err).To(MatchError(why))
}

func TestAnAuditHoldsTheLimitToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewWithT(t)
		c := &crowd{leave: make(chan struct{})}
		a := shelved("1.0.0", "1.1.0", "1.2.0")
		a.before = func() { c.before(t.Context(), "") }
		done := make(chan error)
		go func() {
			_, err := observed.Auditor{Archive: a, Concurrency: 2}.Audit(t.Context(),
				slices.Repeat([]observed.AuditQuery{cliQuery("1.2.0", 3)}, 4))
			done <- err
		}()
		for ended := false; !ended; {
			synctest.Wait()
			select {
			case err := <-done:
				g.Expect(err).NotTo(HaveOccurred())
				ended = true
			case c.leave <- struct{}{}:
			}
		}
		g.Expect(c.most.Load()).To(BeNumerically("==", 2))
		g.Expect(c.arrived.Load()).To(BeNumerically("==", 4*(1+3*2+3*2+3*3)))
	})
}
