package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/words"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// groupView is a group's matrix of packages and conditions. Of a large group only the packages that are not as they should be are open;
// the rest is folded.
type groupView struct {
	ID, Name, Tag string
	Ready         string // what keeps the release from being ready, or that it is
	Mark          signal
	Shown, Folded matrix
}

type matrix struct {
	ID, Caption string
	Columns     []string
	Rows        []rowView
}

type rowView struct {
	Name, Version string
	Role          string
	Cells         []cellView // one for each column
	Changes       []changeView
	Said          []saidView // all conditions, with their reasons
	Facts         []fact
	NotAsked      bool
}

type cellView struct {
	signal
	Column, Text string
	Why          string // on demand
}

type saidView struct {
	signal
	Type, Reason, Message string
}

type changeView struct {
	signal
	What, By, Message, WaitsFor string
}

func (d Document) groupView(n int, g reconcile.Group) groupView {
	view := groupView{ID: fmt.Sprintf("group-%d", n), Name: words.Plain(g.Name), Tag: words.Plain(g.Tag), Mark: good()}
	if view.Tag == "" && g.Version != "" {
		view.Tag = string(g.Version)
	}
	for _, c := range g.Conditions {
		if view.Ready = "Ready"; c.Status != reconcile.True {
			view.Mark, view.Ready = wait(""), "Not ready: "+strings.TrimPrefix(words.Plain(c.Message), "not yet: ")
		}
	}
	columns := present(g)
	caption := func(of string) string { return fmt.Sprintf("%s of %s by condition", of, view.Name) }
	view.Shown = matrix{ID: view.ID + "-packages", Caption: caption("Packages")}
	view.Folded = matrix{ID: view.ID + "-folded", Caption: caption("Further packages")}
	for _, t := range columns {
		view.Shown.Columns = append(view.Shown.Columns, string(t))
	}
	view.Folded.Columns = view.Shown.Columns
	for _, p := range g.Packages {
		row := rowOf(columns, p)
		if len(g.Packages) > foldFrom && (settled(p) || !p.InScope() || len(view.Shown.Rows) == foldFrom) {
			view.Folded.Rows = append(view.Folded.Rows, row)
		} else {
			view.Shown.Rows = append(view.Shown.Rows, row)
		}
	}
	return view
}

func rowOf(columns []reconcile.ConditionType, p reconcile.Package) rowView {
	row := rowView{Name: words.Plain(string(p.Name)), Version: string(p.Version), Role: string(p.Role), NotAsked: !p.InScope()}
	for _, t := range columns {
		cell := cellView{Column: string(t)}
		if c, ok := p.Condition(t); ok {
			cell.signal, cell.Text, cell.Why = markOf(p, c), c.Reason, words.Plain(c.Message)
			if c.Status == reconcile.True {
				cell.Text = condition(p, t, colours(false)).text
			}
		}
		row.Cells = append(row.Cells, cell)
	}
	for _, c := range p.Conditions {
		row.Said = append(row.Said, saidView{markOf(p, c), string(c.Type), c.Reason, words.Plain(c.Message)})
	}
	for _, c := range p.Changes {
		row.Changes = append(row.Changes, changeOf(c))
	}
	if p.Tag != "" {
		row.Facts = append(row.Facts, fact{"Git tag", words.Plain(p.Tag)})
	}
	var tags []string
	for _, tag := range slices.Sorted(maps.Keys(p.DistTags)) {
		tags = append(tags, fmt.Sprintf("%s → %s", words.Plain(string(tag)), words.Plain(string(p.DistTags[tag]))))
	}
	if len(tags) > 0 {
		row.Facts = append(row.Facts, fact{"Dist-tags", strings.Join(tags, ", ")})
	}
	return row
}

// markOf distinguishes what is wrong from what only has to be done yet.
func markOf(p reconcile.Package, c reconcile.Condition) signal {
	left := slices.DeleteFunc(mending(p, c.Type), func(c reconcile.Change) bool { return c.Outcome == reconcile.Done })
	switch {
	case c.Status == reconcile.True:
		return good()
	case c.Status == reconcile.Unknown:
		return signal{"?", "unknown", "quiet"}
	case c.Reason == reconcile.ReasonNextRelease:
		return signal{"–", "later", "quiet"}
	case p.Stands(c.Type):
		return signal{"–", "accepted", "quiet"}
	case len(left) > 0 && !slices.ContainsFunc(left, failed):
		return wait("to do")
	}
	return bad("wrong")
}

func changeOf(c reconcile.Change) changeView {
	view := changeView{
		signal: signal{Sign: sign(c), Tone: "wait"}, What: string(c.Action) + outcome(c), Message: words.Plain(c.Message),
		WaitsFor: words.Plain(summary(c.BlockedBy, false)),
	}
	switch {
	case c.Outcome == reconcile.Done:
		view.signal = signal{"✓", "done", "good"}
	case failed(c):
		view.Sign, view.Tone = "✗", "bad"
	}
	switch c.Actor {
	case reconcile.CI:
		view.By = "CI"
	case reconcile.Human:
		view.By = "a human"
	case reconcile.Registry:
		view.By = "the registry"
	}
	return view
}
