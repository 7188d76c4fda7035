package desired

import (
	"bytes"
	"regexp"
	"strconv"
	"strings"
)

// misread is the problem of a file that is no YAML.
type misread Problem

func (m misread) Error() string { return Problem(m).String() }

// syntaxError says why data is no YAML. Tabs get a message of their own, as they are the usual cause.
func syntaxError(data []byte, err error) error {
	number := 0
	for line := range bytes.Lines(data) {
		number++
		indent := line[:len(line)-len(bytes.TrimLeft(line, " \t"))]
		if at := bytes.IndexByte(indent, '\t'); at >= 0 && len(bytes.TrimSpace(line)) > 0 {
			return misread{Position{number, at + 1}, "is indented with a tab; YAML takes only spaces"}
		}
	}
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	var at Position
	if rest, ok := strings.CutPrefix(text, "line "); ok {
		number, what, _ := strings.Cut(rest, ": ")
		if line, err := strconv.Atoi(number); err == nil {
			at.Line, text = line, what+unquoted(data, line)
		}
	}
	return misread{at, "is not YAML: " + text}
}

// unquoted is the advice for texts that YAML reads as something else, where one stands on that line or soon after: an error may name the
// line where a mapping begins.
func unquoted(data []byte, line int) string {
	const about = 3
	lines := strings.Split(string(data), "\n")
	from := min(line-1, len(lines))
	near := strings.Join(lines[from:min(from+about, len(lines))], "\n")
	if regexp.MustCompile(`[:,[-]\s*[@!*%>]|\{(version|target|package)\}`).MatchString(near) {
		return "; put a text that begins with @, !, * or >, or holds a {, in quotes"
	}
	return ""
}
