package main

import (
	"bytes"
	"context"
	"fmt"
	"net/url"

	"github.com/agent-facets/facets-reconcile/internal/github"
	"github.com/agent-facets/facets-reconcile/internal/report"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

const (
	driftLabel = "npm-drift"
	maxBody    = 60_000 // bytes; GitHub takes 65536 characters
)

// settled is what became of the drift issue.
type settled struct {
	change  github.IssueChange
	address string
}

// tell keeps the drift issue: open while there is drift, closed when there is none. Where that cannot be told, as something
// could not be read or the registry has to finish, it is left as it is.
func (u *setup) tell(ctx context.Context, plan reconcile.Plan, d report.Document) (*settled, error) {
	if !plan.Drifted() && plan.ExitCode() != reconcile.ExitOK {
		_, err := fmt.Fprintln(u.shared.io.err, "the issue is left as it is: whether there is drift cannot be told for now")
		return &settled{change: github.IssueKept}, err
	}
	issue, err := u.issue(d, plan.Drifted())
	if err != nil {
		return nil, err
	}
	client, err := u.github()
	if err != nil {
		return nil, err
	}
	change, address, err := client.Settle(ctx, issue)
	switch {
	case err != nil:
		return nil, fmt.Errorf("--github-issue: %w", err)
	case address == "":
		return &settled{change: change}, nil
	}
	_, err = fmt.Fprintf(u.shared.io.err, "issue %s: %s\n", change, report.Plain(address))
	return &settled{change, address}, err
}

// issue writes the issue of this state file. The marker tells it from those of other state files in the repository.
func (u *setup) issue(d report.Document, open bool) (github.Issue, error) {
	name := u.state.Metadata.Name
	marker := fmt.Sprintf("<!-- facets-reconcile drift: %s -->", url.QueryEscape(name))
	title := "npm: drift"
	if name != "" {
		title += " of " + name
	}
	var text bytes.Buffer
	if err := d.Write(&text, report.Markdown, false); err != nil {
		return github.Issue{}, err
	}
	const about = "Kept up to date by `facets-reconcile drift`, which closes it when there is nothing left. What is edited here is lost.\n\n"
	return github.Issue{
		Label: driftLabel, Marker: marker, Title: title, Open: open, Body: marker + "\n\n" + about + report.Cut(text.String(), maxBody),
	}, nil
}
