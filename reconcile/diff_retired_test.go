package reconcile_test

import (
	"errors"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// deprecating is a state file that says this of ranges: a range, then what npm is to say.
func deprecating(t *testing.T, pairs ...string) reconcile.Desired {
	t.Helper()
	want := library(spec.AccessPublic)
	p := &want.Releases[0].Packages[0]
	for i := 0; i < len(pairs); i += 2 {
		versions, err := spec.ParseVersions(pairs[i])
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
		p.Deprecated = append(p.Deprecated, desired.Deprecation{Versions: versions, Given: pairs[i], Message: pairs[i+1]})
	}
	return want
}

// says is what npm says of each served version.
func says(messages map[spec.Version]string) func(*observed.Package) {
	return func(p *observed.Package) { p.Deprecated = messages }
}

func TestDiffOfDeprecatedRanges(t *testing.T) {
	type of = map[spec.Version]string
	unread := func(p *observed.Package) { p.DeprecatedErr = errors.New("503") }
	for name, c := range map[string]struct {
		want  []string
		is    []func(*observed.Package)
		text  string
		does  string
		warns map[spec.Version]spec.Deprecation
	}{
		"old ones": {want: []string{"<1.0.0", "old"}, is: []func(*observed.Package){says(of{"0.1.0": "", "0.9.0": "old", "1.0.0-rc.1": "", "1.0.0": ""})},
			text: "@s/lib Retired=False/NotDeprecated +deprecate(human)", does: "deprecate <1.0.0 (2 versions): old",
			warns: map[spec.Version]spec.Deprecation{"0.1.0": {Message: "old", Tagged: true}, "1.0.0-rc.1": {Message: "old", Tagged: true}}},
		"nothing any more": {want: []string{"0.9.0", "", "<1", "old"}, is: []func(*observed.Package){says(of{"0.9.0": "old", "0.1.0": "old", "1.0.0": ""})},
			text: "@s/lib Retired=False/NotDeprecated +deprecate(human)", does: "deprecate 0.9.0 (1 version): no longer",
			warns: map[spec.Version]spec.Deprecation{"0.9.0": {Tagged: true}}},
		"what no range includes is left": {want: []string{"<1", "old"}, is: []func(*observed.Package){says(of{"1.0.0": "a human's word"})}},
		"the package as a whole": {want: []string{"*", "moved"}, is: []func(*observed.Package){says(of{"1.0.0": ""})},
			text: "@s/lib Retired=False/NotDeprecated +deprecate(human)", does: "deprecate * (1 version): moved",
			warns: map[spec.Version]spec.Deprecation{"1.0.0": {Message: "moved", Tagged: true}}},
		"before there is better": {want: []string{"<1", "old"}, is: []func(*observed.Package){state(observed.Absent), tagged("0.9.0"), says(of{"0.9.0": ""})},
			text: "@s/lib Published=False/Absent Served=False/Absent Tagged=False/NotServed Retired=False/NotDeprecated +publish(ci) " +
				"+deprecate(human)[@s/lib: Tagged]"},
		"what is to be published": {want: []string{"<=1", "old"}, is: []func(*observed.Package){state(observed.Absent), tagged("0.9.0"), says(of{"0.9.0": "old"})},
			text: "@s/lib Published=False/Absent Served=False/Absent Tagged=False/NotServed +publish(ci)[the state file, whose settings deprecate <=1, " +
				"and so 1.0.0: narrow that range]"},
		"what could not be read": {want: []string{"<1", "old"}, is: []func(*observed.Package){unread},
			text: "@s/lib Retired=Unknown/ReadFailed\nerror Unreadable @s/lib"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			want := deprecating(t, c.want...)
			snapshot := observed.Snapshot{"@s/lib": is("@s/lib", c.is...)}
			plan := reconcile.Diff(want, snapshot, reconcile.Policy{})
			g.Expect(text(plan)).To(Equal(c.text))
			if c.does == "" {
				return
			}
			g.Expect(plan.Packages()[0].Changes[0].Message).To(Equal(c.does))
			w := warned{}
			_, err := reconcile.Run(t.Context(), reconcile.World{Observer: &fitless{is: snapshot}, Deprecator: w, Clock: &clock{}},
				want, reconcile.Policy{}, reconcile.Options{Concurrency: 1})
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(w).To(Equal(warned(c.warns)))
		})
	}
}

// What the state file withdraws is said before what its settings say of ranges.
func TestWithdrawnComesBeforeRanges(t *testing.T) {
	g := NewWithT(t)
	want := deprecating(t, "<1", "old")
	want.Releases[0].Withdrawn = []desired.Withdrawal{{Version: "0.9.0", Message: "broken"}}
	seen := is("@s/lib", withdrawn("0.9.0", ""), says(map[spec.Version]string{"0.8.0": "", "0.9.0": ""}))
	w := warned{}
	_, err := reconcile.Run(t.Context(), reconcile.World{Observer: &fitless{is: observed.Snapshot{"@s/lib": seen}}, Deprecator: w, Clock: &clock{}},
		want, reconcile.Policy{}, reconcile.Options{Concurrency: 1})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(w).To(Equal(warned{"0.8.0": {Message: "old", Tagged: true}, "0.9.0": {Message: "broken"}}))
}

// Whoever installs the entry that latest still points at would be warned of its platforms.
func TestPlatformsAreDeprecatedOnceTheEntryHasMoved(t *testing.T) {
	g := NewWithT(t)
	release := cli()
	for i := range release.Packages {
		release.Packages[i].Deprecated = deprecating(t, "<1", "old").Releases[0].Packages[0].Deprecated
	}
	all := says(map[spec.Version]string{"0.9.0": "", "1.0.0": ""})
	plan := reconcile.Diff(reconcile.Desired{Releases: []desired.Release{release}, Placeholder: "0.0.1"}, observed.Snapshot{
		"cli":       is("cli", state(observed.Absent), tagged("0.9.0"), says(map[spec.Version]string{"0.9.0": ""})),
		"cli-linux": is("cli-linux", all), "cli-mac": is("cli-mac", all),
	}, reconcile.Policy{})
	for _, p := range plan.Packages() {
		g.Expect(p.Changes).To(ContainElement(And(HaveField("Action", reconcile.Deprecate),
			HaveField("BlockedBy", ConsistOf(reconcile.Blocker{Name: "cli", Condition: reconcile.Tagged})))), p.Name.String())
	}
}

// A platform that came after the served release has nothing newer to point at.
func TestWhatADistTagHasToPointAtIsLeftOutOfARange(t *testing.T) {
	g := NewWithT(t)
	release := cli()
	for i := range release.Packages {
		release.Packages[i].Deprecated = deprecating(t, "<1", "old").Releases[0].Packages[0].Deprecated
	}
	all := says(map[spec.Version]string{"0.8.0": "old", "0.9.0": ""})
	done := says(map[spec.Version]string{"0.9.0": "old", "1.0.0": ""})
	plan := reconcile.Diff(reconcile.Desired{Releases: []desired.Release{release}, Placeholder: "0.0.1"}, observed.Snapshot{
		"cli": is("cli", lists("cli-linux"), done), "cli-linux": is("cli-linux", done),
		"cli-mac": is("cli-mac", state(observed.Absent), tagged("0.9.0"), all),
	}, reconcile.Policy{})
	g.Expect(text(plan)).To(ContainSubstring("Retired=False/NextRelease"))
	g.Expect(text(plan)).NotTo(ContainSubstring("deprecate"))
}
