package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/words"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// Sentence returns the result in one sentence: the last line of the table.
func (d Document) Sentence() string { return words.Plain(d.footer()) }

// footer counts, in one sentence, what was done, what went wrong and what is left.
func (d Document) footer() string {
	head, open := string(d.Kind), d.leftOver()
	if d.Interrupted {
		head = "Interrupted"
	}
	switch {
	case d.Kind == Result && !d.Summary.Converged && len(d.Groups) == 0:
		return "Nothing was done: the run ended before the registry was read."
	case len(open) > 0 || d.Interrupted:
		line := head + ": " + strings.Join(append(d.doneNow(), open...), ", ")
		switch n := d.Summary.Human; {
		case len(open) == 0 && len(d.doneNow()) == 0:
			line += "nothing was changed"
		case n == 1 && !d.Interrupted:
			line += "; 1 of these needs a human"
		case n > 1 && !d.Interrupted:
			line += fmt.Sprintf("; %d of these need a human", n)
		}
		if d.Interrupted {
			line += "; run it again to go on"
		}
		return line + "."
	case d.Kind == Drift && d.Summary.Converged:
		return d.inSync()
	}
	return d.finished()
}

// finished returns the last line where nothing is left.
func (d Document) finished() string {
	if d.Guide.Seeding && d.seeded() == 0 {
		return "All packages already exist on npm."
	}
	line := "Done: "
	if d.Summary.Converged {
		line = "Converged: "
	}
	if n := len(d.PublishedNow); n > 0 {
		line += count(n, "version") + " published, "
	}
	switch {
	case d.Guide.Seeding:
		return line + count(d.seeded(), "name") + " seeded, all packages exist now."
	case !d.Summary.Converged:
		return line + "nothing is left of what was asked for."
	case d.ready():
		return line + "everything is as it should be."
	}
	return line + "what was asked for is as it should be; other things are not."
}

// doneNow says what this run has done, action by action.
func (d Document) doneNow() []string {
	if d.Kind != Result {
		return nil
	}
	made := d.tally(madeNow)
	made[reconcile.Publish] = len(d.PublishedNow) - made[reconcile.Approve]
	var parts []string
	for _, k := range reconcile.Kinds() {
		if n := made[k.Action]; n > 0 && k.Made != "" {
			parts = append(parts, count(n, k.Made)+" "+k.Done)
		}
	}
	return parts
}

// leftOver says what is wrong and what is left. A change that failed, or that may have been made, is not counted among those to make.
func (d Document) leftOver() []string {
	var parts []string
	add := func(n int, what string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, what))
		}
	}
	add(d.errors(), "in error")
	if d.Kind == Drift {
		add(d.warnings(), "to look into")
	}
	failed := d.tally(func(c reconcile.Change) bool { return c.Outcome == reconcile.Failed })
	doubted := d.tally(func(c reconcile.Change) bool { return c.Outcome == reconcile.Doubted })
	s, proofs := d.Summary, failed[reconcile.Prove]+doubted[reconcile.Prove]
	kinds := slices.DeleteFunc(reconcile.Kinds(), func(k reconcile.Kind) bool { return k.Open == "" })
	for _, k := range kinds {
		if n := failed[k.Action]; n > 0 {
			parts = append(parts, count(n, k.Open)+" failed")
		}
		if n := doubted[k.Action]; n > 0 {
			parts = append(parts, count(n, k.Open)+" in doubt")
		}
	}
	for _, k := range kinds {
		left := k.Left(s) - failed[k.Action] - doubted[k.Action]
		switch k.Action {
		case reconcile.Publish: // the summary counts proofs with these
			left -= proofs
		case reconcile.Prove:
			left = 0
		}
		if k.Action == reconcile.Settings {
			add(left, "to set")
			continue
		}
		add(left, "to "+string(k.Action))
	}
	staged := d.tally(func(c reconcile.Change) bool { return c.Reason == reconcile.ReasonStaged })[reconcile.Wait]
	add(staged, "staged for approval")
	add(s.Wait-staged, "waiting for the registry")
	return parts
}

// tally counts the changes for which is is true, by action.
func (d Document) tally(is func(reconcile.Change) bool) map[reconcile.Action]int {
	n := map[reconcile.Action]int{}
	for _, c := range d.changes() {
		if is(c) {
			n[c.Action]++
		}
	}
	return n
}

// seeded counts the names that this run has taken.
func (d Document) seeded() int { return d.tally(madeNow)[reconcile.Seed] }

// madeNow tells whether this run made the change, and did not only find it made.
func madeNow(c reconcile.Change) bool {
	found := c.Reason == reconcile.ReasonAdopted || c.Reason == reconcile.ReasonUnlisted
	return c.Outcome == reconcile.Done && !found && c.Reason != reconcile.ReasonSurplus // which is taken away
}

func (d Document) errors() int {
	n := 0
	for _, f := range d.Findings {
		if f.Severity == reconcile.Error {
			n++
		}
	}
	return n
}

// ready tells whether all groups are Ready, even those that were not asked for.
func (d Document) ready() bool {
	return !slices.ContainsFunc(d.Groups, func(g reconcile.Group) bool {
		return slices.ContainsFunc(g.Conditions, func(c reconcile.Condition) bool { return c.Status != reconcile.True })
	})
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if strings.HasSuffix(noun, "sh") {
		noun += "e"
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
