package reconcile_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// An entry whose platform "cli-lib-linux" is released apart from it, at 7.0.0.
func TestDiffOfPlatformsThatAreReleasedApart(t *testing.T) {
	lib := desired.Package{Name: "cli-lib-linux", Role: desired.RolePlatform, Group: "cli"}
	entry := cli()
	entry.Apart = []desired.Apart{{Package: lib, Version: "7.0.0"}}
	libs := desired.Release{Group: "cli", Version: "7.0.0", DistTag: "latest", Selected: true, Packages: []desired.Package{lib},
		PlatformForms: []string{"cli-lib-{target}"}}
	at := func(version spec.Version, shape ...func(*observed.Package)) observed.Package {
		p := is(lib.Name)
		p.Version, p.Manifest.Version, p.DistTags = version, version, map[spec.DistTag]spec.Version{"latest": version}
		for _, s := range shape {
			s(&p)
		}
		return p
	}
	absent := is("cli", state(observed.Absent))
	for name, c := range map[string]struct {
		entry, lib observed.Package
		text       string
	}{
		"all is served":              {entry: is("cli", lists("cli-linux", "cli-mac", "cli-lib-linux=7.0.0")), lib: at("7.0.0")},
		"its dist-tag went on":       {entry: is("cli", lists("cli-linux", "cli-mac", "cli-lib-linux=7.0.0")), lib: at("7.0.0", tagged("8.0.0"))},
		"its dist-tag stayed behind": {entry: is("cli", lists("cli-linux", "cli-mac", "cli-lib-linux=7.0.0")), lib: at("7.0.0", tagged("6.0.0"))},
		"it is missing, and the entry is served": {
			entry: is("cli", lists("cli-linux", "cli-mac", "cli-lib-linux=7.0.0")), lib: at("7.0.0", state(observed.Absent)),
			text: "cli Complete=False/PlatformsMissing\n" +
				"cli-lib-linux Published=False/Absent Served=False/Absent Tagged=False/NotServed +publish(ci)\nerror Torn cli",
		},
		"the entry waits for it": {
			entry: absent, lib: at("7.0.0", state(observed.Absent)),
			text: "cli Published=False/Absent Served=False/Absent Tagged=False/NotServed Complete=False/NotServed +publish(ci)[cli-lib-linux: Served]\n" +
				"cli-lib-linux Published=False/Absent Served=False/Absent Tagged=False/NotServed +publish(ci)",
		},
		"the entry does not wait any more": {
			entry: absent, lib: at("7.0.0"),
			text: "cli Published=False/Absent Served=False/Absent Tagged=False/NotServed Complete=False/NotServed +publish(ci)",
		},
		"the entry lists an older one": {
			entry: is("cli", lists("cli-linux", "cli-mac", "cli-lib-linux=6.0.0"), others(lib.Name, "6.0.0", observed.Served)), lib: at("7.0.0"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			snapshot := observed.Snapshot{"cli": c.entry, "cli-linux": is("cli-linux"), "cli-mac": is("cli-mac"), lib.Name: c.lib}
			plan := reconcile.Diff(reconcile.Desired{Releases: []desired.Release{entry, libs}}, snapshot, reconcile.Policy{})
			NewWithT(t).Expect(text(plan)).To(Equal(c.text))
		})
	}
}
