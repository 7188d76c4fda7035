package saved_test

import (
	"errors"
	"maps"
	"slices"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox/sandboxtest"
	"github.com/agent-facets/facets-reconcile/internal/saved"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

const groups = `
    - name: cli
      tag: v{version}
      entry: {package: cli}
      platforms: {package: "cli-{target}", targets: [linux-x64, darwin-arm64]}
    - {name: libraries, tag: "lib@{version}", packages: [{package: lib, version: 2.0.0}]}
`

// scene is what a plan is made of: what should be, what is, and how it is asked for. The releases are cli, of which 1.0.0
// is served and 1.1.0 desired, and lib, which is as it should be.
type scene struct {
	want   reconcile.Desired
	is     observed.Snapshot
	policy reconcile.Policy
	around saved.Surroundings
}

func newScene(t *testing.T) *scene {
	t.Helper()
	g := NewWithT(t)
	state := sandboxtest.State(t, groups)
	releases, err := state.Releases(t.Context(), desired.Selection{}, nil)
	g.Expect(err).NotTo(HaveOccurred())
	releases[0].Version, releases[0].Tag, releases[0].Commit = "1.1.0", "v1.1.0", "c0ffee"
	tp := state.TrustedPublishers()[0]
	s := &scene{
		want: reconcile.Desired{Releases: releases, TrustedPublishers: spec.TrustedPublishers{tp}, Placeholder: "0.0.1"}, is: observed.Snapshot{},
		around: saved.Surroundings{
			Program: "v0.1.0", Registry: "https://registry.example.test/", StateFile: saved.StateFile{Path: "s.yaml", SHA256: "1"},
		},
	}
	for _, name := range []spec.Name{"cli", "cli-linux-x64", "cli-darwin-arm64"} {
		s.is[name] = observed.Package{
			Name: name, Version: "1.1.0", Existence: observed.Exists, State: observed.Absent,
			DistTags: map[spec.DistTag]spec.Version{"latest": "1.0.0"},
			Trust:    observed.Trust{Listed: true, Publishers: []spec.TrustedPublisher{tp}},
		}
	}
	s.is["lib"] = observed.Package{
		Name: "lib", Version: "2.0.0", Existence: observed.Exists, DistTags: map[spec.DistTag]spec.Version{"latest": "2.0.0"},
		Trust: observed.Trust{Listed: true, Publishers: []spec.TrustedPublisher{tp}},
	}
	s.serve("lib")
	return s
}

// alter changes one package.
func (s *scene) alter(name spec.Name, change func(*observed.Package)) {
	p := s.is[name]
	p.DistTags = maps.Clone(p.DistTags)
	change(&p)
	s.is[name] = p
}

// serve has the registry serve the version, as a release or an earlier run of the plan does.
func (s *scene) serve(name spec.Name) {
	s.alter(name, func(p *observed.Package) {
		m := &spec.Manifest{Name: name, Version: p.Version, Dist: spec.Dist{Integrity: "sha512-" + spec.Integrity(name)}}
		if name == "cli" {
			m.OptionalDependencies = map[string]string{"cli-linux-x64": "1.1.0", "cli-darwin-arm64": "1.1.0"}
		}
		p.State, p.Manifest, p.Existence = observed.Served, m, observed.Exists
		if p.DistTags == nil {
			p.DistTags = map[spec.DistTag]spec.Version{}
		}
		p.DistTags["latest"] = p.Version
	})
}

// miss takes a package away, name and all.
func (s *scene) miss(name spec.Name) {
	s.alter(name, func(p *observed.Package) {
		*p = observed.Package{Name: name, Version: p.Version, State: p.State, Existence: observed.Missing}
		if p.Version != "" {
			p.State = observed.Absent
		}
	})
}

// seed gives a name its placeholder.
func (s *scene) seed(name spec.Name) {
	s.alter(name, func(p *observed.Package) {
		p.Existence, p.DistTags = observed.Exists, map[spec.DistTag]spec.Version{"latest": "0.0.1", "placeholder": "0.0.1"}
	})
}

// trust sets the trusted publishers of a package.
func (s *scene) trust(name spec.Name, all ...spec.TrustedPublisher) {
	s.alter(name, func(p *observed.Package) { p.Trust = observed.Trust{Listed: true, Publishers: all} })
}

func (s *scene) plan() saved.Plan {
	return saved.New(s.around, s.want, s.is, reconcile.Diff(s.want, s.is, s.policy))
}

// numbered is a trusted publisher as the registry lists it.
func numbered(p spec.TrustedPublisher, id string) spec.TrustedPublisher {
	p.ID = id
	return p
}

func TestCompare(t *testing.T) {
	const musl, darwin = spec.Name("cli-linux-x64"), spec.Name("cli-darwin-arm64")
	github := spec.TrustedPublisher{Type: "github", Claims: spec.Claims{"repository": "o/r"}}
	outdated := func(s *scene) spec.TrustedPublisher {
		p := s.want.TrustedPublishers[0]
		p.Claims = maps.Clone(p.Claims)
		p.Claims[circleci.ClaimOrganization] = "00000000-0000-4000-8000-000000000009"
		return p
	}
	same := func(*scene) {}
	for name, test := range map[string]struct {
		then, now func(*scene)
		says      []string
	}{
		"nothing changed": {same, same, nil},

		// What an earlier run of the plan has done.
		"platforms are served": {same, func(s *scene) { s.serve(musl) }, nil},
		"all is served": {same, func(s *scene) {
			for _, name := range []spec.Name{musl, darwin, "cli"} {
				s.serve(name)
			}
		}, nil},
		"a platform is accepted": {same, func(s *scene) {
			s.alter(musl, func(p *observed.Package) { p.State = observed.Accepted })
		}, nil},
		"a platform is served, and its dist-tag has not moved": {same, func(s *scene) {
			s.serve(musl)
			s.alter(musl, func(p *observed.Package) { p.DistTags["latest"] = "1.0.0" })
		}, nil},
		"what was waited for is served": {func(s *scene) {
			s.alter(musl, func(p *observed.Package) { p.State = observed.Accepted })
		}, func(s *scene) { s.serve(musl) }, nil},
		"a name is seeded": {func(s *scene) { s.miss(musl) }, func(s *scene) { s.seed(musl) }, nil},
		"a name is seeded and trusted": {func(s *scene) { s.miss(musl) }, func(s *scene) {
			s.seed(musl)
			s.trust(musl, s.want.TrustedPublishers[0])
		}, nil},
		"a name is seeded, and nothing is to be told of its trusted publishers": {func(s *scene) { s.miss(musl) }, func(s *scene) {
			s.seed(musl)
			s.alter(musl, func(p *observed.Package) { p.Trust = observed.Trust{} })
		}, nil},
		"a name is seeded, trusted and published to": {func(s *scene) { s.miss(musl) }, func(s *scene) {
			s.trust(musl, s.want.TrustedPublishers[0])
			s.serve(musl)
		}, nil},
		"a name was taken by publishing": {
			func(s *scene) { s.policy.Actions = []reconcile.Action{reconcile.Publish}; s.miss(musl) },
			func(s *scene) {
				s.policy.Actions = []reconcile.Action{reconcile.Publish}
				s.miss(musl)
				s.serve(musl)
			}, nil,
		},
		"an outdated trusted publisher has made way": {
			func(s *scene) { s.trust("cli", outdated(s)) }, func(s *scene) { s.trust("cli", s.want.TrustedPublishers[0]) }, nil,
		},
		"an outdated trusted publisher is gone, the desired one not yet there": {
			func(s *scene) { s.trust("cli", outdated(s)) }, func(s *scene) { s.trust("cli") }, nil,
		},
		"the desired trusted publisher is there, the outdated one not yet gone": {
			func(s *scene) { s.trust("cli", outdated(s)) },
			func(s *scene) { s.trust("cli", s.want.TrustedPublishers[0], outdated(s)) }, nil,
		},
		"a dist-tag was moved as planned": {
			func(s *scene) {
				s.want.Releases[1].Given = true
				s.alter("lib", func(p *observed.Package) { p.DistTags["latest"] = "1.9.0" })
			}, same, nil,
		},
		"a dist-tag went back as planned": {
			func(s *scene) {
				s.want.Releases[1].Pinned, s.want.Releases[1].Rollback = true, true
				s.alter("lib", func(p *observed.Package) { p.DistTags["latest"] = "2.1.0" })
			}, same, nil,
		},

		// What only somebody else can know, or has nothing to do with the plan.
		"the exchange tells what nobody knew": {
			func(s *scene) { s.alter("cli", func(p *observed.Package) { p.Trust = observed.Trust{} }) },
			func(s *scene) {
				s.alter("cli", func(p *observed.Package) {
					p.Trust = observed.Trust{Exchange: observed.ExchangeRefused, Refusal: errors.New("no")}
				})
			}, nil,
		},
		"another dist-tag was moved": {same, func(s *scene) {
			s.alter("cli", func(p *observed.Package) { p.DistTags["next"] = "2.0.0-rc.1" })
		}, nil},
		"another node has published what is not acted on": {
			func(s *scene) { s.policy.Packages = []spec.Name{"cli"} },
			func(s *scene) { s.policy.Packages = []spec.Name{"cli"}; s.serve(musl) }, nil,
		},
		"a release that was not asked for": {
			func(s *scene) { s.want.Releases[1].Selected = false },
			func(s *scene) { s.want.Releases[1].Selected = false; s.miss("lib") }, nil,
		},

		"a name is known by other evidence": {same, func(s *scene) {
			s.alter(musl, func(p *observed.Package) { p.Existence = observed.Reserved })
		}, nil},
		"another trusted publisher was made anew": {
			func(s *scene) { s.trust("lib", s.want.TrustedPublishers[0], numbered(github, "1")) },
			func(s *scene) { s.trust("lib", s.want.TrustedPublishers[0], numbered(github, "2")) }, nil,
		},
		"what is not acted on has another trusted publisher": {
			func(s *scene) { s.policy.Packages = []spec.Name{"cli"} },
			func(s *scene) {
				s.policy.Packages = []spec.Name{"cli"}
				s.trust(musl, s.want.TrustedPublishers[0], github)
			}, nil,
		},

		// What makes it stale.
		"a name was seeded otherwise": {func(s *scene) { s.miss(musl) }, func(s *scene) {
			s.seed(musl)
			s.alter(musl, func(p *observed.Package) { p.DistTags["latest"] = "0.5.0" })
		}, []string{"cli-linux-x64: dist-tag latest: was none, is 0.5.0"}},
		"the desired trusted publisher is gone where others were to go": {
			func(s *scene) { s.trust("cli", s.want.TrustedPublishers[0], outdated(s)) }, func(s *scene) { s.trust("cli", outdated(s)) },
			[]string{"cli: its trusted publisher: was Configured, is ClaimsDiffer"},
		},
		"another registry": {same, func(s *scene) { s.around.Registry = "https://other.example.test/" },
			[]string{"the registry: was https://registry.example.test/, is https://other.example.test/"}},
		"another sandbox": {func(s *scene) { s.around.Sandbox = "/a" }, func(s *scene) { s.around.Sandbox = "/b" },
			[]string{"the sandbox: was /a, is /b"}},
		"another state file": {same, func(s *scene) { s.around.StateFile.SHA256 = "2" },
			[]string{"the state file s.yaml: was sha256:1, is sha256:2"}},
		"another version of the program": {same, func(s *scene) { s.around.Program = "v0.2.0" },
			[]string{"the version of facets-reconcile: was v0.1.0, is v0.2.0"}},
		"a further tag": {same, func(s *scene) { s.want.Releases[0].Version, s.want.Releases[0].Tag = "1.2.0", "v1.2.0" },
			[]string{"cli: the desired version: was 1.1.0, is 1.2.0", "cli: the git tag: was v1.1.0, is v1.2.0"}},
		"the tag was moved": {same, func(s *scene) { s.want.Releases[0].Commit = "badcab" },
			[]string{"cli: the commit of v1.1.0: was c0ffee, is badcab"}},
		"the tag's commit is not known here": {same, func(s *scene) { s.want.Releases[0].Commit = "" }, nil},
		"another dist-tag is to be set": {same, func(s *scene) { s.want.Releases[0].DistTag = "next" },
			[]string{"cli: the dist-tag to set: was latest, is next"}},
		"a release more is asked for": {func(s *scene) { s.want.Releases[1].Selected = false }, same,
			[]string{"lib: its release: was not asked for, is asked for"}},
		"a dist-tag was moved": {same, func(s *scene) {
			s.alter(musl, func(p *observed.Package) { p.DistTags["latest"] = "1.2.0" })
		}, []string{"cli-linux-x64: dist-tag latest: was 1.0.0, is 1.2.0"}},
		"a dist-tag is gone": {same, func(s *scene) { s.alter("lib", func(p *observed.Package) { delete(p.DistTags, "latest") }) },
			[]string{"lib: dist-tag latest: was 2.0.0, is none"}},
		"a name was unpublished": {same, func(s *scene) {
			s.alter(musl, func(p *observed.Package) { p.Existence, p.DistTags = observed.Unpublished, nil })
		}, []string{"cli-linux-x64: its name: was taken, is unpublished"}},
		"a version is gone": {same, func(s *scene) {
			s.alter("lib", func(p *observed.Package) { p.State, p.Manifest = observed.Absent, nil })
		}, []string{"lib: version 2.0.0: was served, is absent"}},
		"a version has other bytes": {same, func(s *scene) {
			s.alter("lib", func(p *observed.Package) { p.Manifest = &spec.Manifest{Dist: spec.Dist{Integrity: "sha512-other"}} })
		}, []string{"lib: the integrity of version 2.0.0: was sha512-lib, is sha512-other"}},
		"a version was published from another commit": {same, func(s *scene) {
			s.serve(musl)
			s.is[musl].Manifest.GitHead = "badcab"
		}, []string{"cli-linux-x64: version 1.1.0: was to be published from commit c0ffee, is published from commit badcab"}},
		"somebody took a name that was not to be seeded": {
			func(s *scene) { s.policy.Actions = []reconcile.Action{reconcile.Publish}; s.miss("cli") },
			func(s *scene) {
				s.policy.Actions = []reconcile.Action{reconcile.Publish}
				s.miss("cli")
				s.seed("cli")
			},
			[]string{"cli: its name: was missing, is taken"},
		},
		"somebody published what was not to be published": {
			func(s *scene) { s.policy.Actions = []reconcile.Action{reconcile.Tag} },
			func(s *scene) { s.policy.Actions = []reconcile.Action{reconcile.Tag}; s.serve("cli") },
			[]string{"cli: version 1.1.0: was absent, is served", "cli: dist-tag latest: was 1.0.0, is 1.1.0"},
		},
		"the entry came without its platforms": {same, func(s *scene) { s.serve("cli") }, []string{
			"cli-darwin-arm64: publish: was planned (Absent, by ci), is planned (Torn, by ci)",
			"cli-linux-x64: publish: was planned (Absent, by ci), is planned (Torn, by ci)"}},
		"the entry was accepted without its platforms": {same, func(s *scene) {
			s.alter("cli", func(p *observed.Package) { p.State = observed.Accepted })
		}, []string{
			"cli-darwin-arm64: publish: was planned (Absent, by ci), is not: EntryAccepted",
			"cli-linux-x64: publish: was planned (Absent, by ci), is not: EntryAccepted"}},
		"a trusted publisher is gone": {same, func(s *scene) { s.trust("lib") },
			[]string{"lib: its trusted publisher: was Configured, is NotConfigured"}},
		"the exchange is refused": {same, func(s *scene) {
			s.alter("cli", func(p *observed.Package) {
				p.Trust = observed.Trust{Exchange: observed.ExchangeRefused, Refusal: errors.New("no")}
			})
		}, []string{"cli: its trusted publisher: was Configured, is ExchangeRefused"}},
		"another trusted publisher was added": {same, func(s *scene) { s.trust("lib", s.want.TrustedPublishers[0], github) },
			[]string{"lib: other trusted publishers: was none, is github (repository o/r)"}},
		"another trusted publisher was added where one is to be set": {
			func(s *scene) { s.trust("cli") }, func(s *scene) { s.trust("cli", github) },
			[]string{"cli: other trusted publishers: was none, is github (repository o/r)"},
		},
		"a package cannot be read": {same, func(s *scene) {
			s.alter("lib", func(p *observed.Package) { p.State, p.Err = observed.Unknown, errors.New("502:\nout of order") })
		}, []string{"lib: what the registry shows: was readable, is not: 502: out of order"}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			then, now := newScene(t), newScene(t)
			test.then(then)
			test.now(now)
			var says []string
			for _, d := range then.plan().Compare(now.plan()) {
				says = append(says, d.String())
			}
			g.Expect(says).To(ConsistOf(test.says))
		})
	}
}

func TestAllowedIsWhatThePlanHas(t *testing.T) {
	g := NewWithT(t)
	s := newScene(t)
	s.miss("cli-linux-x64")
	plan := s.plan()
	g.Expect(plan.Allowed()).To(Equal(map[spec.Name][]reconcile.Action{
		"cli":              {reconcile.Publish, reconcile.Tag},
		"cli-darwin-arm64": {reconcile.Publish, reconcile.Tag},
		"cli-linux-x64":    {reconcile.Seed, reconcile.Trust, reconcile.Publish, reconcile.Tag},
	}))
	g.Expect(plan.Has(reconcile.Trust)).To(BeTrue())
	g.Expect(plan.Has(reconcile.Prove)).To(BeFalse())

	g.Expect(plan.Done(plan)).To(Equal(0))
	s.seed("cli-linux-x64")
	g.Expect(plan.Done(s.plan())).To(Equal(1), "the seed; whether it is trusted is not known")

	shuffled := s.plan()
	slices.Reverse(shuffled.Releases[0].Packages[1:])
	g.Expect(plan.Done(shuffled)).To(Equal(1), "in whatever order the packages stand")
	shuffled.Releases[0].Packages = append(shuffled.Releases[0].Packages, saved.Package{Name: "cli-new"})
	g.Expect(plan.Done(shuffled)).To(Equal(1), "and however many there are")

	s.policy.Allowed = plan.Allowed()
	s.miss("lib") // since
	for _, p := range reconcile.Diff(s.want, s.is, s.policy).Packages() {
		if p.Name == "lib" {
			g.Expect(p.Changes).To(BeEmpty())
		} else {
			g.Expect(p.Changes).NotTo(BeEmpty())
		}
	}
}
