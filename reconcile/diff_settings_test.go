package reconcile_test

import (
	"context"
	"errors"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/ci/githubactions"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// workflow is a trusted publisher; settled is a state file that wants it, and settings.
func workflow(file string) spec.TrustedPublisher {
	return githubactions.Workflow{Repository: "o/r", Workflow: file}.Publisher(spec.PermissionPublish)
}

func settled(shape func(*desired.Package)) reconcile.Desired {
	want := library(spec.AccessPublic)
	want.TrustedPublishers = spec.TrustedPublishers{workflow("publish.yml")}
	shape(&want.Releases[0].Packages[0])
	return want
}

func forbids(p *desired.Package) { p.Tokens = spec.TokensForbidden }

func TestDiffOfSettings(t *testing.T) {
	only := reconcile.Policy{Session: true, Actions: []reconcile.Action{reconcile.Settings}}
	listed := func(by string, have ...spec.TrustedPublisher) observed.Trust {
		return observed.Trust{Listed: true, Publishers: have, PublishedBy: by}
	}
	proven := listed("github", workflow("publish.yml"))
	access := func(a spec.Access) func(*observed.Package) { return func(p *observed.Package) { p.Access = a } }
	restricts := func(p *desired.Package) { p.Access, p.SetAccess = spec.AccessRestricted, true }
	opens := func(p *desired.Package) { p.SetAccess = true }
	for name, c := range map[string]struct {
		want   func(*desired.Package)
		policy reconcile.Policy
		is     []func(*observed.Package)
		text   string
	}{
		"tokens, and nobody asks": {want: forbids, is: []func(*observed.Package){trust(proven)}, text: "@s/lib Locked=Unknown/NotShown"},
		"tokens": {want: forbids, policy: only, is: []func(*observed.Package){trust(proven)},
			text: "@s/lib Locked=Unknown/NotShown +settings(human)"},
		"tokens, which this run has set": {want: forbids, policy: only,
			is: []func(*observed.Package){trust(proven), func(p *observed.Package) { p.TokensSet = true }}},
		"tokens, by another pipeline of the same provider perhaps": {want: forbids, policy: only,
			is:   []func(*observed.Package){trust(listed("github", workflow("publish.yml"), workflow("nightly.yml")))},
			text: "@s/lib Locked=Unknown/Unproven +settings(human)[a version that its trusted publisher has published: " + wontWork + "]"},
		"tokens, published by another provider": {want: forbids, policy: only,
			is:   []func(*observed.Package){trust(listed("circleci", workflow("publish.yml")))},
			text: "@s/lib Locked=Unknown/Unproven +settings(human)[a version that its trusted publisher has published: " + wontWork + "]"},
		"tokens, published by a token": {want: forbids, policy: only, is: []func(*observed.Package){trust(listed("", workflow("publish.yml")))},
			text: "@s/lib Locked=Unknown/Unproven +settings(human)[a version that its trusted publisher has published: " + wontWork + "]"},
		"tokens, which are to be allowed, whatever was published": {
			want:   func(p *desired.Package) { p.Tokens = spec.TokensAllowed },
			policy: only, is: []func(*observed.Package){trust(listed("", workflow("publish.yml")))}, text: "@s/lib +settings(human)"},
		"tokens of a name that is missing": {want: forbids, policy: only, is: []func(*observed.Package){missing},
			text: "@s/lib Seeded=False/Missing Trusted=False/NotSeeded Published=False/Absent Served=False/Absent Tagged=False/NotServed " +
				"Locked=Unknown/NotShown +settings(human)[a session that lists its trusted publishers, which this one could not: without one that works " +
				"nobody could publish it any more, @s/lib: Seeded]"},
		"access": {want: opens, is: []func(*observed.Package){trust(proven), access(spec.AccessRestricted)}, text: "@s/lib +settings(human)"},
		"access that everybody has": {want: restricts, is: []func(*observed.Package){trust(proven), access(spec.AccessPublic)},
			text: "@s/lib +settings(human)"},
		"access, as it is":                   {want: restricts, is: []func(*observed.Package){trust(proven), access(spec.AccessRestricted)}},
		"access that the registry hides":     {want: restricts, is: []func(*observed.Package){trust(proven)}},
		"access that it hides, and who asks": {want: restricts, policy: only, is: []func(*observed.Package){trust(proven)}, text: "@s/lib +settings(human)"},
		"access first, where tokens have to wait": {want: func(p *desired.Package) { forbids(p); restricts(p) }, policy: only,
			is:   []func(*observed.Package){trust(listed("", workflow("publish.yml"))), access(spec.AccessPublic)},
			text: "@s/lib Locked=Unknown/Unproven +settings(human)"},
	} {
		t.Run(name, func(t *testing.T) {
			plan := reconcile.Diff(settled(c.want), observed.Snapshot{"@s/lib": is("@s/lib", c.is...)}, c.policy)
			NewWithT(t).Expect(text(plan)).To(Equal(c.text))
		})
	}
}

const wontWork = "before, nobody knows whether that works, and nobody could publish it any more"

// A package that should be restricted keeps its release back as long as everybody may read it.
func TestNothingIsPublishedBeforeTheAccessIsSet(t *testing.T) {
	g := NewWithT(t)
	exposed := is("@s/lib", state(observed.Absent), func(p *observed.Package) { p.Access = spec.AccessPublic })
	want := settled(func(p *desired.Package) { p.Access, p.SetAccess = spec.AccessRestricted, true })
	plan := reconcile.Diff(want, observed.Snapshot{"@s/lib": exposed}, reconcile.Policy{})
	g.Expect(text(plan)).To(ContainSubstring("+publish(ci)[facets-reconcile apply --only settings: everybody may read it]"))
}

// settler keeps what it was to set.
type settler struct {
	set  []reconcile.Setting
	fail error
}

func (s *settler) Settle(_ context.Context, _ spec.Name, what reconcile.Setting) error {
	s.set = append(s.set, what)
	return s.fail
}

// settingRegistry shows all but whether tokens may publish.
type settingRegistry struct{ is observed.Package }

func (r settingRegistry) Observe(_ context.Context, queries []observed.Query) (observed.Snapshot, error) {
	p := r.is
	p.TokensSet = queries[0].TokensSet
	return observed.Snapshot{p.Name: p}, nil
}

func TestTokensAreForbiddenOnceAndOnlyWhereThatIsAskedFor(t *testing.T) {
	seen := is("@s/lib", trust(observed.Trust{Listed: true, Publishers: []spec.TrustedPublisher{workflow("publish.yml")}, PublishedBy: "github"}))
	for name, c := range map[string]struct {
		actions []reconcile.Action
		fail    error
		set     int
		exit    int
	}{
		"asked for":         {[]reconcile.Action{reconcile.Settings}, nil, 1, reconcile.ExitOK},
		"not asked for":     {nil, nil, 0, reconcile.ExitOK},
		"by who may not":    {[]reconcile.Action{reconcile.Settings}, spec.ErrRefused, 1, reconcile.ExitHuman},
		"where it has none": {[]reconcile.Action{reconcile.Settings}, errors.Join(spec.ErrUnsupported), 1, reconcile.ExitError},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			s := &settler{fail: c.fail}
			result, err := reconcile.Run(t.Context(), reconcile.World{Observer: settingRegistry{seen}, Settler: s, Clock: &clock{}},
				settled(forbids), reconcile.Policy{Session: true, Actions: c.actions}, reconcile.Options{Concurrency: 1})
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(s.set).To(HaveLen(c.set))
			g.Expect(result.ExitCode()).To(Equal(c.exit))
			if c.set > 0 && c.fail == nil {
				g.Expect(s.set[0]).To(Equal(reconcile.Setting{Tokens: spec.TokensForbidden}))
				g.Expect(text(result.Plan)).To(Equal("@s/lib +settings(human)"), "it is done, and Locked")
				g.Expect(result.Packages()[0].Changes[0].Outcome).To(Equal(reconcile.Done))
				g.Expect(result.Summary.Converged).To(BeTrue())
			}
		})
	}
}
