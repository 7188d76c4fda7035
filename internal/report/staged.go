package report

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/words"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// stagedVersions writes what waits for approval, as far as this run may see it: a human looks at it before the approval.
func (d Document) stagedVersions(b *strings.Builder, c colours) {
	rows := [][]cell{{{text: "STAGED"}, {text: "DIST-TAG"}, {text: "SIZE"}, {text: "SHASUM"}, {text: "COMMIT"}, {text: "BY"}, {text: "SINCE"},
		{text: "ARTIFACT"}}}
	for _, p := range d.packages() {
		if s := p.Stage; s != nil {
			compared := "not compared"
			switch staged, _ := p.Condition(reconcile.Staged); {
			case s.Compared:
				compared = "the same"
			case s.Reported:
				compared = "as reported"
			case s.Size > 0 && staged.Reason == reconcile.ReasonConflict: // it was read, which is how that was found
				compared = "differs"
			}
			rows = append(rows, []cell{{text: p.ID()}, {text: string(s.DistTag)}, {text: sizeOf(s)},
				{text: s.Shasum}, {text: cmp.Or(fmt.Sprintf("%.12s", words.Plain(s.Commit)), "-")},
				{text: cmp.Or(words.Plain(s.Actor), "-")}, {text: cmp.Or(s.Since, "-")}, {text: compared}})
		}
	}
	if len(rows) > 1 {
		align(b, rows, c)
		b.WriteString("\n")
	}
}

// sizeOf returns the size of a staged tarball; "-" where it was not read.
func sizeOf(s *reconcile.StagedVersion) string {
	if s.Size == 0 {
		return "-"
	}
	return words.Size(s.Size)
}

// windows writes for how long an approved release was public only in part.
func (d Document) windows(b *strings.Builder) {
	for _, w := range d.Windows {
		fmt.Fprintf(b, "From the first version of %s that was approved to the last one that is served: %.1f s.\n", w.Tag, w.Seconds)
	}
}
