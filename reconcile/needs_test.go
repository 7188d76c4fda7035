package reconcile_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// needing has artifacts that need others.
type needing struct {
	reconcile.Inspector
	needs map[spec.Name]reconcile.Needs
}

func (n needing) Inspect(ctx context.Context, what reconcile.Publication) (reconcile.Inspection, error) {
	inspection, err := n.Inspector.Inspect(ctx, what)
	inspection.Needs = n.needs[what.Package.Name]
	return inspection, err
}

// both releases cli@1.0.0 and lib@1.0.0 in one run, of which some need others.
func both(t *testing.T, needs map[spec.Name]reconcile.Needs) *stage {
	t.Helper()
	s := setUp(t, "cli@1.0.0", time.Minute)
	s.want.Releases = append(selected(s), selected(setUp(t, "lib@1.0.0", 0))...)
	seedAndTrust(t, s)
	s.world.Inspector = needing{s.world.Inspector, needs}
	return s
}

func selected(s *stage) []desired.Release {
	return slices.DeleteFunc(slices.Clone(s.want.Releases), func(r desired.Release) bool { return !r.Selected })
}

// order lists which packages were sent, the first first.
func (s *stage) order(from int) []string {
	var names []string
	for _, put := range s.puts()[from:] {
		names = append(names, strings.Fields(put)[0])
	}
	return names
}

func TestWhatAPackageNeedsIsServedBeforeItIsSent(t *testing.T) {
	for name, test := range map[string]struct {
		needs map[spec.Name]reconcile.Needs
		order []string // of those that the needs are about
	}{
		"an entry needs a library":   {map[spec.Name]reconcile.Needs{"cli": {"lib": {Wanted: "^1.0.0"}}}, []string{"lib", "cli"}},
		"an optional one as well":    {map[spec.Name]reconcile.Needs{"cli": {"lib": {Wanted: "1.x", Optional: true}}}, []string{"lib", "cli"}},
		"a library needs an entry":   {map[spec.Name]reconcile.Needs{"lib": {"cli": {Wanted: "1.0.0"}}}, []string{"cli", "lib"}},
		"a platform needs a library": {map[spec.Name]reconcile.Needs{"cli-linux-x64": {"lib": {Wanted: "*"}}}, []string{"lib", "cli-linux-x64", "cli"}},
		"one needs the next": {map[spec.Name]reconcile.Needs{
			"cli-linux-x64": {"lib": {Wanted: "1"}}, "cli-darwin-arm64": {"cli-linux-x64": {Wanted: ">=1.0.0"}},
		}, []string{"lib", "cli-linux-x64", "cli-darwin-arm64", "cli"}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			s := both(t, test.needs)
			before := len(s.puts())
			result := s.run(t, reconcile.Policy{})
			g.Expect(result.ExitCode()).To(Equal(reconcile.ExitOK))
			g.Expect(result.PublishedNow).To(HaveLen(4))
			order := slices.DeleteFunc(s.order(before), func(name string) bool { return !slices.Contains(test.order, name) })
			g.Expect(order).To(Equal(test.order))
		})
	}
}

func TestAnOlderServedVersionMeetsANeed(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, "lib@1.0.0", 0)
	seedAndTrust(t, s)
	g.Expect(s.run(t, reconcile.Policy{}).ExitCode()).To(Equal(reconcile.ExitOK))
	s.want.Releases = append(selected(setUp(t, "lib@1.1.0", 0)), selected(setUp(t, "cli@1.0.0", 0))...)
	seedAndTrust(t, s)
	s.world.Inspector = needing{s.world.Inspector, map[spec.Name]reconcile.Needs{"cli": {"lib": {Wanted: "~1.0.0"}}}}
	result := s.run(t, reconcile.Policy{})
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitOK))
	g.Expect(result.PublishedNow).To(ContainElements("cli@1.0.0", "lib@1.1.0"))
}

func TestNothingOfAReleaseIsSentWhoseNeedsNobodyWillMeet(t *testing.T) {
	g := NewWithT(t)
	s := both(t, map[spec.Name]reconcile.Needs{"cli": {"lib": {Wanted: "^1.4.0"}}})
	before := len(s.puts())
	result := s.run(t, reconcile.Policy{})
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitHuman))
	g.Expect(s.order(before)).To(Equal([]string{"lib"}), "the library is a release of its own")
	g.Expect(blockedBy(changeOf(result, "cli-linux-x64", reconcile.Publish))).To(
		ConsistOf("what cli needs: lib@^1.4.0, of which nothing served fits, nor would 1.0.0"))
}

func TestWhatNpmInstallsWithoutHoldsNothingBackThatNobodyWillMeet(t *testing.T) {
	g := NewWithT(t)
	s := both(t, map[spec.Name]reconcile.Needs{"cli": {"lib": {Wanted: "^1.4.0", Optional: true}}})
	result := s.run(t, reconcile.Policy{})
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitOK))
	g.Expect(result.Plan.Findings).To(BeEmpty())
}

func TestWhatAnotherRunMayPublishIsWaitedFor(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, "cli@1.0.0", 0) // of lib nothing is desired: its tag was not given
	seedAndTrust(t, s)
	s.world.Inspector = needing{s.world.Inspector, map[spec.Name]reconcile.Needs{"cli": {"lib": {Wanted: "^1.0.0"}}}}
	library := setUp(t, "lib@1.0.0", 0)
	began, sent := s.clock.Now(), false
	s.clock.then = func() { // its own pipeline, ten minutes later
		if s.clock.Now().Sub(began) < 10*time.Minute || sent {
			return
		}
		sent = true
		world, want := s.world, s.want
		world.Clock, world.Inspector, want.Releases = &clock{now: s.clock.Now()}, library.world.Inspector, selected(library)
		result, err := reconcile.Run(t.Context(), world, want, reconcile.Policy{}, reconcile.Options{Concurrency: 8})
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(result.ExitCode()).To(Equal(reconcile.ExitOK))
	}
	result := s.run(t, reconcile.Policy{})
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitOK))
	g.Expect(result.PublishedNow).To(ContainElement("cli@1.0.0"))
	g.Expect(sent).To(BeTrue())
}

func TestPackagesThatNeedEachOtherAreNamed(t *testing.T) {
	g := NewWithT(t)
	s := both(t, map[spec.Name]reconcile.Needs{"cli": {"lib": {Wanted: "^1.0.0"}}, "lib": {"cli": {Wanted: "^1.0.0"}}})
	result := s.run(t, reconcile.Policy{})
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitError))
	g.Expect(result.Findings).To(ContainElement(SatisfyAll(
		HaveField("Type", reconcile.Cycle), HaveField("Message", ContainSubstring("cli → lib → cli")))))
	g.Expect(result.PublishedNow).NotTo(ContainElements("cli@1.0.0", "lib@1.0.0"))
}

func TestPackagesOfTwoNodesThatNeedEachOtherAreNamedByBoth(t *testing.T) {
	g := NewWithT(t)
	s := both(t, map[spec.Name]reconcile.Needs{"lib": {"cli-linux-x64": {Wanted: "^1.0.0"}}, "cli-linux-x64": {"lib": {Wanted: "^1.0.0"}}})
	for node := range 2 {
		shard, err := reconcile.NewShard(node, 2, s.want)
		g.Expect(err).NotTo(HaveOccurred())
		began := s.clock.Now()
		result := s.run(t, reconcile.Policy{Shard: shard})
		g.Expect(result.ExitCode()).To(Equal(reconcile.ExitError))
		g.Expect(result.Findings).To(ContainElement(SatisfyAll(
			HaveField("Type", reconcile.Cycle), HaveField("Message", ContainSubstring("cli-linux-x64 → lib → cli-linux-x64")))))
		g.Expect(result.PublishedNow).NotTo(ContainElements("cli-linux-x64@1.0.0", "lib@1.0.0"))
		g.Expect(s.clock.Now().Sub(began)).To(BeNumerically("<", 10*time.Minute), "no wait helps")
	}
}

func TestWhatIsServedWithoutWhatItNeedsIsFound(t *testing.T) {
	for name, test := range map[string]struct {
		dependencies map[string]string
		fits         observed.State
		found        bool
	}{
		"met by its release":                {map[string]string{"lib": "^1.0.0"}, "", false},
		"met by a placeholder alone":        {map[string]string{"lib": "^0.0.1"}, observed.Served, true},
		"met by another version":            {map[string]string{"lib": "^0.9.0"}, observed.Served, false},
		"met by nothing":                    {map[string]string{"lib": "^2.0.0"}, observed.Absent, true},
		"an alias met by nothing":           {map[string]string{"other": "npm:lib@^2.0.0"}, observed.Absent, true},
		"of which nothing could be read":    {map[string]string{"lib": "^2.0.0"}, observed.Unknown, false},
		"of what the state file has no say": {map[string]string{"left-pad": "^2.0.0"}, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			library := func(name spec.Name) desired.Release {
				return desired.Release{Group: "libraries", Tag: "x@1.0.0", Version: "1.0.0", DistTag: "latest", Selected: true,
					Packages: []desired.Package{{Name: name, Role: desired.RoleLibrary}}}
			}
			serving := func(name spec.Name, dependencies map[string]string) observed.Package {
				return observed.Package{Name: name, Existence: observed.Exists, Version: "1.0.0", State: observed.Served,
					DistTags: map[spec.DistTag]spec.Version{"latest": "1.0.0"}, Fits: map[string]observed.Component{},
					Manifest: &spec.Manifest{Name: name, Version: "1.0.0", Dependencies: dependencies}}
			}
			is := observed.Snapshot{"user": serving("user", test.dependencies), "lib": serving("lib", nil)}
			served := map[string]spec.Version{"met by a placeholder alone": "0.0.1", "met by another version": "0.9.0"}
			for _, wanted := range test.dependencies {
				if test.fits != "" {
					is["lib"].Fits[strings.TrimPrefix(wanted, "npm:lib@")] = observed.Component{Name: "lib", Version: served[name], State: test.fits}
				}
			}
			plan := reconcile.Diff(reconcile.Desired{Placeholder: "0.0.1", Releases: []desired.Release{library("user"), library("lib")}}, is, reconcile.Policy{})
			if test.found {
				g.Expect(plan.Findings).To(ConsistOf(SatisfyAll(HaveField("Type", reconcile.Unmet),
					HaveField("Package", spec.Name("user")), HaveField("Next", ContainSubstring("1.0.1")))))
				return
			}
			g.Expect(plan.Findings).To(BeEmpty())
		})
	}
}

func changeOf(result reconcile.Result, name spec.Name, action reconcile.Action) reconcile.Change {
	for _, p := range result.Packages() {
		for _, c := range p.Changes {
			if p.Name == name && c.Action == action {
				return c
			}
		}
	}
	return reconcile.Change{}
}

// What a package needs and could not be looked up is neither there nor a human's: it is looked for again, and then an error.
func TestNeedsThatCannotBeReadAreLookedForAgain(t *testing.T) {
	for _, c := range []struct{ failures, exit int }{{2, reconcile.ExitOK}, {20, reconcile.ExitError}} {
		g := NewWithT(t)
		s := setUp(t, "lib@1.0.0", 0)
		seedAndTrust(t, s)
		g.Expect(s.run(t, reconcile.Policy{}).ExitCode()).To(Equal(reconcile.ExitOK))
		s.want.Releases = append(selected(setUp(t, "lib@1.1.0", 0)), selected(setUp(t, "cli@1.0.0", 0))...)
		seedAndTrust(t, s)
		s.world.Inspector = needing{s.world.Inspector, map[spec.Name]reconcile.Needs{"cli": {"lib": {Wanted: "~1.0.0"}}}}
		var failed atomic.Int64
		s.faults = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			list := strings.Contains(r.Header.Get("Accept"), "install-v1")
			if list && r.URL.Path == "/lib" && failed.Add(1) <= int64(c.failures) {
				w.WriteHeader(http.StatusNotImplemented) // which the client does not ask again
				return
			}
			next.ServeHTTP(w, r)
		}
		result := s.run(t, reconcile.Policy{})
		g.Expect(result.ExitCode()).To(Equal(c.exit))
		if c.exit == reconcile.ExitError {
			g.Expect(result.Findings).To(ContainElement(And(HaveField("Type", reconcile.Unreadable), HaveField("Package", spec.Name("lib")))))
			g.Expect(result.PublishedNow).To(Equal([]string{"lib@1.1.0"}))
		}
	}
}

func TestWhatATarballBringsAlongIsNotNeeded(t *testing.T) {
	for document, needed := range map[string]bool{
		`{"dependencies": {"lib": "^9.0.0"}}`:                                                  true,
		`{"dependencies": {"lib": "^9.0.0"}, "bundleDependencies": ["lib"]}`:                   false,
		`{"optionalDependencies": {"lib": "^9.0.0"}, "bundledDependencies": ["other", "lib"]}`: false,
		`{"dependencies": {"lib": "^9.0.0"}, "bundleDependencies": true}`:                      false,
		`{"dependencies": {"lib": "^9.0.0"}, "bundleDependencies": ["other"]}`:                 true,
		`{"dependencies": {"lib": "^9.0.0"}, "bundleDependencies": false}`:                     true,
		`{"dependencies": {"lib": "^9.0.0"}, "bundleDependencies": {"lib": 1}}`:                true,
		`{"dependencies": {"lib": "https://example.test/lib.tgz"}}`:                            false,
		`{"dependencies": {"other": "npm:lib@^9.0.0"}, "bundleDependencies": ["lib"]}`:         true,
	} {
		var m spec.Manifest
		NewWithT(t).Expect(json.Unmarshal([]byte(document), &m)).To(Succeed())
		_, found := reconcile.NeedsOf(m)["lib"]
		NewWithT(t).Expect(found).To(Equal(needed), document)
	}
}

// Which of several aliases of one package counts does not change from one look to the next.
func TestAliasesOfOnePackageAreOneNeed(t *testing.T) {
	for document, wanted := range map[string]reconcile.Need{
		`{"dependencies": {"a": "npm:lib@1", "b": "npm:lib@2", "c": "npm:lib@3"}}`:                                     {Wanted: "1"},
		`{"dependencies": {"a": "npm:lib@1", "lib": "2", "z": "npm:lib@3"}}`:                                           {Wanted: "2"},
		`{"dependencies": {"lib": "2"}, "optionalDependencies": {"a": "npm:lib@1"}}`:                                   {Wanted: "2"},
		`{"dependencies": {"a": "npm:lib@1"}, "optionalDependencies": {"a": "npm:lib@2"}}`:                             {Wanted: "2", Optional: true},
		`{"peerDependencies": {"lib": "1"}, "dependencies": {"a": "npm:lib@2"}}`:                                       {Wanted: "1"},
		`{"peerDependencies": {"lib": "1"}, "dependencies": {"lib": "2"}, "optionalDependencies": {"a": "npm:lib@3"}}`: {Wanted: "2"},
	} {
		var m spec.Manifest
		g := NewWithT(t)
		g.Expect(json.Unmarshal([]byte(document), &m)).To(Succeed())
		for range 20 {
			g.Expect(reconcile.NeedsOf(m)).To(Equal(reconcile.Needs{"lib": wanted}), document)
		}
	}
}
