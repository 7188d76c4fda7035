package e2e_test

import (
	"fmt"
	"regexp"
	"strings"
)

// A page of the documentation is run by its fenced blocks:
//
//	```console                  commands, each a line that begins with "$ ", and below each what it prints
//	```console second-terminal  one command that goes on until the page ends; what it prints ends when it is ready
//	```yaml NAME                a file, which is written to that name
//
// What a page shows is compared line by line with what stdout and stderr hold together. A line that is "…" stands for any
// lines, also for none. What differs from run to run is masked on both sides, by mask. Other blocks are not looked at.
type page []pageStep

// pageStep is a command, or a file to write.
type pageStep struct {
	line       int // of the page, counted from 1
	command    string
	shown      []string // what the page shows below the command; what the file holds
	background bool
	file       string
}

// readPage returns the steps of a page in Markdown.
func readPage(text string) (page, error) {
	var p page
	var fence string // the info string of the block that is open
	open := false
	for i, line := range strings.Split(text, "\n") {
		info, isFence := strings.CutPrefix(strings.TrimSpace(line), "```")
		kind, what, _ := strings.Cut(fence, " ")
		switch {
		case isFence && !open:
			open, fence = true, info
			if kind, file, named := strings.Cut(info, " "); named && kind == "yaml" {
				p = append(p, pageStep{line: i + 1, file: file})
			}
		case isFence:
			open, fence = false, ""
		case kind == "yaml" && what != "":
			p[len(p)-1].shown = append(p[len(p)-1].shown, line)
		case kind != "console":
		case strings.HasPrefix(line, "$ "):
			p = append(p, pageStep{line: i + 1, command: line[2:], background: what == "second-terminal"})
		case len(p) == 0 || p[len(p)-1].command == "":
			return nil, fmt.Errorf("line %d: output without a command: %s", i+1, line)
		default:
			p[len(p)-1].shown = append(p[len(p)-1].shown, line)
		}
	}
	if open {
		return nil, fmt.Errorf("a block of ```%s does not end", fence)
	}
	return p, nil
}

// mask replaces what differs from run to run or between machines: durations, ports of loopback, moments, pages of second
// factors, how many requests a fault has met while a release was waited for, and how many packages npm has installed, which
// is the platform's matter. Spaces at the ends of lines and empty lines around are dropped.
func mask(text string) []string {
	for _, volatile := range []struct{ like, by string }{
		{`\b(\d+h)?(\d+m)?\d+(\.\d+)?(ms| ?s)\b`, "TIME"},
		{`127\.0\.0\.1:\d+`, "127.0.0.1:PORT"},
		{`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`, "MOMENT"},
		{`/auth/cli/[a-z0-9]+`, "/auth/cli/ID"},
		{`\b\d+ requests? broken`, "N requests broken"},
		{`added \d+ packages?(, and audited \d+ packages?)?`, "added N packages"},
	} {
		text = regexp.MustCompile(volatile.like).ReplaceAllString(text, volatile.by)
	}
	lines := strings.Split(strings.Trim(text, "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " \t")
	}
	return lines
}

// elision stands for any lines.
const elision = "…"

// differs says where what was printed is not what the page shows; "" where it is.
func (s pageStep) differs(printed string) string {
	shown, have := mask(strings.Join(s.shown, "\n")), strings.Join(mask(printed), "\n")+"\n"
	fits := func(n int, end string) bool {
		pattern := `^`
		for _, line := range shown[:n] {
			if line == elision {
				pattern += `(?:.*\n)*`
			} else {
				pattern += regexp.QuoteMeta(line) + `\n`
			}
		}
		return regexp.MustCompile(pattern + end).MatchString(have)
	}
	if fits(len(shown), `$`) {
		return ""
	}
	for n, line := range shown {
		if !fits(n+1, "") {
			return fmt.Sprintf("line %d of the page: %q is not printed there; what is:\n%s", s.line+1+n, line, printed)
		}
	}
	return fmt.Sprintf("line %d of the page: more is printed than shown:\n%s", s.line, printed)
}
