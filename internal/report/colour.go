package report

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/agent-facets/facets-reconcile/internal/words"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// colours writes colours for a terminal, or none.
type colours bool

func (c colours) paint(code, s string) string {
	if !c {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (c colours) bold(s string) string   { return c.paint("1", s) }
func (c colours) red(s string) string    { return c.paint("31", s) }
func (c colours) green(s string) string  { return c.paint("32", s) }
func (c colours) yellow(s string) string { return c.paint("33", s) }

func (c colours) severity(s reconcile.Severity) string {
	if s == reconcile.Error {
		return c.red("error")
	}
	return c.yellow("warning")
}

// cell is a cell of a table: its text, and the colour that it gets when the column's width is known.
type cell struct {
	text  string
	paint func(string) string
}

func cells(texts ...string) (row []cell) {
	for _, text := range texts {
		row = append(row, cell{text: text})
	}
	return row
}

// align writes the rows in columns that are two spaces apart, indented.
func align(b *strings.Builder, rows [][]cell, c colours) {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell.text))
		}
	}
	for n, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			padding := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell.text)+2)
			text := cell.text
			if n == 0 {
				text = c.bold(text)
			} else if cell.paint != nil {
				text = cell.paint(text)
			}
			line.WriteString(text + padding)
		}
		b.WriteString("  " + strings.TrimRight(line.String(), " ") + "\n")
	}
}

// shown removes from a whole output everything that could steer a terminal, but these colours.
func (c colours) shown(s string) string {
	parts := strings.Split(s, "\x1b[")
	var b strings.Builder
	b.WriteString(words.Plain(parts[0]))
	for _, part := range parts[1:] {
		code, _, found := strings.Cut(part, "m")
		if bool(c) && found && slices.Contains([]string{"0", "1", "31", "32", "33"}, code) {
			b.WriteString("\x1b[")
		}
		b.WriteString(words.Plain(part))
	}
	return b.String()
}
