package report

import (
	"fmt"

	"github.com/agent-facets/facets-reconcile/internal/words"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// problems is a heading with what stands below it: the first few, then the rest, folded.
type problems struct {
	ID, Heading string
	Mark        signal
	Shown, Rest []problem
}

type problem struct {
	What    string // the finding's type, or the action
	About   string // a package, or a version of it
	Message string
	Next    string
	Reason  string // why it is accepted
}

// shownProblems is how many of a kind are shown before the fold.
const shownProblems = 5

// problems returns what is wrong, the worst first: torn releases, other errors, changes that failed, warnings.
func (d Document) problems() []problems {
	torn := problems{ID: "torn", Heading: "Torn releases", Mark: bad("error")}
	errs := problems{ID: "errors", Heading: "Errors", Mark: bad("error")}
	failures := problems{ID: "failures", Heading: "Changes that were not made", Mark: bad("error")}
	warnings := problems{ID: "warnings", Heading: "Warnings", Mark: wait("warning")}
	for _, f := range d.Findings {
		p := problemOf(f)
		switch {
		case f.Type == reconcile.Torn:
			torn.add(p)
		case f.Severity == reconcile.Error:
			errs.add(p)
		default:
			warnings.add(p)
		}
	}
	for _, p := range d.packages() {
		for _, c := range p.Changes {
			if failed(c) {
				failures.add(problem{
					What: fmt.Sprintf("%s %s", c.Action, c.Outcome), About: words.Plain(string(p.Name)), Message: words.Plain(c.Message),
				})
			}
		}
	}
	var all []problems
	for _, one := range []problems{torn, errs, failures, warnings} {
		if len(one.Rest) == 1 { // a fold would need as much room
			one.Shown, one.Rest = append(one.Shown, one.Rest...), nil
		}
		if len(one.Shown) > 0 {
			all = append(all, one)
		}
	}
	return all
}

func problemOf(f reconcile.Finding) problem {
	about := string(f.Package)
	if f.Version != "" {
		about += "@" + string(f.Version)
	}
	return problem{What: string(f.Type), About: words.Plain(about), Message: words.Plain(f.Message), Next: words.Plain(f.Next)}
}

func (p *problems) add(one problem) {
	if len(p.Shown) < shownProblems {
		p.Shown = append(p.Shown, one)
	} else {
		p.Rest = append(p.Rest, one)
	}
}
