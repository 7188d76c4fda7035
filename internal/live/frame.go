package live

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Size is that of a terminal, in characters.
type Size struct{ Width, Height int }

// detail returns how detailed a row's state can be in a terminal of this size, and how many columns that takes.
func (s Size) detail() (d detail, columns int) {
	switch {
	case s.Width >= 110:
		return full, 44
	case s.Width >= 72:
		return usual, 34
	}
	return brief, 20
}

// Frame returns the lines at the bottom of a terminal: one for each package that is not where it should be, and the summary. It leaves at
// least two lines of the terminal's height free, and one column of its width.
func (b *Board) Frame(size Size, now time.Time, colour bool) []string {
	paint := painter{colour}
	columns := max(size.Width-1, 1)
	rows, hidden := b.visible(max(size.Height-2, 1) - 1)
	shown := layOut(rows, size, now, paint)
	if hidden > 0 {
		shown = append(shown, paint.dim(cut(fmt.Sprintf("  … and %d more", hidden), columns)))
	}
	return append(shown, paint.bold(cut(b.summary(now, columns), columns)))
}

// visible returns the rows for which there is room, in the board's order, and the number of those that are hidden. The most urgent phases
// are shown first.
func (b *Board) visible(room int) (rows []*row, hidden int) {
	for _, r := range b.rows {
		if r.phase < settled {
			rows = append(rows, r)
		}
	}
	if len(rows) <= room {
		return rows, 0
	}
	room = max(room-1, 0) // a line tells of those that are not shown
	byUrgency := slices.Clone(rows)
	slices.SortStableFunc(byUrgency, func(a, b *row) int { return cmp.Compare(a.phase, b.phase) })
	shown := byUrgency[:room]
	hidden = len(rows) - room
	if room == 0 {
		return nil, 0 // and there is no room for that line either
	}
	return slices.DeleteFunc(rows, func(r *row) bool { return !slices.Contains(shown, r) }), hidden
}

func layOut(rows []*row, size Size, now time.Time, paint painter) (lines []string) {
	d, columns := size.detail()
	indent := "  "
	if d == brief {
		indent = ""
	}
	room := max(size.Width-1-len(indent)-2-columns, 1)
	labels := labels(rows, d, room)
	for i, r := range rows {
		text := cut(indent+labels[i]+"  "+r.state(now, d), size.Width-1)
		lines = append(lines, paint.as(r.phase, text))
	}
	return lines
}

// labels returns the packages' names as a column: with versions if all of them fit, and without the scope if all share one and there is
// little room.
func labels(rows []*row, d detail, room int) []string {
	longest := func(of func(*row) string) (columns int) {
		for _, r := range rows {
			columns = max(columns, utf8.RuneCountInString(of(r)))
		}
		return columns
	}
	label := (*row).id
	if d == brief || longest(label) > room {
		label = func(r *row) string { return string(r.name) }
	}
	if longest(label) > room && oneScope(rows) {
		label = func(r *row) string { return r.name.Base() }
	}
	room = min(room, longest(label))
	var all []string
	for _, r := range rows {
		all = append(all, fmt.Sprintf("%-*s", room, fit(label(r), room)))
	}
	return all
}

func oneScope(rows []*row) bool {
	scopes := map[string]bool{}
	for _, r := range rows {
		if scope := strings.TrimSuffix(string(r.name), r.name.Base()); scope != "" {
			scopes[scope] = true
		}
	}
	return len(scopes) == 1
}

// fit shortens a name in its middle.
func fit(name string, columns int) string {
	runes := []rune(name)
	if len(runes) <= columns {
		return name
	}
	if columns < 3 {
		return cut(name, columns)
	}
	head := (columns - 1) / 2
	return string(runes[:head]) + "…" + string(runes[len(runes)-(columns-1-head):])
}

// cut shortens a text at its end.
func cut(text string, columns int) string {
	runes := []rune(text)
	if len(runes) <= columns {
		return text
	}
	return string(runes[:max(columns-1, 0)]) + "…"
}

// painter colours, or leaves text as it is.
type painter struct{ on bool }

func (p painter) wrap(code, text string) string {
	if !p.on {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (p painter) bold(text string) string   { return p.wrap("1", text) }
func (p painter) dim(text string) string    { return p.wrap("2", text) }
func (p painter) red(text string) string    { return p.wrap("31", text) }
func (p painter) green(text string) string  { return p.wrap("32", text) }
func (p painter) yellow(text string) string { return p.wrap("33", text) }

func (p painter) as(is phase, text string) string {
	switch is {
	case stopped:
		return p.red(text)
	case doubted, scanning:
		return p.yellow(text)
	case blocked, idle:
		return p.dim(text)
	}
	return text
}
