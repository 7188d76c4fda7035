package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/report"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// located is a document whose state file is in a folder, a package a line.
func located(d report.Document) report.Document {
	d.StateFile = report.StateFile{Path: "release/desired-state.yaml", Where: func(name spec.Name, field string) desired.Position {
		for i, known := range names() {
			if known == name {
				return desired.Position{Line: 10 + 2*i + len(field)/7, Column: 9}
			}
		}
		return desired.Position{Line: 5, Column: 3}
	}}
	return d
}

func TestGoldenFilesOfPipelines(t *testing.T) {
	all := documents(t)
	for name, document := range all {
		document = located(document)
		for form, write := range map[string]func(*bytes.Buffer) error{
			"summary.md":       func(b *bytes.Buffer) error { return document.JobSummary(b, report.MaxJobSummary) },
			"annotations":      func(b *bytes.Buffer) error { return document.Annotations(b) },
			"codequality.json": func(b *bytes.Buffer) error { return document.CodeQuality(b) },
		} {
			t.Run(name+"/"+form, func(t *testing.T) {
				g := NewWithT(t)
				var got bytes.Buffer
				g.Expect(write(&got)).To(Succeed())
				file := filepath.Join("testdata", "pipelines", name+"."+form+".golden")
				if *update {
					g.Expect(os.WriteFile(file, got.Bytes(), 0o644)).To(Succeed())
				}
				want, err := os.ReadFile(file)
				g.Expect(err).NotTo(HaveOccurred(), "write it with -update")
				g.Expect(got.String()).To(Equal(string(want)), "%s; when that is as it should be: go test ./internal/report -update", file)
			})
		}
	}
	NewWithT(t).Expect(filepath.Glob("testdata/pipelines/*.golden")).To(HaveLen(3 * len(all)))
}

// markup is what somebody else may write, who would like it to be read as ours.
const markup = "@all #1 GH-7 o/r#8 <b>x</b> <!-- y [z](https://evil.example.test) www.evil.example.test ``` `u` ~~v~~ **w** $x$ | a\n# head\n::error::b"

func TestAJobSummaryHasNoMarkupOfOthers(t *testing.T) {
	d := located(failures(t))
	d.Findings = append(d.Findings, reconcile.Finding{Type: reconcile.Conflict, Severity: reconcile.Error, Package: "cli", Message: markup, Next: markup})
	d.Accepted = append(d.Accepted, reconcile.Accepted{Finding: d.Findings[0], Reason: markup})
	d.Groups[0].Packages[0].Changes[0].Message = markup
	g := NewWithT(t)
	var b bytes.Buffer
	g.Expect(d.JobSummary(&b, report.MaxJobSummary)).To(Succeed())
	text := b.String()
	g.Expect(strings.Count(text, "evil")).To(BeNumerically(">=", 8))
	for _, live := range []string{"@all", "#1", "GH-7", "r#8", "<b>", "<!-- y", "z](", "://evil", "www.evil", "~~v", "**w", "$x", "\n# head", "\n::", "`u`"} {
		g.Expect(text).NotTo(ContainSubstring(live))
	}
}

func TestAnnotationsAreEscapedAsGitHubSays(t *testing.T) {
	g := NewWithT(t)
	d := plan(all(whole), want())
	d.StateFile.Path = "a,b:c/100%.yaml"
	d.Findings = []reconcile.Finding{{Type: reconcile.Torn, Severity: reconcile.Error, Package: "a", Version: "1.0.0", Message: "50% :: a,\r\nb", Next: "c"}}
	var b bytes.Buffer
	g.Expect(d.Annotations(&b)).To(Succeed())
	g.Expect(b.String()).To(Equal(
		"::error file=a%2Cb%3Ac/100%25.yaml,line=1,col=1,title=Torn%3A a@1.0.0::50%25 :: a,%0Ab%0ANext: c\n"))
}

func TestOnlyWhatWasAskedForIsAnnotated(t *testing.T) {
	g := NewWithT(t)
	w, d := all(whole), want()
	for i := range d.Releases {
		d.Releases[i].PinWithoutTag = true
	}
	annotations := func(groups ...string) string {
		var b bytes.Buffer
		document := report.NewPlan(reconcile.Diff(d, w.is, reconcile.Policy{Groups: groups}), "", "", 0, report.Guide{})
		g.Expect(document.Annotations(&b)).To(Succeed())
		return b.String()
	}
	g.Expect(strings.Count(annotations(), "PinWithoutTag")).To(Equal(len(d.Releases)))
	g.Expect(annotations("cli")).To(MatchRegexp(`^::warning .*PinWithoutTag%3A cli@1.0.0::.*\n$`))
}

func TestMoreAnnotationsThanGitHubShows(t *testing.T) {
	g := NewWithT(t)
	d := plan(all(whole), want())
	finding := func(name, message string) {
		d.Findings = append(d.Findings, reconcile.Finding{Type: reconcile.Unreadable, Severity: reconcile.Error, Package: spec.Name(name), Message: message})
	}
	for i := range 12 {
		finding(fmt.Sprintf("p%d", i), fmt.Sprintf("p%d could not be read", i))
	}
	lines := func() []string {
		var b bytes.Buffer
		g.Expect(d.Annotations(&b)).To(Succeed())
		return strings.Split(strings.TrimSpace(b.String()), "\n")
	}
	g.Expect(lines()).To(ConsistOf(HaveSuffix(
		"title=Unreadable%3A 12 packages::12 packages (p0, p1, p2 and 9 more): it could not be read")), "what is said alike is said once")

	for i := range 12 {
		finding("q", fmt.Sprintf("for reason %d", i))
	}
	g.Expect(lines()).To(HaveLen(10))
	g.Expect(lines()[9]).To(ContainSubstring("title=and 4 more::"))
}

func TestAFingerprintIsOfWhatIsWrongAndNotOfItsWords(t *testing.T) {
	g := NewWithT(t)
	prints := func(messages ...string) (prints []string) {
		d := located(plan(all(whole), want()))
		for _, message := range messages {
			d.Findings = append(d.Findings, reconcile.Finding{Type: reconcile.Unproven, Package: "cli", Message: message})
		}
		var b bytes.Buffer
		g.Expect(d.CodeQuality(&b)).To(Succeed())
		var found []struct{ Fingerprint string }
		g.Expect(json.Unmarshal(b.Bytes(), &found)).To(Succeed())
		for _, f := range found {
			prints = append(prints, f.Fingerprint)
		}
		return prints
	}
	g.Expect(prints("in 47 hours")).To(And(HaveLen(1), Equal(prints("in 46 hours"))))
	g.Expect(prints("one", "another")[1]).NotTo(Equal(prints("one")[0]), "GitLab drops all but one of the same")
}

func TestAJobSummaryLeavesOutWholeSections(t *testing.T) {
	d := located(failures(t))
	for i := range 300 {
		d.Findings = append(d.Findings, reconcile.Finding{Type: reconcile.Conflict, Severity: reconcile.Error, Package: "cli",
			Message: fmt.Sprintf("%d %s", i, strings.Repeat("x", 200)), Next: "see"})
	}
	whole := func(most int) string {
		var b bytes.Buffer
		NewWithT(t).Expect(d.JobSummary(&b, most)).To(Succeed())
		return b.String()
	}
	all := whole(report.MaxJobSummary)
	NewWithT(t).Expect(len(all)).To(BeNumerically(">", 70_000))
	for most := report.MinJobSummary; most < len(all); most += 997 {
		g := NewWithT(t)
		cut := whole(most)
		g.Expect(len(cut)).To(BeNumerically("<=", most))
		g.Expect(cut).To(HavePrefix("## ✗ 300 errors\n"))
		g.Expect(cut).To(MatchRegexp(`\*Left out here, as it would be too long: \w.*\*\n$`))
		g.Expect(strings.Count(cut, "<details>\n")).To(Equal(strings.Count(cut, "</details>\n")))
		g.Expect(strings.Count(cut, "```") % 2).To(BeZero())
	}
	NewWithT(t).Expect(whole(60_000)).To(And(ContainSubstring("too long: more errors."), ContainSubstring("### Next steps")), "what fits is there, though something before it does not")
}

func TestAPlanWithoutDifferenceSaysSo(t *testing.T) {
	var b bytes.Buffer
	g := NewWithT(t)
	g.Expect(plan(all(whole), want()).JobSummary(&b, report.MaxJobSummary)).To(Succeed())
	g.Expect(b.String()).To(HavePrefix("## ✓ No changes\n\nEverything is as it should be.\n"))
}
