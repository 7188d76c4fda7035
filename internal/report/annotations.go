package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/words"
)

// maxAnnotations is how many annotations of each urgency GitHub keeps of a step. It drops the others silently
// (github.com/orgs/community/discussions/26680).
const maxAnnotations = 10

// maxAnnotation bounds the text of one annotation, in characters. GitHub keeps 64 kB of a message.
const maxAnnotation = 4000

// annotation is shown by GitHub at a line of a file, and above the job's log.
type annotation struct {
	urgency, title, text string
	at                   desired.Position
}

// Annotations writes what is not as it should be as GitHub's workflow commands, one a line. If GitHub would not show all of an urgency,
// what concerns several packages is written once, at the first of them.
func (d Document) Annotations(w io.Writer) error {
	var all []annotation
	for _, alike := range grouped(d.concerns(), func(c concern) string { return c.urgency }) {
		key := func(c concern) [3]string { return [3]string{c.kind, c.same} }
		if len(alike) <= maxAnnotations {
			key = func(c concern) [3]string { return [3]string{c.kind, c.subject(), c.text} }
		}
		for _, same := range grouped(alike, key) {
			first := same[0]
			one := annotation{first.urgency, strings.TrimSuffix(first.kind+": "+first.subject(), ": "), first.text, first.at}
			if len(same) > 1 {
				one.title = first.kind + ": " + count(len(same), "package")
				one.text = who(same, func(c concern) spec.Name { return c.about }) + ": " + first.same
			}
			all = append(all, one)
		}
	}
	return annotate(w, d.StateFile.Path, all)
}

// AnnotateInvalid writes what is wrong with a state file in the same way. The path is that of [StateFile].
func AnnotateInvalid(w io.Writer, path string, invalid *desired.InvalidError) error {
	var all []annotation
	for _, p := range invalid.Problems {
		all = append(all, annotation{urgentError, "the state file is wrong", p.Text, p.Position})
	}
	return annotate(w, path, all)
}

// annotate writes as many of each urgency as GitHub shows; the last one counts the rest.
func annotate(w io.Writer, file string, all []annotation) error {
	var b strings.Builder
	for _, alike := range grouped(all, func(a annotation) string { return a.urgency }) {
		if rest := len(alike) - maxAnnotations + 1; rest > 1 {
			alike = append(alike[:maxAnnotations-1:maxAnnotations-1], annotation{
				urgency: alike[0].urgency, title: fmt.Sprintf("and %d more", rest),
				text: fmt.Sprintf("GitHub shows %d of a step; the log of the job and its reports have all of them.", maxAnnotations),
			})
		}
		for _, a := range alike {
			a.write(&b, file)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// write writes the command in the form that the runner parses (docs: "Workflow commands for GitHub Actions"; actions/toolkit,
// core/src/command.ts).
func (a annotation) write(b *strings.Builder, file string) {
	fmt.Fprintf(b, "::%s ", a.urgency)
	if file != "" {
		fmt.Fprintf(b, "file=%s,", property(words.OneLine(file)))
		if a.at.Line > 0 {
			fmt.Fprintf(b, "line=%d,", a.at.Line)
		}
		if a.at.Column > 0 {
			fmt.Fprintf(b, "col=%d,", a.at.Column)
		}
	}
	fmt.Fprintf(b, "title=%s::%s\n", property(words.OneLine(a.title)), data(words.Cut(words.Plain(a.text), maxAnnotation)))
}

// data escapes a text so that the runner takes it for one line.
func data(text string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(text)
}

// property escapes a text so that the runner takes it for one value among several.
func property(text string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(data(text))
}
