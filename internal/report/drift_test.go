package report_test

import (
	"bytes"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/report"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

func TestANightlyCheckSaysWhatIsToLookInto(t *testing.T) {
	clean := reconcile.Plan{Summary: reconcile.Summary{Converged: true}}
	warned := reconcile.Plan{Findings: []reconcile.Finding{
		{Type: reconcile.Torn, Severity: reconcile.Error}, {Type: reconcile.Deprecated, Severity: reconcile.Warning}}}
	for footer, plan := range map[string]reconcile.Plan{
		"No drift: everything is as it should be.": clean,
		"Drift: 1 in error, 1 to look into.":       warned,
	} {
		g := NewWithT(t)
		d := report.NewDrift(plan, "", "", 2, report.Guide{})
		g.Expect(d).To(And(HaveField("Kind", report.Drift), HaveField("ExitCode", 2)))
		var text bytes.Buffer
		g.Expect(d.Write(&text, report.Table, false)).To(Succeed())
		g.Expect(text.String()).To(HaveSuffix(footer + "\n"))
	}
}

func TestATagWithoutReleaseIsNotCountedBesideItsPublishes(t *testing.T) {
	g := NewWithT(t)
	p := reconcile.Diff(want(), all(absent).is, reconcile.Policy{})
	p.Findings = []reconcile.Finding{
		{Type: reconcile.TagWithoutRelease, Severity: reconcile.Warning, Package: "cli", Version: "1.0.0"},
		{Type: reconcile.TagWithoutRelease, Severity: reconcile.Warning, Package: "cli", Version: "0.9.5"}, // not to be published
	}
	g.Expect(lastLine(t, report.NewDrift(p, "", "", 2, guide()))).To(Equal("Drift: 1 to look into, 6 to publish."))
}

func TestNobodyIsMentioned(t *testing.T) {
	g := NewWithT(t)
	d := report.NewDrift(reconcile.Plan{Findings: []reconcile.Finding{
		{Type: reconcile.Conflict, Severity: reconcile.Error, Message: "@team/x and (@who), see o/r#7 and #8", Next: "@who"}}}, "", "", 2, report.Guide{})
	var text bytes.Buffer
	g.Expect(d.Write(&text, report.Markdown, false)).To(Succeed())
	g.Expect(text.String()).NotTo(MatchRegexp(`@\w|#\d|&#64;|&#35;`))
	g.Expect(strings.ReplaceAll(text.String(), "<!-- -->", "")).To(ContainSubstring("@team/x and (@who), see o/r#7 and #8"))
}

func TestMarkdownIsCutBetweenLines(t *testing.T) {
	g := NewWithT(t)
	g.Expect(report.Cut("short\n", 10)).To(Equal("short\n"))

	text := "# head\n" + strings.Repeat("a line\n", 100) + "```text\n" + strings.Repeat("code\n", 100) + "```\n"
	for most := 100; most < len(text); most += 7 {
		cut := report.Cut(text, most)
		g.Expect(len(cut)).To(BeNumerically("<=", most))
		g.Expect(len(cut)).To(BeNumerically(">", most-20), "not more than needed")
		g.Expect(strings.Count(cut, "```")%2).To(Equal(0), "what was cut would hide the rest")
		g.Expect(cut).To(HaveSuffix("\n… cut here; `facets-reconcile drift` prints it all.\n"))
		g.Expect(cut).To(HavePrefix("# head\na line\n"))
	}
	g.Expect(report.Cut(strings.Repeat("x", 1000), 100)).To(HavePrefix("\n… cut here"), "no line is whole")
}
