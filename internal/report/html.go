package report

import (
	"cmp"
	"embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/agent-facets/facets-reconcile/internal/words"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// pageFiles are the page's template and its style.
//
//go:embed page
var pageFiles embed.FS

// HTML writes the document as one page that needs no other file: no scripts, fonts or images. All text in it is escaped, and its policy
// forbids a browser to run or load anything. made is the time of the document.
func (d Document) HTML(w io.Writer, made time.Time) error {
	t, err := template.ParseFS(pageFiles, "page/*")
	if err != nil {
		return fmt.Errorf("reading the page's template: %w", err)
	}
	if err := t.ExecuteTemplate(w, "report.html", d.page(made)); err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	return nil
}

// signal is a sign, the word for those who do not see the sign, and a colour. The colour never tells anything alone.
type signal struct {
	Sign, Word string
	Tone       string // good, bad, wait, quiet: a class of the style
}

// page is what the template shows. Its texts cannot steer a terminal or a browser.
type page struct {
	Title, About string
	Verdict      verdict
	Tallies      []tally
	Facts        []fact
	Made         time.Time
	Problems     []problems
	Steps        [][]block
	Groups       []groupView
	Published    []string
	Accepted     problems
}

// fact is a name and its value.
type fact struct{ Name, Value string }

func (d Document) page(made time.Time) page {
	v := d.verdict()
	about := string(d.Kind)
	if d.Source != "" {
		about += " of " + words.Plain(d.Source)
	}
	p := page{
		Title: v.Headline + " · " + about, About: about, Verdict: v, Tallies: d.tallies(), Made: made.UTC(),
		Facts: []fact{
			{"Registry", cmp.Or(words.Plain(d.Registry), "none was asked")},
			{"Exit code", fmt.Sprintf("%d: %s", d.ExitCode, d.exitCode())},
		},
		Problems: d.problems(), Accepted: d.acceptedProblems(),
	}
	var steps strings.Builder
	d.nextSteps(&steps)
	p.Steps = stepsOf(steps.String())
	for i, g := range d.Groups {
		p.Groups = append(p.Groups, d.groupView(i, g))
	}
	for _, published := range d.PublishedNow {
		p.Published = append(p.Published, words.Plain(published))
	}
	return p
}

// block is a paragraph of prose, followed by what has to be typed, opened or entered.
type block struct {
	Prose string
	Lines string   // a command, or values
	Links []string // pages
}

// stepsOf splits the text of the next steps into blocks. A line that begins with a capital letter begins a step; other lines continue it.
// Indented lines below are its commands, values or pages.
func stepsOf(text string) [][]block {
	var all [][]block
	begun := false // prose is being read
	for line := range strings.Lines(text) {
		line = strings.TrimRight(words.Plain(line), "\n")
		below, indented := strings.CutPrefix(line, "  ")
		if line == "" {
			begun = false
			continue
		}
		first, _ := utf8.DecodeRuneInString(line)
		switch {
		case indented:
		case begun:
			last(all).Prose += " " + line
			continue
		case len(all) == 0 || unicode.IsUpper(first):
			all = append(all, []block{{Prose: capital(strings.TrimPrefix(line, "Next, "))}})
		default:
			n := len(all) - 1
			all[n] = append(all[n], block{Prose: capital(line)})
		}
		switch begun = !indented; {
		case begun || len(all) == 0:
		case strings.HasPrefix(below, "https://"):
			last(all).Links = append(last(all).Links, below)
		default:
			last(all).Lines += below + "\n"
		}
	}
	return all
}

func last(all [][]block) *block {
	step := all[len(all)-1]
	return &step[len(step)-1]
}

func capital(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[size:]
}

func (d Document) exitCode() string {
	switch d.ExitCode {
	case reconcile.ExitOK:
		if d.Kind == Plan {
			return "a plan was made"
		}
		return "converged"
	case reconcile.ExitPending:
		if d.Kind == Drift {
			return "drift"
		}
		return "changes pending"
	case reconcile.ExitHuman:
		return "a human must act"
	case reconcile.ExitWaiting:
		return "waiting for the registry"
	}
	return "error"
}
