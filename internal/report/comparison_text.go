package report

import (
	"fmt"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/compare"
)

// table writes a row for each package, and below what differs, once for packages that differ alike.
func (d ComparisonDocument) table(b *strings.Builder, c colours) {
	for _, g := range d.Groups {
		title := c.bold(g.Name)
		if g.Tag != "" {
			title += "  " + g.Tag
		}
		fmt.Fprintln(b, title)
		rows := [][]cell{comparisonHeader()}
		for _, p := range g.Packages {
			rows = append(rows, comparisonRow(p))
		}
		align(b, rows, c)
		alike := alikeDetails(g)
		for _, text := range alike.order {
			fmt.Fprintf(b, "\n  %s\n", c.bold(alike.about(text)))
			for line := range strings.Lines(text) {
				fmt.Fprintf(b, "    %s\n", paintedDetail(strings.TrimSuffix(line, "\n"), c))
			}
		}
		b.WriteString("\n")
	}
	b.WriteString(d.footer() + "\n")
}

// markdown writes what the table writes, for an approval, a pull request or a chat.
func (d ComparisonDocument) markdown(b *strings.Builder) {
	fmt.Fprintf(b, "## %s\n\n", escape(d.footer()))
	for _, g := range d.Groups {
		title := g.Name
		if g.Tag != "" {
			title += " " + code(g.Tag)
		}
		fmt.Fprintf(b, "### %s\n\n", title)
		b.WriteString("| Package | From | To | Files | Packed | Unpacked |\n|---|---|---|---|---|---|\n")
		for _, p := range g.Packages {
			b.WriteString("|")
			for _, cell := range comparisonRow(p) {
				b.WriteString(" " + escape(cell.text) + " |")
			}
			b.WriteString("\n")
		}
		b.WriteString("\n")
		alike := alikeDetails(g)
		for _, text := range alike.order {
			fmt.Fprintf(b, "%s\n\n```diff\n%s```\n\n", escape(alike.about(text)), strings.ReplaceAll(text, "```", "'''"))
		}
	}
}

func comparisonHeader() []cell {
	return []cell{{text: "PACKAGE"}, {text: "FROM"}, {text: "TO"}, {text: "FILES"}, {text: "PACKED"}, {text: "UNPACKED"}}
}

func comparisonRow(p compare.Package) []cell {
	if p.Err != "" {
		return []cell{{text: string(p.Name)}, {text: "?"}, {text: "?"}, {text: "?"}, {text: "?"}, {text: "?"}}
	}
	packed, unpacked := sizesOf(p)
	return []cell{
		{text: string(p.Name)}, {text: side(p.From)}, {text: side(p.To)}, {text: fileCounts(p)}, {text: grown(packed)}, {text: grown(unpacked)},
	}
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

// alikeDetails are the details of the packages of a group, each once, with those that it is of.
func alikeDetails(g ComparedGroup) remarks {
	var alike remarks
	for _, p := range g.Packages {
		if text := details(p); text != "" {
			alike.add(text, p.Name)
		}
	}
	return alike
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
