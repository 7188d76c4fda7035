package report_test

import (
	"encoding/json"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/report"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// What was staged by a flag, against the state file, is not published directly by the next command that is printed.
func TestWhatPublishesStagesAgainWhereThatWasAskedFor(t *testing.T) {
	for name, text := range map[string]func(report.Document) string{
		"table": func(d report.Document) string { return write(t, d, report.Table) },
		"junit": func(d report.Document) string {
			var b strings.Builder
			NewWithT(t).Expect(d.JUnit(&b, made())).To(Succeed())
			return b.String()
		},
	} {
		g, d := NewWithT(t), leftovers(t)
		g.Expect(text(d)).NotTo(ContainSubstring("--staged"), name)
		d.Guide.Staged = " --staged"
		g.Expect(text(d)).To(ContainSubstring("facets-reconcile apply --tag cli@1.0.0 --staged -f state.yaml"), name)

		d = failures(t)
		d.Guide.Staged = " --staged"
		g.Expect(text(d)).To(ContainSubstring("apply --only seed,trust -f state.yaml"), "which publishes nothing")
	}
}

// A dist-tag that was given is fixed with what is staged: whoever approves it without that flag would be told of a conflict.
func TestWhoFinishesAStagedReleaseIsGivenItsDistTag(t *testing.T) {
	for name, text := range map[string]func(report.Document) string{
		"table": func(d report.Document) string { return write(t, d, report.Table) },
		"junit": func(d report.Document) string {
			var b strings.Builder
			NewWithT(t).Expect(d.JUnit(&b, made())).To(Succeed())
			return b.String()
		},
	} {
		g, d := NewWithT(t), leftovers(t)
		d.Guide.DistTag = " --dist-tag next"
		g.Expect(text(d)).To(ContainSubstring("apply --tag cli@1.0.0 --dist-tag next -f state.yaml"), name)
		for i := range d.Groups[0].Packages {
			d.Groups[0].Packages[i].Changes = []reconcile.Change{
				{Action: reconcile.Approve, Actor: reconcile.Human, Reason: reconcile.ReasonStaged},
			}
		}
		g.Expect(text(d)).To(ContainSubstring("apply --only approve --tag cli@1.0.0 --dist-tag next -f state.yaml"), name)
		g.Expect(text(d)).NotTo(ContainSubstring("in the release pipeline of cli@1.0.0"), name)
	}
}

// What no release proves has the command of npm in its reason: apply would wait for ever.
func TestNobodyIsSentToSetWhatCannotBeProved(t *testing.T) {
	want := reconcile.Desired{Releases: []desired.Release{{Version: "1.0.0", Tag: "v1.0.0", DistTag: spec.Latest, Selected: true, Packages: []desired.Package{
		{Name: "lib", Role: desired.RoleLibrary, Tokens: spec.TokensForbidden},
	}}}}
	for approver, sent := range map[string]bool{"": true, `{"name":"somebody"}`: false} {
		seen := observed.Package{Name: "lib", Version: "1.0.0", State: observed.Served, Existence: observed.Exists,
			DistTags: map[spec.DistTag]spec.Version{"latest": "1.0.0"}, Manifest: &spec.Manifest{
				Name: "lib", Version: "1.0.0", Publisher: &spec.Publisher{Approver: json.RawMessage(approver)}}}
		plan := reconcile.Diff(want, observed.Snapshot{"lib": seen}, reconcile.Policy{Session: true, Actions: []reconcile.Action{reconcile.Settings}})
		g, text := NewWithT(t), write(t, report.NewPlan(plan, "", "", 0, report.Guide{}), report.Table)
		g.Expect(strings.Contains(text, "apply --only settings")).To(Equal(sent), text)
		g.Expect(text).To(ContainSubstring("settings waits for a version that its trusted publisher has published"))
	}
}
