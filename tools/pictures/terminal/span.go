package terminal

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// span is text of one style, from a column on.
type span struct {
	column int
	text   string
	class  string // of the SVG's style: "", or of bold, red, green, yellow, blue, magenta, cyan, dim, joined by a space
}

// rows reads a frame. Spaces at the ends of spans and wherever two stand together are left out, as every span says where it
// stands. A style goes on over the end of a line, as tmux has it.
func rows(text string) [][]span {
	var all [][]span
	var now pen
	for line := range strings.Lines(text) {
		var row []span
		column := 0
		rest := strings.TrimRight(line, "\n")
		for rest != "" {
			code := sgr().FindStringIndex(rest)
			plain := rest
			if code != nil {
				plain = rest[:code[0]]
			}
			row = append(row, words(plain, column, now.class())...)
			column += utf8.RuneCountInString(plain)
			if code == nil {
				break
			}
			now = now.after(rest[code[0]+2 : code[1]-1])
			rest = rest[code[1]:]
		}
		all = append(all, row)
	}
	return all
}

func sgr() *regexp.Regexp { return regexp.MustCompile("\x1b\\[[0-9;]*m") }

// words cuts a text at every place where two spaces or more stand.
func words(text string, column int, class string) []span {
	var all []span
	for _, at := range regexp.MustCompile(`\S+(?: \S+)*`).FindAllStringIndex(text, -1) {
		all = append(all, span{column + utf8.RuneCountInString(text[:at[0]]), text[at[0]:at[1]], class})
	}
	return all
}

// pen is the style that text is written in.
type pen struct {
	bold, dim bool
	colour    string
}

func (p pen) class() string {
	var all []string
	if p.bold {
		all = append(all, "bold")
	}
	if p.dim {
		all = append(all, "dim")
	}
	if p.colour != "" {
		all = append(all, p.colour)
	}
	return strings.Join(all, " ")
}

// after is the pen after the numbers of an SGR sequence (ECMA-48, 8.3.117).
func (p pen) after(numbers string) pen {
	colours := []string{"dim", "red", "green", "yellow", "blue", "magenta", "cyan", ""}
	for number := range strings.SplitSeq(numbers, ";") {
		switch {
		case number == "" || number == "0":
			p = pen{}
		case number == "1":
			p.bold = true
		case number == "2":
			p.dim = true
		case number == "22":
			p.bold, p.dim = false, false
		case number == "39":
			p.colour = ""
		case len(number) == 2 && (number[0] == '3' || number[0] == '9') && slices.Contains([]byte("01234567"), number[1]):
			p.colour = colours[number[1]-'0']
		}
	}
	return p
}
