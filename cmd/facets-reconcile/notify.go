package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/github"
	"github.com/agent-facets/facets-reconcile/internal/notify"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/place"
	"github.com/agent-facets/facets-reconcile/internal/report"
	"github.com/agent-facets/facets-reconcile/internal/words"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// notifying is --notify: whom a run tells what it came to.
type notifying struct {
	webhooks []string // secrets: a flag that checked them itself would have its error print them
	notifier *notify.Notifier
	err      io.Writer
	awaited  bool // somebody waits for the release, whoever makes it
}

func (n *notifying) bind(f *pflag.FlagSet) {
	f.StringArrayVar(&n.webhooks, "notify", nil,
		"tell this webhook of Slack, Discord or Teams what the run came to, as an https `URL` (repeatable; docs/notify.md)")
}

// open checks the addresses, before anything is done.
func (n *notifying) open(warnings io.Writer) (err error) {
	n.err = warnings
	if n.notifier, err = notify.New(userAgent(), n.webhooks); err != nil {
		return fmt.Errorf("--notify: %w", err)
	}
	return nil
}

// ran tells what a run came to, if that is worth a message.
func (n *notifying) ran(
	ctx context.Context, p *place.Place, want reconcile.Desired, result reconcile.Result, d report.Document,
) {
	made := slices.ContainsFunc(result.Packages(), func(p reconcile.Package) bool {
		return slices.ContainsFunc(p.Changes, func(c reconcile.Change) bool { return c.Outcome == reconcile.Done })
	})
	var event notify.Event
	switch {
	case d.ExitCode == reconcile.ExitHuman:
		event = notify.WaitsForHuman
	case d.ExitCode == reconcile.ExitWaiting:
		event = notify.Stuck
	case d.ExitCode == reconcile.ExitOK && (made || n.awaited):
		event = notify.Done
	default:
		return
	}
	what := notify.Notification{Event: event, Releases: concerned(p.Tag, want, result.Packages()), Link: p.JobPage}
	if event == notify.WaitsForHuman {
		what.Commands = d.Decisions()
	}
	n.send(ctx, p, d, what)
}

// drifted tells that drift began or ended, by what became of the kept issue. Without one, drift begins with each check that finds it,
// and nobody knows that it has ended.
func (n *notifying) drifted(ctx context.Context, p *place.Place, plan reconcile.Plan, d report.Document, kept *keptIssue) {
	what := notify.Notification{Link: p.JobPage}
	if kept != nil && strings.HasPrefix(kept.address, "http") { // else it is a number
		what.Link = kept.address
	}
	switch {
	case kept == nil && plan.Drifted():
		what.Event = notify.DriftBegan
	case kept == nil:
		return
	case kept.change == github.IssueOpened, kept.change == github.IssueReopened:
		what.Event = notify.DriftBegan
	case kept.change == github.IssueClosed:
		what.Event = notify.DriftEnded
	default:
		return
	}
	n.send(ctx, p, d, what)
}

func (n *notifying) send(ctx context.Context, p *place.Place, d report.Document, what notify.Notification) {
	if len(n.webhooks) == 0 || ctx.Err() != nil {
		return
	}
	what.Project, what.Message, what.Registry = p.State.Metadata.Name, d.Sentence(), d.Registry
	what.ExitCode, what.Rehearsal, what.Time = d.ExitCode, p.BothRoles, time.Now()
	if err := n.notifier.Tell(ctx, what); err != nil {
		for line := range strings.Lines(err.Error()) {
			_, _ = fmt.Fprintf(n.err, "warning: --notify: %s\n", words.Plain(strings.TrimSuffix(line, "\n")))
		}
	}
}

// concerned are the git tags of the releases about which there was something to do, or else the one that the run is for.
func concerned(given string, want reconcile.Desired, packages []reconcile.Package) (tags []string) {
	changed := map[spec.Name]bool{}
	for _, p := range packages {
		changed[p.Name] = len(p.Changes) > 0
	}
	for _, r := range want.Releases {
		if r.Selected && r.Tag != "" && slices.ContainsFunc(r.Packages, func(p desired.Package) bool { return changed[p.Name] }) {
			tags = append(tags, r.Tag)
		}
	}
	if len(tags) == 0 && given != "" {
		tags = []string{given}
	}
	return tags
}
