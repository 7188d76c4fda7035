package reconcile_test

import (
	"fmt"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// oneName makes the platforms of a release versions of a package.
func oneName(r desired.Release, home spec.Name) desired.Release {
	for i := range r.Packages[1:] {
		p := &r.Packages[1+i]
		target := spec.DistTag(p.Name[len("cli-"):])
		p.Home = spec.Home{Name: home, Suffix: "-" + string(target), DistTag: target, Usual: spec.Latest}
	}
	if home == r.Packages[0].Name {
		r.PlatformVersions = []string{"{version}-{target}"}
	}
	return r
}

func TestDiffOfPlatformsThatAreVersionsOfOnePackage(t *testing.T) {
	const linux, mac = "cli-linux=npm:cli@1.0.0-linux", "cli-mac=npm:cli@1.0.0-mac"
	absent := is("cli", state(observed.Absent))
	for name, c := range map[string]struct {
		home       spec.Name
		entry, mac observed.Package
		policy     reconcile.Policy
		text       string
		says       string // one of the messages
	}{
		"all is served": {home: "cli", entry: is("cli", lists(linux, mac)), mac: is("cli-mac")},
		"an alias of an older version": {
			home: "cli", entry: is("cli", lists(linux, "cli-mac=npm:cli@0.9.0-mac"), others("cli-mac", "npm:cli@0.9.0-mac", observed.Served)),
			mac: is("cli-mac"),
		},
		"one is missing": {
			home: "cli", entry: is("cli", lists(linux, mac)), mac: is("cli-mac", state(observed.Absent)),
			text: "cli Complete=False/PlatformsMissing\ncli-mac Published=False/Absent Served=False/Absent Tagged=False/NotServed +publish(ci)\nerror Torn cli",
			says: "cli@1.0.0 is served, and lists platforms that are not served: cli@1.0.0-mac",
		},
		"the dist-tag of one is behind": {
			home: "cli", entry: is("cli", lists(linux, mac)), mac: is("cli-mac", tagged("0.9.0")),
			text: "cli-mac Tagged=False/Behind +tag(ci)", says: "point mac at 1.0.0-mac: mac points at 0.9.0-mac",
		},
		"the dist-tag of one is not there, by which nobody installs it": {
			home: "cli", entry: is("cli", lists(linux, mac)), mac: is("cli-mac", tagged("")),
		},
		"latest was taken by a platform's version": {
			home: "cli", entry: is("cli", lists(linux, mac), tagged("2.0.0-linux")), mac: is("cli-mac"),
			text: "cli Tagged=False/Behind\nwarning Behind cli", says: "latest points at 2.0.0-linux",
		},
		"their package is seeded and trusted once": {
			home: "cli", entry: is("cli", missing), mac: is("cli-mac", missing),
			text: "cli Seeded=False/Missing Trusted=False/NotSeeded Published=False/Absent Served=False/Absent Tagged=False/NotServed Complete=False/NotServed" +
				" +seed(human) +trust(human)[cli: Seeded] +publish(ci)[cli: Seeded, cli: Trusted, cli-linux: Seeded, cli-linux: Trusted, cli-mac: Seeded, " +
				"cli-mac: Trusted, cli-linux: Served, cli-mac: Served]\n" + nothingOf("cli-linux") + "\n" + nothingOf("cli-mac"),
			says: "publish the placeholder cli@0.0.1: a trusted publisher needs an existing name",
		},
		"a token seeds it, too": {
			home: "cli", entry: is("cli", missing), mac: is("cli-mac", missing), policy: reconcile.Policy{Token: true, Actions: []reconcile.Action{reconcile.Seed}},
			text: "cli Seeded=False/Missing Trusted=False/NotSeeded Published=False/Absent Served=False/Absent Tagged=False/NotServed Complete=False/NotServed" +
				" +seed(human)\n" + noChangeOf("cli-linux") + "\n" + noChangeOf("cli-mac"),
			says: "publish the placeholder cli@0.0.1: npm points latest at the first version of a name, which must not be a platform's",
		},
		"a package of their own has its first platform for a holder": {
			home: "bin", entry: absent, mac: is("cli-mac", missing), policy: reconcile.Policy{Actions: []reconcile.Action{reconcile.Seed, reconcile.Trust}},
			text: "cli Published=False/Absent Served=False/Absent Tagged=False/NotServed Complete=False/NotServed\n" +
				"cli-linux Seeded=False/Missing Trusted=False/NotSeeded Published=False/Absent Served=False/Absent Tagged=False/NotServed" +
				" +seed(human) +trust(human)[cli-linux: Seeded]\n" + noChangeOf("cli-mac"),
			says: "publish the placeholder bin@0.0.1: a trusted publisher needs an existing name",
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			linux := is("cli-linux")
			if c.mac.Existence == observed.Missing {
				linux = is("cli-linux", missing)
			}
			want := reconcile.Desired{Releases: []desired.Release{oneName(cli(), c.home)}, Placeholder: "0.0.1",
				TrustedPublishers: spec.TrustedPublishers{{Type: "circleci"}}}
			plan := reconcile.Diff(want, observed.Snapshot{"cli": c.entry, "cli-linux": linux, "cli-mac": c.mac}, c.policy)
			g.Expect(text(plan)).To(Equal(c.text))
			g.Expect(messages(plan)).To(ContainElement(ContainSubstring(c.says)))
		})
	}
}

func TestASecondEntryNeedsNoVersionOfItsPlatformsPackage(t *testing.T) {
	g := NewWithT(t)
	first, slim := oneName(cli(), "cli"), cli()
	slim.Group, slim.Packages = "slim", []desired.Package{{Name: "slim", Role: desired.RoleEntry, Group: "slim"}}
	slim.Apart = []desired.Apart{{Package: first.Packages[1], Version: "1.0.0"}, {Package: first.Packages[2], Version: "1.0.0"}}
	slim.Apart[1].ListedUnder = desired.UnderDependencies
	want := reconcile.Desired{Releases: []desired.Release{first, slim}, Placeholder: "0.0.1",
		Needs: map[spec.Name]reconcile.Needs{"slim": {"cli": {Wanted: "1.0.0-mac"}}}}
	plan := reconcile.Diff(want, observed.Snapshot{
		"cli":       is("cli", lists("cli-linux=npm:cli@1.0.0-linux", "cli-mac=npm:cli@1.0.0-mac")),
		"cli-linux": is("cli-linux"), "cli-mac": is("cli-mac", state(observed.Accepted)), "slim": is("slim", state(observed.Absent)),
	}, reconcile.Policy{})
	g.Expect(text(plan)).To(ContainSubstring("slim Published=False/Absent Served=False/Absent Tagged=False/NotServed Complete=False/NotServed " +
		"+publish(ci)[cli-mac: Served]"))
}

func noChangeOf(name string) string {
	return name + " Seeded=False/Missing Trusted=False/NotSeeded Published=False/Absent Served=False/Absent Tagged=False/NotServed"
}

func nothingOf(name string) string {
	return noChangeOf(name) + " +publish(ci)[cli: Seeded, cli: Trusted, cli-linux: Seeded, cli-linux: Trusted, cli-mac: Seeded, cli-mac: Trusted]"
}

// messages are those of all changes and findings, and an empty one.
func messages(p reconcile.Plan) []string {
	all := []string{""}
	for _, pkg := range p.Packages() {
		for _, c := range pkg.Changes {
			all = append(all, c.Message)
		}
	}
	for _, f := range p.Findings {
		all = append(all, f.Message)
	}
	return all
}

func TestShardsKeepTheVersionsOfOnePackageTogether(t *testing.T) {
	for home, nodes := range map[spec.Name]string{"cli": "0 0 0", "bin": "0 1 1"} {
		want := reconcile.Desired{Releases: []desired.Release{oneName(cli(), home),
			{Group: "libraries", Packages: []desired.Package{{Name: "adapter", Role: desired.RoleLibrary}}, Selected: true}}}
		takers := map[spec.Name]int{}
		for index := range 3 {
			shard, err := reconcile.NewShard(index, 3, want)
			NewWithT(t).Expect(err).NotTo(HaveOccurred())
			for _, p := range reconcile.Diff(want, nil, reconcile.Policy{Shard: shard}).Packages() {
				if p.InScope() {
					takers[p.Name] = index
				}
			}
		}
		NewWithT(t).Expect(fmt.Sprint(takers["cli"], takers["cli-linux"], takers["cli-mac"])).To(Equal(nodes), home.String())
	}
}
