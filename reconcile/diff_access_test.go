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

func library(access spec.Access) reconcile.Desired {
	return reconcile.Desired{Placeholder: "0.0.1", Releases: []desired.Release{{
		Group: "l", Version: "1.0.0", DistTag: spec.Latest, Tag: "lib@1.0.0", Selected: true,
		Packages: []desired.Package{{Name: "@s/lib", Role: desired.RoleLibrary, Access: access}},
	}}}
}

func TestWhatNobodyHereIsShownIsUnknown(t *testing.T) {
	g := NewWithT(t)
	hidden := is("@s/lib", func(p *observed.Package) {
		state(observed.Unknown)(p)
		p.Existence, p.DistTags = observed.Unsure, nil
		p.Err = fmt.Errorf("reading: %w", spec.ErrNoAccess)
	})
	for _, token := range []bool{false, true} {
		plan := reconcile.Diff(library(spec.AccessRestricted), observed.Snapshot{"@s/lib": hidden}, reconcile.Policy{Token: token})
		g.Expect(plan.Packages()[0].Changes).To(BeEmpty(), "neither seeded nor published")
		g.Expect(plan.Packages()[0].Conditions).To(HaveEach(And(
			HaveField("Status", reconcile.Unknown), HaveField("Reason", reconcile.ReasonNoAccess))))
		g.Expect(plan.Findings).To(ConsistOf(And(HaveField("Type", reconcile.Unreadable), HaveField("Next", ContainSubstring("npm login")))))
		g.Expect(plan.Unreadable()).To(BeTrue())
	}
}

func TestAccessThatDiffersIsFoundAndNothingSecretIsReleased(t *testing.T) {
	for _, c := range []struct {
		want, is spec.Access
		severity reconcile.Severity // "": no finding
	}{
		{spec.AccessPublic, spec.AccessPublic, ""},
		{spec.AccessPublic, "", ""},
		{spec.AccessRestricted, spec.AccessRestricted, ""},
		{spec.AccessRestricted, "", ""},
		{spec.AccessPublic, spec.AccessRestricted, reconcile.Warning},
		{spec.AccessRestricted, spec.AccessPublic, reconcile.Error},
	} {
		t.Run(fmt.Sprintf("%s is %s", c.want, c.is), func(t *testing.T) {
			g := NewWithT(t)
			seen := is("@s/lib", state(observed.Absent), func(p *observed.Package) {
				p.Access, p.Existence = c.is, observed.Exists
				p.DistTags = map[spec.DistTag]spec.Version{"latest": "0.9.0"}
			})
			plan := reconcile.Diff(library(c.want), observed.Snapshot{"@s/lib": seen}, reconcile.Policy{Token: true})
			if c.severity == "" {
				g.Expect(plan.Findings).To(BeEmpty())
			} else {
				g.Expect(plan.Findings).To(ConsistOf(And(HaveField("Type", reconcile.AccessDiffers), HaveField("Severity", c.severity),
					HaveField("Next", ContainSubstring("npm access set status=")))))
			}
			changes := plan.Packages()[0].Changes
			g.Expect(changes).To(HaveLen(1))
			g.Expect(changes[0].Blocked()).To(Equal(c.severity == reconcile.Error), "what is released is read by everybody, for good")
		})
	}
}

// npm installs a public entry without the platforms that it cannot read, and says nothing.
func TestARestrictedPlatformKeepsTheReleaseOfAPublicEntryBack(t *testing.T) {
	seen := func(entry, platform spec.Access) observed.Snapshot {
		of := func(a spec.Access) func(*observed.Package) { return func(p *observed.Package) { p.Access = a } }
		return observed.Snapshot{"cli": is("cli", state(observed.Absent), of(entry)), "cli-linux": is("cli-linux", state(observed.Absent), of(platform)),
			"cli-mac": is("cli-mac", state(observed.Absent), of(entry))}
	}
	for name, c := range map[string]struct {
		set             bool
		entry, platform spec.Access
		why             string
	}{
		"all are public":         {entry: spec.AccessPublic, platform: spec.AccessPublic},
		"all are restricted":     {entry: spec.AccessRestricted, platform: spec.AccessRestricted},
		"the entry alone":        {entry: spec.AccessRestricted, platform: spec.AccessPublic},
		"a platform":             {entry: spec.AccessPublic, platform: spec.AccessRestricted, why: "npm access set status=public cli-linux: "},
		"a platform of settings": {set: true, entry: spec.AccessPublic, platform: spec.AccessRestricted, why: "facets-reconcile apply --only settings: "},
		"a platform of an entry that nobody has seen": {platform: spec.AccessRestricted, why: "npm access set status=public cli-linux: "},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			release := cli()
			for i := range release.Packages {
				release.Packages[i].Access, release.Packages[i].SetAccess = spec.AccessPublic, c.set
			}
			plan := reconcile.Diff(reconcile.Desired{Releases: []desired.Release{release}, Placeholder: "0.0.1"}, seen(c.entry, c.platform), reconcile.Policy{})
			const hidden = "it is restricted, and whoever installs the entry would not get it"
			for _, p := range plan.Packages() {
				if c.why == "" {
					g.Expect(text(plan)).NotTo(ContainSubstring(hidden))
				} else {
					g.Expect(p.Changes).To(ContainElement(HaveField("BlockedBy", ContainElement(reconcile.Blocker{Why: c.why + hidden}))), p.Name.String())
				}
			}
		})
	}
}

// The same holds for platforms that are released apart from the entry, or with another one.
func TestARestrictedPlatformThatIsReleasedApartKeepsTheEntryBack(t *testing.T) {
	g := NewWithT(t)
	lib := desired.Package{Name: "@s/lib-linux", Role: desired.RolePlatform, Group: "cli", Access: spec.AccessPublic}
	entry := cli()
	for i := range entry.Packages {
		entry.Packages[i].Access = spec.AccessPublic
	}
	entry.Apart = []desired.Apart{{Package: lib, Version: "1.0.0"}}
	snapshot := observed.Snapshot{"cli": is("cli", state(observed.Absent)), "cli-linux": is("cli-linux"), "cli-mac": is("cli-mac"),
		"@s/lib-linux": is("@s/lib-linux", func(p *observed.Package) { p.Access = spec.AccessRestricted })}
	plan := reconcile.Diff(reconcile.Desired{Releases: []desired.Release{entry}, Placeholder: "0.0.1"}, snapshot, reconcile.Policy{})
	g.Expect(text(plan)).To(ContainSubstring("+publish(ci)[npm access set status=public @s/lib-linux: it is restricted"))
}
