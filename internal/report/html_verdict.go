package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/reconcile"
)

// verdict is the page's headline.
type verdict struct {
	signal
	Headline, Lead string
}

func (d Document) verdict() verdict {
	v := verdict{Lead: d.lead()}
	errs, failures, held := d.errors(), 0, 0
	torn, earlier := d.torn()
	for _, c := range d.open() {
		switch c.Outcome {
		case reconcile.Failed:
			failures++
		case reconcile.Held:
			held++
		}
	}
	by := d.byActor()
	switch {
	case torn > 0:
		v.signal, v.Headline = bad("error"), count(torn, "torn release")
		if torn == earlier {
			v.Headline += " of the past"
		}
	case errs > 0:
		v.signal, v.Headline = bad("error"), count(errs, "error")
	case failures > 0:
		v.signal, v.Headline = bad("error"), count(failures, "failed change")
	case d.ExitCode == reconcile.ExitError && held > 0:
		v.signal, v.Headline = bad("error"), count(held, "change")+" held back"
	case d.ExitCode == reconcile.ExitError:
		v.signal, v.Headline = bad("error"), "Ended before it was finished"
		v.Lead = "Its output says why. What is below is what it had found by then; run it again to go on."
	case d.ExitCode == reconcile.ExitHuman, d.ExitCode == reconcile.ExitOK && by[reconcile.CI] == 0 && by[reconcile.Human] > 0:
		v.signal, v.Headline = wait("to do"), "A human must act"
	case by[reconcile.CI]+by[reconcile.Human] > 0 && d.ExitCode != reconcile.ExitWaiting:
		v.signal, v.Headline = wait("to do"), count(by[reconcile.CI]+by[reconcile.Human], "change")+" to make"
	case d.Kind == Drift && d.warnings() > 0:
		v.signal, v.Headline = wait("to do"), count(d.warnings(), "warning")
	case d.ExitCode == reconcile.ExitWaiting, by[reconcile.Registry] > 0:
		v.signal, v.Headline = wait("to do"), "Waiting for the registry"
	case d.Kind == Drift && d.Summary.Converged:
		v.signal, v.Headline = good(), "No drift"
	case d.Summary.Converged:
		v.signal, v.Headline = good(), "Converged"
	default:
		v.signal, v.Headline = good(), "Done"
	}
	return v
}

// torn counts the torn releases, and those among them that are not of the desired version: no package in the tables shows these.
func (d Document) torn() (all, earlier int) {
	desired := func(f reconcile.Finding) bool {
		return slices.ContainsFunc(d.packages(), func(p reconcile.Package) bool { return p.Name == f.Package && p.Version == f.Version })
	}
	for _, f := range d.Findings {
		if f.Type == reconcile.Torn {
			all++
			if !desired(f) {
				earlier++
			}
		}
	}
	return all, earlier
}

// lead returns the last line of the table as a sentence below the headline.
func (d Document) lead() string {
	line := d.footer()
	for _, head := range []string{string(d.Kind), "No drift", "Converged", "Done"} {
		line = strings.TrimPrefix(line, head+": ")
	}
	return capital(line)
}

// tally is a number, and what it counts.
type tally struct {
	Of   int
	Text string
}

// tallies returns how many packages are as they should be, and how many changes are left to whom.
func (d Document) tallies() []tally {
	all, ready := 0, 0
	for _, p := range d.packages() {
		all++
		if settled(p) {
			ready++
		}
	}
	by := d.byActor()
	now := ""
	if _, earlier := d.torn(); earlier > 0 {
		now = " at the versions that are desired now"
	}
	tallies := []tally{{ready, fmt.Sprintf("of %s as they should be%s", count(all, "package"), now)}}
	for _, t := range []tally{
		{len(d.PublishedNow), "published by this run"}, {by[reconcile.CI], "left to CI"},
		{by[reconcile.Human], "left to a human"}, {by[reconcile.Registry], "left to the registry"},
	} {
		if t.Of > 0 {
			tallies = append(tallies, t)
		}
	}
	return tallies
}

// settled tells whether the package needs no change and is as it should be.
func settled(p reconcile.Package) bool {
	for _, c := range p.Changes {
		if c.Outcome != reconcile.Done {
			return false
		}
	}
	p.Changes = nil
	return quiet(p)
}

// open returns the changes that are not made.
func (d Document) open() []reconcile.Change {
	return slices.DeleteFunc(d.changes(), func(c reconcile.Change) bool { return c.Outcome == reconcile.Done })
}

func (d Document) byActor() map[reconcile.Actor]int {
	by := map[reconcile.Actor]int{}
	for _, c := range d.open() {
		by[c.Actor]++
	}
	return by
}

func good() signal            { return signal{"✓", "", "good"} }
func bad(word string) signal  { return signal{"✗", word, "bad"} }
func wait(word string) signal { return signal{"○", word, "wait"} }
