package report_test

import (
	"bytes"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/report"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// accepted is a check of a world that is as it should be, but for what is accepted.
func accepted() report.Document {
	p := reconcile.Diff(want(), all(whole).is, reconcile.Policy{})
	p.Accepted = []reconcile.Accepted{{
		Finding: reconcile.Finding{Type: reconcile.Torn, Severity: reconcile.Error, Package: "cli", Version: "0.9.0",
			Message: "cli@0.9.0 is served, and lists platforms that are not served: @s/cli-linux-x64@0.9.0", Next: "deprecate it"},
		Reason: "unpublished by *its* author, see #7", Until: "2027-01-31",
	}}
	for _, name := range []spec.Name{"@s/a", "@s/b", "@s/c", "@s/d", "@s/e"} {
		p.Accepted = append(p.Accepted, reconcile.Accepted{
			Finding: reconcile.Finding{Type: reconcile.Undeclared, Severity: reconcile.Warning, Package: name,
				Message: string(name) + " is a public package of the workspace", Next: "declare it"},
			Reason: "for nobody yet",
		})
	}
	return report.NewDrift(p, "https://registry.example.test/", "o/r", 0, report.Guide{})
}

func TestWhatIsAcceptedComesLast(t *testing.T) {
	g := NewWithT(t)
	d := accepted()
	table := write(t, d, report.Table)
	g.Expect(table).To(HaveSuffix("\nNo drift: everything is as it should be, but for what the state file accepts (6 findings).\n"))
	g.Expect(table).To(ContainSubstring("    accepted until 2027-01-31: unpublished by"))
	g.Expect(table).To(ContainSubstring("Undeclared: 2 more of this kind: @s/d, @s/e"))
	g.Expect(table).NotTo(ContainSubstring("deprecate it"), "nothing is to be done")

	markdown := write(t, d, report.Markdown)
	g.Expect(markdown).To(HaveSuffix("\n</details>\n"))
	for most := 300; most < len(markdown); most++ { // a fold that is cut is closed, so that the word on it is seen
		cut := report.Cut(markdown, most)
		g.Expect(len(cut)).To(BeNumerically("<=", most))
		g.Expect(strings.Count(cut, "<details>\n")).To(Equal(strings.Count(cut, "</details>\n")), "at %d", most)
		g.Expect(cut).To(HaveSuffix("prints it all.\n"))
	}
	var page bytes.Buffer
	g.Expect(d.HTML(&page, made())).To(Succeed())
	g.Expect(page.String()).To(And(ContainSubstring("<summary>6 accepted, and not counted</summary>"), ContainSubstring("No drift")))
}
