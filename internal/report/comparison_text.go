package report

import (
	"fmt"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/compare"
)

// table writes a row for each package, and below what differs: once for packages that differ in the same way.
func (d ComparisonDocument) table(b *strings.Builder, c colours) {
	for _, g := range d.Groups {
		title := c.bold(g.Name)
		if g.Tag != "" {
			title += "  " + g.Tag
		}
		fmt.Fprintln(b, title)
		rows := [][]cell{cells("PACKAGE", "FROM", "TO", "FILES", "PACKED", "UNPACKED")}
		for _, p := range g.Packages {
			rows = append(rows, comparisonRow(p))
		}
		align(b, rows, c)
		for _, same := range alikeDetails(g) {
			fmt.Fprintf(b, "\n  %s\n", c.bold(who(same, remark.name)))
			for line := range strings.Lines(same[0].text) {
				fmt.Fprintf(b, "    %s\n", paintedDetail(strings.TrimSuffix(line, "\n"), c))
			}
		}
		b.WriteString("\n")
	}
	b.WriteString(d.footer() + "\n")
}

// markdown writes the same as table, for an approval, a pull request or a chat.
func (d ComparisonDocument) markdown(b *strings.Builder) {
	fmt.Fprintf(b, "## %s\n\n", escape(d.footer()))
	for _, g := range d.Groups {
		markdownTitle(b, g.Name, g.Tag)
		b.WriteString("| Package | From | To | Files | Packed | Unpacked |\n|---|---|---|---|---|---|\n")
		for _, p := range g.Packages {
			markdownRow(b, comparisonRow(p))
		}
		b.WriteString("\n")
		for _, same := range alikeDetails(g) {
			fmt.Fprintf(b, "%s\n\n```diff\n%s```\n\n", escape(who(same, remark.name)), strings.ReplaceAll(same[0].text, "```", "'''"))
		}
	}
}

func comparisonRow(p compare.Package) []cell {
	if p.Err != "" {
		return cells(string(p.Name), "?", "?", "?", "?", "?")
	}
	packed, unpacked := sizesOf(p)
	return cells(string(p.Name), side(p.From), side(p.To), fileCounts(p), grown(packed), grown(unpacked))
}

func side(s *compare.Side) string {
	if s == nil {
		return "-"
	}
	return fmt.Sprintf("%s (%s)", s.Version, s.Source)
}

func fileCounts(p compare.Package) string {
	switch {
	case p.To == nil:
		return "-"
	case p.From == nil:
		return count(p.To.Files, "file")
	}
	var s ComparisonSummary
	s.take(p)
	var parts []string
	for _, part := range []struct {
		sign   string
		number int
	}{{"+", s.Added}, {"-", s.Removed}, {"~", s.Changed}} {
		if part.number > 0 {
			parts = append(parts, fmt.Sprint(part.sign, part.number))
		}
	}
	if len(parts) == 0 {
		return "the same"
	}
	return strings.Join(parts, " ")
}

// alikeDetails returns the details of a group's packages; packages that differ in the same way share one.
func alikeDetails(g ComparedGroup) [][]remark {
	var all []remark
	for _, p := range g.Packages {
		if text := details(p); text != "" {
			all = append(all, remark{text: text, about: p.Name})
		}
	}
	return grouped(all, remark.said)
}

func (d ComparisonDocument) footer() string {
	s := d.Summary
	if s.Packages == 0 {
		return "There is nothing to compare."
	}
	line := "Compared " + count(s.Packages-s.Failed, "package")
	switch {
	case s.New > 0 && s.Gone > 0:
		line += fmt.Sprintf(" (%d new, %d not in this release)", s.New, s.Gone)
	case s.New > 0:
		line += fmt.Sprintf(" (%d new)", s.New)
	case s.Gone > 0:
		line += fmt.Sprintf(" (%d not in this release)", s.Gone)
	}
	line += fmt.Sprintf(": %s added, %d removed, %d changed; %s packed, %s unpacked.", count(s.Added, "file"), s.Removed, s.Changed,
		grown(s.Packed), grown(s.Unpacked))
	if s.Failed > 0 {
		line += fmt.Sprintf(" %s could not be compared.", count(s.Failed, "package"))
	}
	return line
}
