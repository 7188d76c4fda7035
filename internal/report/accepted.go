package report

import (
	"fmt"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/words"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// acceptedFindings writes what the state file accepts, each with the reason. It comes last, because nothing has to be done about it.
func (d Document) acceptedFindings(b *strings.Builder) {
	if len(d.Accepted) == 0 {
		return
	}
	fmt.Fprintf(b, "Accepted by the state file, and not counted:\n")
	for _, kind := range grouped(d.Accepted, func(a reconcile.Accepted) reconcile.FindingType { return a.Type }) {
		for _, a := range kind[:min(len(kind), alike)] {
			fmt.Fprintf(b, "  %s: %s\n    %s\n", a.Type, indented(words.Plain(a.Message)), words.Plain(because(a)))
		}
		moreOfKind(b, "  "+string(kind[0].Type), kind, func(a reconcile.Accepted) spec.Name { return a.Package })
	}
	b.WriteString("\n")
}

// because says why something is accepted, and for how long.
func because(a reconcile.Accepted) string {
	if a.Until == "" {
		return "accepted: " + a.Reason
	}
	return fmt.Sprintf("accepted until %s: %s", a.Until, a.Reason)
}

const (
	detailsBegin = "<details>\n"
	detailsEnd   = "</details>\n"
)

// markdownAccepted writes what is accepted, folded.
func (d Document) markdownAccepted(b *strings.Builder) {
	if len(d.Accepted) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s<summary>Accepted by the state file, and not counted: %s</summary>\n\n",
		detailsBegin, count(len(d.Accepted), "finding"))
	for _, a := range d.Accepted {
		fmt.Fprintf(b, "- **%s**: %s (%s)\n", a.Type, escape(a.Message), escape(because(a)))
	}
	b.WriteString("\n" + detailsEnd)
}

// acceptedCase is the test that there is no such finding; it is skipped, with the reason.
func (d Document) acceptedCase(a reconcile.Accepted) junitCase {
	result := d.findingCase(a.Finding)
	result.Failure, result.Error = nil, nil
	result.Skipped = newTrouble("", because(a), because(a), a.Message)
	return result
}

// acceptedProblems returns the page's last section, folded.
func (d Document) acceptedProblems() problems {
	all := problems{ID: "accepted", Heading: "Accepted by the state file", Mark: signal{"–", "accepted", "quiet"}}
	for _, a := range d.Accepted {
		p := problemOf(a.Finding)
		p.Next, p.Reason = "", words.Plain(capital(because(a)))
		all.Rest = append(all.Rest, p)
	}
	return all
}
