package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/words"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// MaxJobSummary is how many bytes GitHub takes for the summary of a step. Of a longer one it shows an error and nothing else (docs:
// "Adding a job summary").
const MaxJobSummary = 1 << 20

// MinJobSummary is the room that the verdict needs, with the names of the sections that do not fit.
const MinJobSummary = 4 << 10

// section is a part of a page in Markdown. It is shown as a whole or not at all.
type section struct{ name, text string }

// JobSummary writes the document as GitHub's Markdown, for people who come from a failed job: first the verdict, what is wrong and what
// to do, then what is not as it should be, and the rest folded. It has at most so many bytes; sections that do not fit are named.
func (d Document) JobSummary(w io.Writer, most int) error {
	_, err := io.WriteString(w, fitted(d.sections(), most))
	return err
}

// sections returns the parts of the page, in their order. The first one is always shown.
func (d Document) sections() []section {
	all := []section{{"verdict", d.headline()}}
	add := func(name, text string) {
		if text != "" {
			all = append(all, section{name, words.Plain(text) + "\n"})
		}
	}
	for _, p := range d.problems() {
		add(p.Heading, fmt.Sprintf("### %s\n\n%s", p.Heading, bullets(p.Shown)))
		if len(p.Rest) > 0 {
			add("more "+strings.ToLower(p.Heading), folded(fmt.Sprintf("%d more", len(p.Rest)), bullets(p.Rest)))
		}
	}
	add("Next steps", d.fencedSteps())
	for _, g := range d.Groups {
		add(words.OneLine(g.Name), d.openPackages(g))
	}
	var b strings.Builder
	d.stagedVersions(&b, false)
	if b.Len() > 0 {
		add("What is staged", "### What is staged\n\n"+fence("text", b.String()))
	}
	if n := len(d.PublishedNow); n > 0 {
		add("Published", folded(count(n, "version")+" published by this run", fence("text", strings.Join(d.PublishedNow, "\n"))))
	}
	for _, g := range d.Groups {
		add("what is as it should be of "+words.OneLine(g.Name), d.quietPackages(g))
	}
	b.Reset()
	d.markdownAccepted(&b)
	add("What is accepted", strings.TrimLeft(b.String(), "\n"))
	return all
}

// headline returns the verdict.
func (d Document) headline() string {
	v := d.verdict()
	if d.Kind == Plan && d.Summary.Converged && v.Headline == "Converged" {
		v.Headline = "No changes"
	}
	text := fmt.Sprintf("## %s %s\n\n%s\n", v.Sign, escape(v.Headline), escape(v.Lead))
	var b strings.Builder
	d.windows(&b)
	if b.Len() > 0 {
		text += "\n" + escape(strings.TrimSpace(b.String())) + "\n"
	}
	return text + "\n"
}

// bullets returns problems as a list, each with what to do about it.
func bullets(all []problem) string {
	var b strings.Builder
	for _, p := range all {
		about := ""
		if p.About != "" {
			about = " " + code(p.About)
		}
		fmt.Fprintf(&b, "- **%s**%s: %s\n", escape(p.What), about, escape(p.Message))
		if p.Next != "" {
			fmt.Fprintf(&b, "  - Next: %s\n", escape(p.Next))
		}
	}
	return b.String()
}

// openPackages returns a group's packages that are not as they should be, with the reasons.
func (d Document) openPackages(g reconcile.Group) string {
	shown := slices.DeleteFunc(slices.Clone(g.Packages), func(p reconcile.Package) bool { return !p.InScope() || quiet(p) })
	if len(shown) == 0 {
		return ""
	}
	var b strings.Builder
	markdownTitle(&b, escape(g.Name), g.Tag)
	g.Packages = shown
	d.markdownGroup(&b, g)
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// quietPackages returns the others.
func (d Document) quietPackages(g reconcile.Group) string {
	fine := slices.DeleteFunc(slices.Clone(g.Packages), func(p reconcile.Package) bool { return !p.InScope() || !quiet(p) })
	rest := len(g.Packages) - len(slices.DeleteFunc(slices.Clone(g.Packages), func(p reconcile.Package) bool { return !p.InScope() }))
	about := fmt.Sprintf("%s: %s as it should be", escape(g.Name), count(len(fine), "package"))
	if rest > 0 {
		about += fmt.Sprintf(", %s not asked for", count(rest, "package"))
	}
	if len(fine) == 0 {
		return ""
	}
	var b strings.Builder
	g.Packages = fine
	d.markdownGroup(&b, g)
	return folded(about, strings.TrimRight(b.String(), "\n")+"\n")
}

// folded returns a text that shows when its summary is clicked.
func folded(summary, text string) string {
	return fmt.Sprintf("%s<summary>%s</summary>\n\n%s\n%s", detailsBegin, summary, text, detailsEnd)
}

// fencedSteps returns the next steps. What has to be typed or entered is in blocks that can be copied; pages are links.
func (d Document) fencedSteps() string {
	var plain strings.Builder
	d.nextSteps(&plain)
	if plain.Len() == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("### Next steps\n\n")
	lines := slices.Collect(strings.Lines(words.Plain(strings.TrimRight(plain.String(), "\n") + "\n")))
	for len(lines) > 0 {
		kind := kindOfLine(lines[0])
		n := slices.IndexFunc(lines, func(line string) bool { return kindOfLine(line) != kind })
		if n < 0 {
			n = len(lines)
		}
		var run []string
		for _, line := range lines[:n] {
			run = append(run, strings.TrimPrefix(strings.TrimRight(line, "\n"), "  "))
		}
		lines = lines[n:]
		switch text := strings.Join(run, "\n"); kind {
		case "words":
			b.WriteString(escape(capital(text)) + "\n\n")
		case "page":
			b.WriteString("- <" + strings.Join(run, ">\n- <") + ">\n\n")
		default:
			b.WriteString(fence(kind, text) + "\n")
		}
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// kindOfLine tells how a line of the next steps is used: "words" and "page" are read, "sh" is typed, "text" is entered.
func kindOfLine(line string) string {
	indented, ok := strings.CutPrefix(line, "  ")
	switch {
	case !ok:
		return "words"
	case strings.HasPrefix(indented, "http") && strings.Contains(indented, "://") && !strings.ContainsAny(indented, "<> "):
		return "page"
	case strings.HasPrefix(indented, "facets-reconcile "), strings.HasPrefix(indented, "npm "):
		return "sh"
	}
	return "text"
}

// fence returns a block of code that its content cannot end.
func fence(language, content string) string {
	marks := "```"
	for strings.Contains(content, marks) {
		marks += "`"
	}
	return fmt.Sprintf("%s%s\n%s\n%s\n", marks, language, strings.TrimRight(words.Plain(content), "\n"), marks)
}

// fitted returns the page in at most so many bytes. Sections that do not fit are left out, and named.
func fitted(all []section, most int) string {
	const reserved = 600 // for the names of what is left out
	total := 0
	for _, s := range all {
		total += len(s.text)
	}
	if total > most {
		most -= reserved
	}
	var b strings.Builder
	var out []string
	for i, s := range all {
		if i > 0 && b.Len()+len(s.text) > most {
			out = append(out, escape(s.name))
			continue
		}
		b.WriteString(s.text)
	}
	if len(out) > 0 {
		fmt.Fprintf(&b, "*Left out here, as it would be too long: %s. The output of the job has all of it.*\n", reconcile.Enumerate(out))
	}
	return b.String()
}
