package report

import (
	"fmt"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/words"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// markdown writes the same as table, for a pull request or a chat.
func (d Document) markdown(b *strings.Builder) {
	fmt.Fprintf(b, "## %s\n\n", d.footer())
	for _, g := range d.Groups {
		markdownTitle(b, g.Name, g.Tag)
		d.markdownGroup(b, g)
	}
	if len(d.Findings) > 0 {
		b.WriteString("### Findings\n\n")
		for _, f := range d.Findings {
			fmt.Fprintf(b, "- **%s** (%s): %s. Next: %s\n", f.Type, f.Severity, escape(f.Message), escape(f.Next))
		}
		b.WriteString("\n")
	}
	d.markdownSteps(b)
	d.markdownAccepted(b)
}

// markdownTitle writes the title of a group.
func markdownTitle(b *strings.Builder, name, tag string) {
	if tag != "" {
		name += " " + code(tag)
	}
	fmt.Fprintf(b, "### %s\n\n", name)
}

func markdownRow(b *strings.Builder, row []cell) {
	b.WriteString("|")
	for _, cell := range row {
		b.WriteString(" " + escape(cell.text) + " |")
	}
	b.WriteString("\n")
}

func (d Document) markdownGroup(b *strings.Builder, g reconcile.Group) {
	columns := present(g)
	b.WriteString("| Package | Version |")
	for _, t := range columns {
		fmt.Fprintf(b, " %s |", t)
	}
	b.WriteString(" Changes |\n|---|---|" + strings.Repeat("---|", len(columns)+1) + "\n")
	var rows [][]cell
	for _, p := range g.Packages {
		rows = append(rows, d.row(columns, p, colours(false)))
	}
	rows, rest := fold(rows)
	for _, row := range rows {
		markdownRow(b, row)
	}
	b.WriteString("\n")
	if rest != "" {
		b.WriteString(strings.TrimSpace(rest) + "\n\n")
	}
	var plain strings.Builder
	d.notes(&plain, g.Packages)
	for line := range strings.Lines(plain.String()) {
		bullet := "- "
		if strings.HasPrefix(line, "      ") { // it belongs to the line above
			bullet = "  - "
		}
		fmt.Fprintf(b, "%s%s\n", bullet, escape(strings.TrimSpace(line)))
	}
	if plain.Len() > 0 {
		b.WriteString("\n")
	}
}

func (d Document) markdownSteps(b *strings.Builder) {
	var plain strings.Builder
	d.nextSteps(&plain)
	if plain.Len() > 0 {
		fmt.Fprintf(b, "### Next steps\n\n```text\n%s```\n", strings.TrimRight(plain.String(), "\n")+"\n")
	}
}

func code(s string) string { return "`" + strings.ReplaceAll(s, "`", "'") + "`" }

// escape prevents that a text becomes markup, a link, a formula, or a mention of somebody or of an issue, and that it ends its table row
// or list item. GitHub takes even "&#64;who" and "\@who" for mentions (github/cmark-gfm#181), so an empty comment separates the two; who
// copies the text does not get it. A link by a stranger would look like ours, and a mention of an issue would be noted there.
func escape(s string) string {
	return strings.NewReplacer(`\`, `\\`, "|", `\|`, "<", "&lt;", ">", "&gt;", "&", "&amp;", "\n", " ", "@", "@<!-- -->", "#", "#<!-- -->",
		"[", `\[`, "]", `\]`, "`", "\\`", "*", `\*`, "_", `\_`, "~", `\~`, "$", "<span>$</span>",
		"://", ":<!-- -->//", "www.", "www<!-- -->.", "GH-", "GH<!-- -->-", "gh-", "gh<!-- -->-").Replace(words.Plain(s))
}
