package reconcile_test

import (
	"context"
	"errors"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox/sandboxtest"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// shelf is a project of which cli@2.0.0 and lib@2.0.0 are desired and served, and what is public of it.
type shelf struct {
	want     reconcile.Desired
	is       observed.Snapshot
	cli, lib observed.History
}

func component(name spec.Name, version spec.Version, state observed.State) observed.Component {
	return observed.Component{Name: name, Wanted: string(version), Version: version, State: state}
}

// edition is a served version of cli with one platform.
func edition(version spec.Version, platform observed.State, tags ...spec.DistTag) observed.Edition {
	return observed.Edition{Component: component("cli", version, observed.Served), DistTags: tags,
		Platforms: []observed.Component{component("cli-linux-x64", version, platform)}}
}

func newShelf(t *testing.T) *shelf {
	t.Helper()
	state := sandboxtest.State(t, groups)
	releases, err := state.Releases(t.Context(), desired.Selection{}, nil)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	s := &shelf{is: observed.Snapshot{}, cli: observed.History{Name: "cli"}, lib: observed.History{Name: "lib"}}
	for i := range releases {
		r := &releases[i]
		r.Version, r.Tag = "2.0.0", string(r.Packages[0].Name)+"@2.0.0"
		for _, p := range r.Packages {
			s.is[p.Name] = observed.Package{Name: p.Name, Existence: observed.Exists, Version: "2.0.0", State: observed.Served,
				DistTags: map[spec.DistTag]spec.Version{"latest": "2.0.0"}}
		}
	}
	tp := state.TrustedPublishers()[0]
	s.want = reconcile.Desired{Releases: releases, Placeholder: "0.0.1", TrustedPublishers: spec.TrustedPublishers{tp}}
	return s
}

// set changes what is of a package.
func (s *shelf) set(name spec.Name, state observed.State, latest spec.Version) {
	p := s.is[name]
	p.State, p.DistTags = state, map[spec.DistTag]spec.Version{"latest": latest}
	s.is[name] = p
}

// together has both packages released by the same tags, of which lib has none at these versions.
func (s *shelf) together(missing ...spec.Version) {
	for i := range s.want.Releases {
		r := &s.want.Releases[i]
		r.Tag, r.TagForm = "v2.0.0", "v{version}"
		for _, version := range missing {
			r.Earlier = append(r.Earlier, desired.Earlier{Tag: "v" + version.String(), Version: version})
		}
	}
	s.lib.Missing = missing
}

func (s *shelf) audit() []reconcile.Finding {
	return reconcile.Audit(s.want, s.is, []observed.History{s.cli, s.lib})
}

func TestWhatIsAsItShouldBeIsNoFinding(t *testing.T) {
	s := newShelf(t)
	s.cli.Versions = []spec.Version{"0.0.1", "1.0.0", "2.0.0"}
	s.cli.Editions = []observed.Edition{edition("2.0.0", observed.Served, "latest"), edition("1.0.0", observed.Served)}
	NewWithT(t).Expect(s.audit()).To(BeEmpty())
}

func TestWhatAnAuditFinds(t *testing.T) {
	for name, test := range map[string]struct {
		is      func(*shelf)
		finding reconcile.FindingType // "": none
		pkg     spec.Name
		version spec.Version
		message string
		next    string
	}{
		"an older version without a platform": {func(s *shelf) {
			s.cli.Editions = []observed.Edition{edition("1.0.0", observed.Absent)}
		}, reconcile.Torn, "cli", "1.0.0", "cli@1.0.0 is served, and lists platforms that are not served: cli-linux-x64@1.0.0",
			"npm deprecate cli@1.0.0"},
		"a platform's manifest without its tarball": {func(s *shelf) {
			s.cli.Editions = []observed.Edition{edition("1.0.0", observed.Accepted)}
		}, reconcile.Torn, "cli", "1.0.0", "cli-linux-x64@1.0.0", "npm deprecate"},
		"latest without a platform": {func(s *shelf) {
			s.cli.Versions = []spec.Version{"2.0.0", "2.1.0"}
			s.cli.Editions = []observed.Edition{edition("2.0.0", observed.Absent, "latest", "stable")}
		}, reconcile.Torn, "cli", "2.0.0", "cli@2.0.0 (latest, stable) is served", "release 2.1.1"},
		"a platform that npm does not install where it should": {func(s *shelf) {
			e := edition("1.0.0", observed.Served)
			e.Platforms[0].Platform = spec.Platform{OS: []string{"linux"}, CPU: []string{"!x64"}}
			s.cli.Editions = []observed.Edition{e}
		}, reconcile.Torn, "cli", "1.0.0", "npm does not install these where the state file says: cli-linux-x64@1.0.0 (cpu x64)", "npm deprecate"},
		"a platform that npm installs elsewhere, too": {func(s *shelf) {
			e := edition("1.0.0", observed.Served)
			e.Platforms[0].Platform = spec.Platform{OS: []string{"!win32"}, CPU: []string{"x64", "arm64"}}
			s.cli.Editions = []observed.Edition{e}
		}, "", "", "", "", ""},
		"a torn version that is deprecated": {func(s *shelf) {
			e := edition("1.0.0", observed.Absent)
			e.Deprecated = "incomplete"
			s.cli.Editions = []observed.Edition{e}
		}, "", "", "", "", ""},
		"a platform that could not be read": {func(s *shelf) {
			e := edition("1.0.0", observed.Unknown)
			e.Platforms[0].Err = errors.New("the registry answered 503")
			s.cli.Editions, s.cli.Err = []observed.Edition{e}, errors.New("no list")
		}, reconcile.Unreadable, "cli", "2.0.0", "what is public of cli could not be read: no list; and 1 more", "run again"},
		"an entry that is not served yet": {func(s *shelf) {
			e := edition("2.0.0", observed.Absent, "next")
			e.State = observed.Absent
			s.cli.Editions = []observed.Edition{e}
		}, "", "", "", "", ""},

		"provenance of the trusted publisher's repository": {func(s *shelf) {
			s.lib.Provenance = &spec.Attestation{Repository: "https://github.com/O/r", Commit: "c"}
		}, "", "", "", "", ""},
		"provenance of the repository of the tags": {func(s *shelf) {
			s.want.Repository = "github.com/o/tags"
			s.lib.Provenance = &spec.Attestation{Repository: "https://github.com/o/tags"}
		}, "", "", "", "", ""},
		"provenance of another repository": {func(s *shelf) {
			s.lib.Provenance = &spec.Attestation{Repository: "https://github.com/o/fork"}
		}, reconcile.ProvenanceDiffers, "lib", "2.0.0", "its provenance is of https://github.com/o/fork, and the state file says github.com/o/r", "find out who"},
		"provenance of no repository": {func(s *shelf) {
			s.lib.Provenance = &spec.Attestation{}
		}, reconcile.ProvenanceDiffers, "lib", "2.0.0", "its provenance is of no repository", "find out who"},
		"provenance of another tarball": {func(s *shelf) {
			s.lib.Provenance = &spec.Attestation{Repository: "https://github.com/o/r", Wrong: "it is of another tarball"}
		}, reconcile.ProvenanceDiffers, "lib", "2.0.0", "does not fit what is served: it is of another tarball", "release another version"},
		"provenance of another commit than the tag's": {func(s *shelf) {
			s.want.Releases[1].Commit = "c2"
			s.lib.Provenance = &spec.Attestation{Repository: "https://github.com/o/r", Commit: "c1"}
		}, reconcile.ProvenanceDiffers, "lib", "2.0.0", "for the commit c1, and its tag lib@2.0.0 leads to c2", "start the pipeline for the tag"},
		"provenance that could not be read": {func(s *shelf) {
			s.lib.ProvenanceErr = errors.New("the registry answered 503")
		}, reconcile.Unreadable, "lib", "2.0.0", "the registry answered 503", "run again"},
		"a deprecated platform of latest": {func(s *shelf) {
			e := edition("2.0.0", observed.Served, "latest")
			e.Platforms[0].Deprecated = "do not"
			s.cli.Editions = []observed.Edition{e}
		}, reconcile.Deprecated, "cli-linux-x64", "2.0.0", "cli-linux-x64@2.0.0 is deprecated, and cli@2.0.0 (latest) needs it: do not",
			"npm deprecate cli-linux-x64@2.0.0 ''"},
		"a deprecated platform of an older version": {func(s *shelf) {
			e := edition("1.0.0", observed.Served)
			e.Platforms[0].Deprecated = "do not"
			s.cli.Editions = []observed.Edition{e}
		}, "", "", "", "", ""},
		"a deprecated latest": {func(s *shelf) {
			e := edition("1.0.0", observed.Served, "latest")
			e.Deprecated, e.Platforms[0].Deprecated = "use 2", "use 2"
			s.cli.Editions = []observed.Edition{e}
		}, reconcile.Deprecated, "cli", "1.0.0", "cli@1.0.0 (latest) is deprecated: use 2", "release 2.0.1"},
		"a deprecated version under another dist-tag": {func(s *shelf) {
			e := edition("1.0.0", observed.Served, "old")
			e.Deprecated, e.Platforms[0].Deprecated = "use 2", "use 2"
			s.cli.Editions = []observed.Edition{e}
		}, "", "", "", "", ""},

		"a placeholder as latest": {func(s *shelf) {
			s.set("lib", observed.Accepted, "0.0.1")
			s.lib.Versions = []spec.Version{"0.0.1", "1.0.0", "1.1.0", "1.2.0-rc.1"}
		}, reconcile.PlaceholderLatest, "lib", "0.0.1", "lib installs the placeholder 0.0.1", "npm dist-tag add lib@1.1.0 latest"},
		"npm's own placeholder as latest": {func(s *shelf) {
			s.set("lib", observed.Accepted, "0.0.0-stage")
			s.lib.Versions = []spec.Version{"0.0.0-stage", "0.0.1", "1.0.0", "1.1.0"}
		}, reconcile.PlaceholderLatest, "lib", "0.0.0-stage", "lib installs the placeholder 0.0.0-stage", "npm dist-tag add lib@1.1.0 latest"},
		"a placeholder as latest, beside prereleases": {func(s *shelf) {
			s.set("lib", observed.Accepted, "0.0.1")
			s.lib.Versions = []spec.Version{"0.0.1", "1.2.0-rc.1", "1.2.0-rc.2"}
		}, "", "", "", "", ""},
		"a placeholder as latest, beside another that proved the trusted publisher": {func(s *shelf) {
			s.set("lib", observed.Accepted, "0.0.1")
			lib := s.is["lib"]
			lib.DistTags["placeholder"] = "0.0.2"
			s.lib.Versions = []spec.Version{"0.0.1", "0.0.2"}
		}, "", "", "", "", ""},
		"a placeholder as latest that a change mends": {func(s *shelf) {
			s.set("lib", observed.Served, "0.0.1")
			s.lib.Versions = []spec.Version{"0.0.1", "2.0.0"}
		}, "", "", "", "", ""},
		"a placeholder, and nothing else": {func(s *shelf) {
			s.set("lib", observed.Served, "0.0.1")
			s.lib.Versions = []spec.Version{"0.0.1"}
		}, "", "", "", "", ""},

		"a tag without release": {func(s *shelf) { s.set("lib", observed.Absent, "1.0.0") },
			reconcile.TagWithoutRelease, "lib", "2.0.0", "the tag lib@2.0.0 has no release",
			`start its pipeline: curl -fsS -X POST https://circleci.com/api/v2/project/gh/o/r/pipeline/run ` +
				`-H "Circle-Token: $CIRCLE_TOKEN" -H 'Content-Type: application/json' ` +
				`-d '{"checkout":{"tag":"lib@2.0.0"},"config":{"tag":"lib@2.0.0"},"definition_id":"00000000-0000-4000-8000-000000000003"}'`},
		"a tag without release, and no pipeline that is known": {func(s *shelf) {
			s.set("lib", observed.Absent, "1.0.0")
			s.want.TrustedPublishers = nil
		}, reconcile.TagWithoutRelease, "lib", "2.0.0", "", "push the tag anew"},
		"a tag without release, in a rehearsal": {func(s *shelf) {
			s.set("lib", observed.Absent, "1.0.0")
			s.want.Rehearse = "facets-reconcile apply --sandbox=world"
		}, reconcile.TagWithoutRelease, "lib", "2.0.0", "", "apply --sandbox=world --tag lib@2.0.0, in the place of its pipeline"},
		"an earlier tag without release": {func(s *shelf) {
			s.want.Releases[0].Earlier = []desired.Earlier{{Tag: "cli@1.5.0", Version: "1.5.0"}, {Tag: "cli@1.4.0", Version: "1.4.0"}}
			s.cli.Missing = []spec.Version{"1.5.0"}
		}, reconcile.TagWithoutRelease, "cli", "1.5.0", "and latest points at 2.0.0 already", "apply --tag cli@1.5.0 --dist-tag NAME"},
		"an earlier tag whose release waits for approval": {func(s *shelf) {
			s.want.Releases[0].Earlier = []desired.Earlier{{Tag: "cli@1.5.0", Version: "1.5.0"}}
			s.cli.Missing = []spec.Version{"1.5.0"}
			cli := s.is["cli"]
			cli.Beside = []spec.Stage{{ID: "1", Name: "cli", Version: "1.5.0"}}
			s.is["cli"] = cli
		}, "", "", "", "", ""},
		"a torn release whose tags are another package's, too": {func(s *shelf) {
			s.together()
			s.set("lib", observed.Served, "3.0.0")
			s.cli.Editions = []observed.Edition{edition("1.0.0", observed.Absent, "old")}
		}, reconcile.Torn, "cli", "1.0.0", "", "release 3.0.1"},
		"tags from before a package had them in common with another": {func(s *shelf) {
			s.together("1.4.0", "1.5.0")
			s.lib.Versions = []spec.Version{"0.0.1", "2.0.0"}
		}, "", "", "", "", ""},
		"an earlier tag that released but the other package": {func(s *shelf) {
			s.together("1.5.0")
			s.lib.Versions = []spec.Version{"0.0.1", "1.4.0", "2.0.0"}
		}, reconcile.TagWithoutRelease, "lib", "1.5.0", "the tag v1.5.0 has no release", "delete the tag"},
		"a release that has begun":         {func(s *shelf) { s.set("cli", observed.Absent, "1.0.0") }, "", "", "", "", ""},
		"a release that could not be read": {func(s *shelf) { s.set("lib", observed.Unknown, "1.0.0") }, "", "", "", "", ""},
		"a pin without its tag": {func(s *shelf) {
			s.set("lib", observed.Absent, "1.0.0")
			s.want.Releases[1].PinWithoutTag = true
		}, "", "", "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			s := newShelf(t)
			test.is(s)
			found := s.audit()
			if test.finding == "" {
				g.Expect(found).To(BeEmpty())
				return
			}
			g.Expect(found).To(HaveLen(1))
			f := found[0]
			g.Expect([]any{f.Type, f.Package, f.Version}).To(Equal([]any{test.finding, test.pkg, test.version}))
			g.Expect(f.Message).To(ContainSubstring(test.message))
			g.Expect(f.Next).To(ContainSubstring(test.next))
		})
	}
}

func TestTornIsSaidFirst(t *testing.T) {
	g := NewWithT(t)
	s := newShelf(t)
	s.cli.Err = errors.New("no list")
	s.cli.Editions = []observed.Edition{edition("1.1.0", observed.Absent), edition("1.0.0", observed.Absent)}
	var types []string
	for _, f := range s.audit() {
		types = append(types, string(f.Type)+" "+string(f.Version))
	}
	g.Expect(types).To(Equal([]string{"Torn 1.0.0", "Torn 1.1.0", "Unreadable 2.0.0"}))
}

// archive is an observer and an auditor who know the answers.
type archive struct {
	snapshot  observed.Snapshot
	histories []observed.History
	asked     []observed.AuditQuery
	failure   error
}

func (a *archive) Observe(context.Context, []observed.Query) (observed.Snapshot, error) {
	return a.snapshot, nil
}

func (a *archive) Audit(_ context.Context, queries []observed.AuditQuery) ([]observed.History, error) {
	a.asked = queries
	return a.histories, a.failure
}

func (s *shelf) drift(t *testing.T, last int) (reconcile.Plan, *archive) {
	t.Helper()
	a := &archive{snapshot: s.is, histories: []observed.History{s.cli, s.lib}}
	plan, err := reconcile.Drift(t.Context(), reconcile.World{Observer: a, Clock: &clock{}}, a, s.want, reconcile.Policy{}, last)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return plan, a
}

func TestOnlyWhatAnAuditCanTellIsAskedFor(t *testing.T) {
	g := NewWithT(t)
	s := newShelf(t)
	s.want.TrustedPublishers = nil
	s.set("cli-linux-x64", observed.Served, "0.0.1")
	plan, a := s.drift(t, 3)
	g.Expect(a.asked).To(HaveLen(3))
	g.Expect(a.asked[2]).To(And(HaveField("Name", spec.Name("lib")), HaveField("Judged", spec.Version("2.0.0")), HaveField("Platform", BeNil())))
	g.Expect(a.asked[0]).To(And(HaveField("Name", spec.Name("cli")), HaveField("Last", 3), HaveField("Judged", BeEmpty()),
		HaveField("Placeholder", spec.Version("0.0.1"))))
	g.Expect(a.asked[0].Platform("cli-windows-x64")).To(BeTrue())
	g.Expect(a.asked[0].Platform("lib")).To(BeFalse())
	g.Expect(a.asked[1]).To(And(HaveField("Name", spec.Name("cli-linux-x64")), HaveField("Platform", BeNil())))
	g.Expect(plan.Summary.Tag).To(Equal(1))

	s.want.Releases[1].Earlier = []desired.Earlier{{Tag: "lib@1.0.0", Version: "1.0.0"}}
	s.is["cli"] = observed.Package{Name: "cli", Existence: observed.Missing, State: observed.Absent}
	_, a = s.drift(t, 0)
	g.Expect(a.asked).To(HaveLen(2))
	g.Expect(a.asked[1]).To(And(HaveField("Name", spec.Name("lib")), HaveField("Expected", []spec.Version{"1.0.0"})))
}

func TestWhatIsFoundTwiceIsSaidOnce(t *testing.T) {
	g := NewWithT(t)
	s := newShelf(t)
	entry := s.is["cli"]
	entry.Manifest = &spec.Manifest{OptionalDependencies: map[string]string{"cli-linux-x64": "2.0.0"}}
	s.is["cli"] = entry
	s.set("cli-linux-x64", observed.Absent, "1.0.0")
	s.cli.Editions = []observed.Edition{edition("2.0.0", observed.Absent, "latest"), edition("1.0.0", observed.Absent)}
	plan, _ := s.drift(t, 3)
	g.Expect(plan.Findings).To(ConsistOf(
		And(HaveField("Type", reconcile.Torn), HaveField("Version", spec.Version("1.0.0"))),
		And(HaveField("Type", reconcile.Torn), HaveField("Version", spec.Version("2.0.0")))))
}

func TestADriftThatIsCutOff(t *testing.T) {
	g := NewWithT(t)
	s := newShelf(t)
	why := errors.New("interrupted")
	a := &archive{snapshot: s.is, failure: why}
	_, err := reconcile.Drift(t.Context(), reconcile.World{Observer: a, Clock: &clock{}}, a, s.want, reconcile.Policy{}, 3)
	g.Expect(err).To(MatchError(why))
}

func TestCodesOfDrift(t *testing.T) {
	unproven := func(s *shelf) {
		for name, p := range s.is { // nothing was ever published, and nothing is to be
			p.State, p.Version, p.DistTags = "", "", map[spec.DistTag]spec.Version{"placeholder": "0.0.1"}
			p.Trust = observed.Trust{Listed: true, Publishers: []spec.TrustedPublisher{s.want.TrustedPublishers[0]}}
			s.is[name] = p
		}
		for i := range s.want.Releases {
			s.want.Releases[i].Version, s.want.Releases[i].Tag = "", ""
		}
	}
	for name, test := range map[string]struct {
		is      func(*shelf)
		code    int
		drifted bool
	}{
		"nothing":                    {func(*shelf) {}, 0, false},
		"a finding":                  {func(s *shelf) { s.cli.Editions = []observed.Edition{edition("1.0.0", observed.Absent)} }, 2, true},
		"something for the pipeline": {func(s *shelf) { s.set("lib", observed.Served, "1.0.0") }, 2, true},
		"something for a human": {func(s *shelf) {
			s.is["lib"] = observed.Package{Name: "lib", Existence: observed.Exists, State: observed.Served, Version: "2.0.0",
				DistTags: map[spec.DistTag]spec.Version{"latest": "2.0.0"}, Trust: observed.Trust{Listed: true}}
		}, 3, true},
		"an unproven trusted publisher": {unproven, 3, true},
		"something for the registry":    {func(s *shelf) { s.set("lib", observed.Accepted, "2.0.0") }, 4, false},
		"nothing that could be read":    {func(s *shelf) { s.cli.Err = errors.New("503") }, 1, false},
		"a finding, and something that could not be read": {func(s *shelf) {
			s.cli.Err = errors.New("503")
			s.set("lib", observed.Served, "1.0.0")
		}, 1, true},
		"something for a human, and for the pipeline": {func(s *shelf) {
			s.set("lib", observed.Served, "1.0.0")
			p := s.is["cli"]
			p.Trust = observed.Trust{Listed: true}
			s.is["cli"] = p
		}, 2, true},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			s := newShelf(t)
			entry := s.is["cli"]
			entry.Manifest = &spec.Manifest{OptionalDependencies: map[string]string{"cli-linux-x64": "2.0.0", "cli-darwin-arm64": "2.0.0"}}
			s.is["cli"] = entry
			test.is(s)
			plan, _ := s.drift(t, 3)
			g.Expect(plan.ExitCode()).To(Equal(test.code), "%v %v", plan.Findings, plan.Summary)
			g.Expect(plan.Drifted()).To(Equal(test.drifted))
			g.Expect(plan.Summary.Converged).To(Equal(test.code == 0))
		})
	}
}
