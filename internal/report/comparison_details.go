package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"github.com/agent-facets/facets-reconcile/internal/compare"
	"github.com/agent-facets/facets-reconcile/internal/words"
)

const (
	maxShownFiles  = 20 // of one package, in what people read; programs get all
	maxShownFields = 20
	maxShownValue  = 60 // characters of a field's value
)

// details says line by line what differs in a package. For a new package it says why it is new.
func details(p compare.Package) string {
	switch {
	case p.Err != "":
		return "! " + indented(words.Plain(p.Err)) + "\n"
	case p.To == nil:
		return "- it is not in this release: " + p.Note + "\n"
	case p.From == nil:
		return "+ all of it is new: " + p.Note + "\n"
	}
	var b strings.Builder
	fieldLines(&b, p)
	shown := 0
	for _, f := range p.Files {
		if f.Path == "package.json" && f.Change == compare.Changed && !f.SameBytes && f.From.Mode == f.To.Mode && len(p.Fields) > 0 {
			continue // its fields say it
		}
		if shown++; shown <= maxShownFiles {
			b.WriteString(fileLine(f) + "\n")
		}
	}
	if rest := shown - maxShownFiles; rest > 0 {
		fmt.Fprintf(&b, "… and %s, which -o json lists\n", count(rest, "more file"))
	}
	return b.String()
}

// fieldLines writes the fields that differ. It leaves out the version itself, and counts the fields that follow it.
func fieldLines(b *strings.Builder, p compare.Package) {
	follow, shown := map[string]int{}, 0
	var order []string
	for _, f := range p.Fields {
		at := member(f.Path)
		switch {
		case at == "version" && f.Follows:
			continue
		case f.Follows:
			if follow[f.Path[0]]++; follow[f.Path[0]] == 1 {
				order = append(order, f.Path[0])
			}
			continue
		}
		if shown++; shown > maxShownFields {
			continue
		}
		line := changeSign(f.Change) + " package.json: " + at
		if f.Change != compare.Added {
			line += " " + value(f.From)
		}
		if f.Change == compare.Changed {
			line += " →"
		}
		if f.Change != compare.Removed {
			line += " " + value(f.To)
		}
		b.WriteString(words.Plain(line) + "\n")
	}
	if rest := shown - maxShownFields; rest > 0 {
		fmt.Fprintf(b, "… and %s of package.json, which -o json lists\n", count(rest, "more field"))
	}
	for _, field := range order {
		fmt.Fprintf(b, "~ package.json: %s: %d go from %s to %s\n", words.Plain(field), follow[field], p.From.Version, p.To.Version)
	}
}

// member returns a field's path as JavaScript writes it: "scripts.test", `exports["./a"]`.
func member(path []string) string {
	var b strings.Builder
	for i, part := range path {
		plain := strings.IndexFunc(part, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' }) < 0
		switch {
		case !plain:
			fmt.Fprintf(&b, "[%s]", value(part))
		case i > 0:
			b.WriteString("." + part)
		default:
			b.WriteString(part)
		}
	}
	return b.String()
}

func fileLine(f compare.File) string {
	line := changeSign(f.Change) + " " + f.Path + "  "
	switch f.Change {
	case compare.Added:
		return line + state(f.To)
	case compare.Removed:
		return line + state(f.From)
	}
	var parts []string
	switch {
	case f.SameBytes:
	case f.From.Size == f.To.Size:
		parts = append(parts, words.Size(f.To.Size)+", other bytes")
	default:
		parts = append(parts, fmt.Sprintf("%s → %s", words.Size(f.From.Size), grown(Sizes{f.From.Size, f.To.Size})))
	}
	if f.From.Mode != f.To.Mode {
		parts = append(parts, "mode "+f.From.Mode+" → "+f.To.Mode)
	}
	switch {
	case f.From.Kind != f.To.Kind:
		parts = append(parts, cmp.Or(f.From.Kind, "no executable")+" → "+cmp.Or(f.To.Kind, "no executable"))
	case f.To.Kind != "":
		parts = append(parts, f.To.Kind)
	}
	return line + strings.Join(parts, ", ")
}

func state(s *compare.FileState) string {
	text := words.Size(s.Size) + ", mode " + s.Mode
	if s.Kind != "" {
		text += ", " + s.Kind
	}
	return text
}

func changeSign(c compare.Change) string {
	return map[compare.Change]string{compare.Added: "+", compare.Removed: "-", compare.Changed: "~"}[c]
}

func paintedDetail(line string, c colours) string {
	sign, rest, _ := strings.Cut(line, " ")
	paint := map[string]func(string) string{"+": c.green, "-": c.red, "~": c.yellow, "!": c.red}[sign]
	if paint == nil {
		return line
	}
	return paint(sign) + " " + rest
}

// value returns a field's value for a line.
func value(v any) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil { // it came from JSON
		return "?"
	}
	if text := []rune(strings.TrimSpace(b.String())); len(text) > maxShownValue {
		return string(text[:maxShownValue-1]) + "…"
	}
	return strings.TrimSpace(b.String())
}
