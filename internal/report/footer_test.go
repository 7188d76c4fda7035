package report_test

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/report"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

func lastLine(t *testing.T, d report.Document) string {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(write(t, d, report.Table)), "\n")
	return lines[len(lines)-1]
}

func TestWhatFailedIsNotCountedAsToDo(t *testing.T) {
	g := NewWithT(t)
	w := all(absent)
	for _, name := range []spec.Name{"@s/cli-darwin-arm64", "@s/cli-linux-x64"} {
		w.errors["publish "+string(name)] = broken("publishing: the registry answered 403 (Forbidden)")
	}
	w.errors["publish @s/core"] = refused("publishing: the registry answered 403 (Forbidden)")
	d := result(w.run(t, want(), "publish"))
	g.Expect(lastLine(t, d)).To(Equal("Result: 2 versions published, 3 publishes failed, 1 to publish."))
	g.Expect(write(t, d, report.Table)).To(ContainSubstring("Next, when what failed is mended, as said above: the same command again."))
}

func TestNothingIsToBeMendedWhereNothingFailed(t *testing.T) {
	w := all(absent)
	w.scan = true
	NewWithT(t).Expect(write(t, result(w.run(t, want(), "publish")), report.Table)).NotTo(ContainSubstring("mended"))
}

func TestAnInterruptedRunSaysWhatWasDoneAndToRunItAgain(t *testing.T) {
	g := NewWithT(t)
	done := reconcile.Change{Action: reconcile.Publish, Outcome: reconcile.Done, BlockedBy: []reconcile.Blocker{}}
	doubted := reconcile.Change{Action: reconcile.Publish, Outcome: reconcile.Doubted, Message: "no answer came", BlockedBy: []reconcile.Blocker{}}
	waits := reconcile.Change{Action: reconcile.Publish, Actor: reconcile.Human, BlockedBy: []reconcile.Blocker{{Name: "a", Condition: reconcile.Served}, {Name: "b", Condition: reconcile.Served}}}
	unseen := []reconcile.Condition{{Type: reconcile.Served, Status: reconcile.Unknown, Reason: reconcile.ReasonInterrupted}}
	d := report.NewResult(reconcile.Result{
		Plan: reconcile.Plan{
			Summary: reconcile.Summary{Publish: 2, Human: 1},
			Groups: []reconcile.Group{{Name: "cli", Packages: []reconcile.Package{
				{Name: "a", Version: "1.0.0", Conditions: unseen, Changes: []reconcile.Change{done}},
				{Name: "b", Version: "1.0.0", Conditions: unseen, Changes: []reconcile.Change{doubted}},
				{Name: "cli", Version: "1.0.0", Changes: []reconcile.Change{waits}},
			}}},
		},
		PublishedNow: []string{"a@1.0.0"}, Interrupted: true,
	}, "https://registry.example.test/", "o/r", 1, guide())
	g.Expect(lastLine(t, d)).To(Equal("Interrupted: 1 version published, 1 publish in doubt, 1 to publish; run it again to go on."))
	text := write(t, d, report.Table)
	g.Expect(text).To(And(ContainSubstring("? Interrupted"), ContainSubstring("no answer came"),
		Not(ContainSubstring("waits for")), Not(ContainSubstring("Next"))))

	d.Groups[0].Packages, d.Summary, d.PublishedNow = nil, reconcile.Summary{}, nil
	g.Expect(lastLine(t, d)).To(Equal("Interrupted: nothing was changed; run it again to go on."))
}
