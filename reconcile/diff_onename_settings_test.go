package reconcile_test

import (
	"context"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// oneHome is a release whose platforms are versions of home, and that has the same settings everywhere.
func oneHome(t *testing.T, home spec.Name) reconcile.Desired {
	release := oneName(cli(), home)
	ranges := deprecating(t, "<1.0.0", "old").Releases[0].Packages[0].Deprecated
	for i := range release.Packages {
		p := &release.Packages[i]
		p.Tokens, p.Access, p.SetAccess, p.Deprecated = spec.TokensForbidden, spec.AccessRestricted, true, ranges
	}
	release.Withdrawn = []desired.Withdrawal{{Version: "0.8.0", Message: "broken"}}
	return reconcile.Desired{Releases: []desired.Release{release}, Placeholder: "0.0.1",
		TrustedPublishers: spec.TrustedPublishers{workflow("publish.yml")}}
}

// oneServed has all of the release as it should be, but for what settings are about.
func oneServed() observed.Snapshot {
	proven := trust(observed.Trust{Listed: true, Publishers: []spec.TrustedPublisher{workflow("publish.yml")}, PublishedBy: "github"})
	public := func(p *observed.Package) { p.Access = spec.AccessPublic }
	old := says(map[spec.Version]string{"0.8.0": "", "0.9.0": "", "1.0.0": ""})
	return observed.Snapshot{
		"cli":       is("cli", proven, public, old, withdrawn("0.8.0", ""), lists("cli-linux=npm:cli@1.0.0-linux", "cli-mac=npm:cli@1.0.0-mac")),
		"cli-linux": is("cli-linux", proven, public, old, withdrawn("0.8.0", "")), "cli-mac": is("cli-mac", proven, public, old, withdrawn("0.8.0", "")),
	}
}

// onNpm keeps which packages of npm were set, and what was said of their versions.
type onNpm struct {
	set   []spec.Name
	said  map[spec.Name]map[spec.Version]string
	calls map[spec.Name]int
}

func (n *onNpm) Settle(_ context.Context, name spec.Name, _ reconcile.Setting) error {
	n.set = append(n.set, name)
	return nil
}

func (n *onNpm) Deprecate(_ context.Context, name spec.Name, wanted map[spec.Version]spec.Deprecation) error {
	n.calls[name]++
	if n.said[name] == nil {
		n.said[name] = map[spec.Version]string{}
	}
	for version, of := range wanted {
		n.said[name][version] = of.Message
	}
	return nil
}

func TestWhatIsSetOfAPackageWithSeveralIsSetOnce(t *testing.T) {
	type said = map[spec.Version]string
	entry := said{"0.8.0": "broken", "0.9.0": "old"}
	platforms := said{"0.8.0-linux": "broken", "0.9.0-linux": "old", "0.8.0-mac": "broken", "0.9.0-mac": "old"}
	both := said{"0.8.0": "broken", "0.9.0": "old", "0.8.0-linux": "broken", "0.9.0-linux": "old", "0.8.0-mac": "broken", "0.9.0-mac": "old"}
	for home, c := range map[spec.Name]struct {
		set  []spec.Name
		said map[spec.Name]said
	}{
		"cli": {[]spec.Name{"cli"}, map[spec.Name]said{"cli": both}},
		"bin": {[]spec.Name{"cli", "bin"}, map[spec.Name]said{"cli": entry, "bin": platforms}},
	} {
		t.Run(home.String(), func(t *testing.T) {
			g := NewWithT(t)
			n := &onNpm{said: map[spec.Name]map[spec.Version]string{}, calls: map[spec.Name]int{}}
			_, err := reconcile.Run(t.Context(), reconcile.World{Observer: &fitless{is: oneServed()}, Settler: n, Deprecator: n, Clock: &clock{}},
				oneHome(t, home), reconcile.Policy{Session: true, Actions: []reconcile.Action{reconcile.Settings, reconcile.Deprecate}},
				reconcile.Options{Concurrency: 1})
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(n.set).To(Equal(c.set))
			g.Expect(n.said).To(Equal(c.said))
			g.Expect(n.calls).To(And(HaveLen(len(c.said)), HaveEach(1)), "the whole document is sent each time")
		})
	}
}

// Whether tokens are forbidden is one fact for all packages with the same home.
func TestPackagesWithOneHomeAreLockedTogether(t *testing.T) {
	g := NewWithT(t)
	snapshot := oneServed()
	entry := snapshot["cli"]
	entry.TokensSet = true
	snapshot["cli"] = entry
	for _, p := range reconcile.Diff(oneHome(t, "cli"), snapshot, reconcile.Policy{}).Packages() {
		locked, _ := p.Condition(reconcile.Locked)
		g.Expect(locked.Status).To(Equal(reconcile.True), p.Name.String())
	}
}

func TestADistTagOfAWithdrawnPlatformIsCalledAsNpmCallsIt(t *testing.T) {
	g := NewWithT(t)
	snapshot := oneServed()
	snapshot["cli-mac"] = is("cli-mac", withdrawn("0.8.0", ""), says(map[spec.Version]string{"0.8.0": ""}), func(p *observed.Package) {
		p.DistTags = map[spec.DistTag]spec.Version{"latest": "1.0.0", "next": "0.8.0"}
	})
	g.Expect(text(reconcile.Diff(oneHome(t, "cli"), snapshot, reconcile.Policy{}))).To(
		ContainSubstring("npm dist-tag add cli@VERSION next-mac: it points at 0.8.0-mac"))
}
