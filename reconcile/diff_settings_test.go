package reconcile_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

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
	with := func(id string, t observed.Trust) observed.Trust { t.With = id; return t }
	id := func(id, file string) spec.TrustedPublisher { p := workflow(file); p.ID = id; return p }
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
				"Locked=Unknown/NotShown +settings(human)[a version that its trusted publisher has published: " + wontWork + ", @s/lib: Seeded]"},
		"tokens, by the very one that is wanted, beside another": {want: forbids, policy: only,
			is:   []func(*observed.Package){trust(with("oidc:1", listed("github", id("1", "publish.yml"), id("2", "nightly.yml"))))},
			text: "@s/lib Locked=Unknown/NotShown +settings(human)"},
		"tokens, by another beside it": {want: forbids, policy: only,
			is:   []func(*observed.Package){trust(with("oidc:2", listed("github", id("1", "publish.yml"), id("2", "nightly.yml"))))},
			text: "@s/lib Locked=Unknown/Unproven +settings(human)[a version that its trusted publisher has published: " + wontWork + "]"},
		"tokens, by one that was made anew since": {want: forbids, policy: only,
			is: []func(*observed.Package){trust(with("oidc:1", listed("github", id("oidc:3", "publish.yml"))))},
			text: "@s/lib Locked=Unknown/Unproven +settings(human)[a version that its trusted publisher has published: the one that published before is " +
				"none of those that it has now, because it was made anew or npm gives them other IDs, and npm checks no values; " +
				"where you know, npm access set mfa=publish @s/lib]"},
		"tokens, by one that was removed since": {want: forbids, policy: only,
			is:   []func(*observed.Package){trust(with("oidc:1", listed("github")))},
			text: "@s/lib Trusted=False/NotConfigured Locked=Unknown/Unproven +settings(human)[a version that its trusted publisher has published: " + wontWork + "]"},
		"tokens, by one of the provider before": {want: forbids, policy: only,
			is:   []func(*observed.Package){trust(with("oidc:1", listed("circleci", id("2", "publish.yml"))))},
			text: "@s/lib Locked=Unknown/Unproven +settings(human)[a version that its trusted publisher has published: " + wontWork + "]"},
		"tokens, where it takes a second factor to list who is trusted": {want: forbids, policy: only,
			is:   []func(*observed.Package){trust(observed.Trust{PublishedBy: "github", Err: spec.ErrSecondFactor})},
			text: "@s/lib Locked=Unknown/NotShown +settings(human)"},
		"tokens, where nobody may list who is trusted": {want: forbids, policy: only,
			is: []func(*observed.Package){trust(observed.Trust{PublishedBy: "github", Err: spec.ErrRefused})}, text: "@s/lib Locked=Unknown/NotShown " +
				"+settings(human)[a session that lists its trusted publishers, which this one could not: without one that works nobody could publish it any more]"},
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

// Without a version, or before it is there, the one that the dist-tag points at proves who may publish. Nobody else has it read.
func TestTheProofOfAPackageWithoutAVersionIsRead(t *testing.T) {
	for _, asked := range []bool{true, false} {
		g := NewWithT(t)
		want := settled(forbids)
		want.Releases[0].Version = ""
		var queries []observed.Query
		policy := reconcile.Policy{Session: true}
		if asked {
			policy.Actions = []reconcile.Action{reconcile.Settings}
		}
		seen := is("@s/lib", func(p *observed.Package) {
			p.State, p.Version, p.Before = "", "", &observed.Component{PublishedBy: "github", With: "oidc:1"}
			p.Trust = observed.Trust{Listed: true, Publishers: []spec.TrustedPublisher{workflow("publish.yml")}}
		})
		_, err := reconcile.Run(t.Context(), reconcile.World{Observer: asking{seen, &queries}, Settler: &settler{}, Clock: &clock{}},
			want, policy, reconcile.Options{Concurrency: 1})
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(queries[0].Over == spec.Latest).To(Equal(asked))
		g.Expect(text(reconcile.Diff(want, observed.Snapshot{"@s/lib": seen}, policy))).To(ContainSubstring("Locked=Unknown/NotShown"), "it is proved")
	}
}

// asking keeps what was asked.
type asking struct {
	is      observed.Package
	queries *[]observed.Query
}

func (a asking) Observe(_ context.Context, queries []observed.Query) (observed.Snapshot, error) {
	*a.queries = append(*a.queries, queries...)
	p := a.is
	p.TokensSet = queries[0].TokensSet
	return observed.Snapshot{p.Name: p}, nil
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
				g.Expect(s.set[0]).To(And(HaveField("Tokens", spec.TokensForbidden), HaveField("Access", spec.Access("")), HaveField("Proof.By", "github")))
				g.Expect(text(result.Plan)).To(Equal("@s/lib +settings(human)"), "it is done, and Locked")
				g.Expect(result.Packages()[0].Changes[0].Outcome).To(Equal(reconcile.Done))
				g.Expect(result.Summary.Converged).To(BeTrue())
			}
		})
	}
}

// accesses is a registry that shows the access, or shows it late, as often as it is read; "": it hides it.
type accesses struct {
	is    observed.Package
	shows []spec.Access
	reads *int
}

func (a accesses) Observe(_ context.Context, queries []observed.Query) (observed.Snapshot, error) {
	p := a.is
	p.TokensSet, p.AccessSet = queries[0].TokensSet, queries[0].AccessSet
	p.Access = a.shows[min(*a.reads, len(a.shows)-1)]
	*a.reads++
	return observed.Snapshot{p.Name: p}, nil
}

func TestAnAccessThatIsSetIsWaitedForUntilItShows(t *testing.T) {
	const public, restricted = spec.AccessPublic, spec.AccessRestricted
	proof := observed.Trust{Listed: true, Publishers: []spec.TrustedPublisher{workflow("publish.yml")}, PublishedBy: "github"}
	unproven := proof
	unproven.PublishedBy = ""
	restricts := func(p *desired.Package) { p.Access, p.SetAccess = restricted, true }
	both := func(p *desired.Package) { restricts(p); forbids(p) }
	for name, c := range map[string]struct {
		want    func(*desired.Package)
		trust   observed.Trust
		shows   []spec.Access
		exit    int
		outcome reconcile.Outcome
		message string
	}{
		"at once":           {restricts, proof, []spec.Access{public, restricted}, reconcile.ExitOK, reconcile.Done, "access: public → restricted"},
		"late":              {restricts, proof, []spec.Access{public, public, public, restricted}, reconcile.ExitOK, reconcile.Done, "access: public → restricted"},
		"never":             {restricts, proof, []spec.Access{public}, reconcile.ExitHuman, reconcile.Doubted, "done, and the registry still shows otherwise"},
		"where none does":   {restricts, proof, []spec.Access{""}, reconcile.ExitOK, reconcile.Done, "access: restricted"},
		"late, with tokens": {both, proof, []spec.Access{public, public, restricted}, reconcile.ExitOK, reconcile.Done, "access: public → restricted; tokens: forbidden"},
		"while tokens have to wait": {both, unproven, []spec.Access{public, restricted}, reconcile.ExitHuman, "",
			"tokens: forbidden; set: access: public → restricted"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			s := &settler{}
			result, err := reconcile.Run(t.Context(), reconcile.World{Observer: accesses{is("@s/lib", trust(c.trust)), c.shows, new(int)}, Settler: s, Clock: &clock{}},
				settled(c.want), reconcile.Policy{Session: true, Actions: []reconcile.Action{reconcile.Settings}},
				reconcile.Options{Concurrency: 1, Timeout: time.Hour})
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(s.set).To(HaveLen(1))
			g.Expect(result.ExitCode()).To(Equal(c.exit))
			g.Expect(result.Packages()[0].Changes).To(HaveLen(1))
			g.Expect(result.Packages()[0].Changes[0]).To(And(HaveField("Outcome", c.outcome), HaveField("Message", c.message)))
		})
	}
}

// gone shows a version in its first read alone.
type gone struct {
	is    observed.Package
	reads *int
}

func (o gone) Observe(context.Context, []observed.Query) (observed.Snapshot, error) {
	p := o.is
	if *o.reads++; *o.reads > 1 {
		p.State = observed.Absent
	}
	return observed.Snapshot{p.Name: p}, nil
}

type mover struct{ reconcile.Tagger }

func (mover) Return(context.Context, desired.Package, spec.DistTag, spec.Version, spec.Version) error {
	return nil
}

// That an access waits to be set says nothing of what else was done about the package.
func TestWhatWasSetIsSaidOfSettingsAlone(t *testing.T) {
	g := NewWithT(t)
	want := settled(func(p *desired.Package) { p.SetAccess = true })
	want.Releases[0].Rollback = true
	seen := is("@s/lib", tagged("2.0.0"), trust(observed.Trust{Listed: true, Publishers: []spec.TrustedPublisher{workflow("publish.yml")}}),
		func(p *observed.Package) { p.Access = spec.AccessRestricted })
	result, err := reconcile.Run(t.Context(), reconcile.World{Observer: gone{seen, new(int)}, Tagger: mover{}, Clock: &clock{}}, want,
		reconcile.Policy{Session: true, Actions: []reconcile.Action{reconcile.Tag}}, reconcile.Options{Concurrency: 1, Timeout: time.Hour})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(result.Packages()[0].Changes).To(ConsistOf(And(HaveField("Action", reconcile.Tag),
		HaveField("Message", Not(ContainSubstring("; set: "))))))
}

// Of a version that a human approved the next one tells no more: settings that wait for that are a human's, and no release helps.
func TestNoReleaseIsAwaitedThatWouldProveNothing(t *testing.T) {
	for approver, awaits := range map[string]bool{"": true, `{"name":"somebody"}`: false} {
		seen := is("@s/lib", trust(observed.Trust{Listed: true, Publishers: []spec.TrustedPublisher{workflow("publish.yml")}}), func(p *observed.Package) {
			p.Manifest.Publisher = &spec.Publisher{Approver: json.RawMessage(approver)}
		})
		plan := reconcile.Diff(settled(forbids), observed.Snapshot{"@s/lib": seen},
			reconcile.Policy{Session: true, Actions: []reconcile.Action{reconcile.Settings}})
		g, c := NewWithT(t), plan.Packages()[0].Changes[0]
		g.Expect(c.Blocked()).To(BeTrue())
		g.Expect(c.AwaitsProof()).To(Equal(awaits), approver)
		g.Expect(c.Unprovable()).To(Equal(!awaits), approver)
	}
}
