package main

import (
	"context"
	"fmt"
	"time"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/place"
	"github.com/agent-facets/facets-reconcile/internal/report"
	"github.com/agent-facets/facets-reconcile/internal/words"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// guide is what reports need to say what comes next. The value of --auth is "" where there is no such flag.
func (f *flags) guide(p *place.Place, want reconcile.Desired, auth string) report.Guide {
	g := report.Guide{
		TrustedPublishers: want.TrustedPublishers, AccessPage: p.AccessPage, Sandbox: p.BothRoles, Flags: f.repeated(auth),
	}
	if f.registry != "" { // npm would log in elsewhere
		g.Login = " --registry " + words.Quoted(f.registry)
	}
	return g
}

// repeated are the flags that a further command needs to do the same. What a human is to do takes a session, and where there is an ID
// token, it is used anyway: only --auth token is repeated.
func (f *flags) repeated(auth string) string {
	if auth != "token" {
		auth = ""
	}
	return spelled([]flagValue{
		{" -f ", f.file, desired.DefaultFile}, {" --registry ", f.registry, ""}, {" --github-api ", f.githubAPI, ""}, {" --auth ", auth, ""},
		{" --sandbox=", f.sandbox.Dir, ""},
	})
}

// sandboxFlags are those that the commands below sandbox need to find this rehearsal.
func (f *flags) sandboxFlags() string {
	return spelled([]flagValue{{" --dir ", f.sandbox.Dir, place.DefaultFolder}, {" -f ", f.file, desired.DefaultFile}})
}

// flagValue is a flag's value, and the one that it has where it is left out.
type flagValue struct{ name, value, usual string }

// spelled spells the flags that cannot be left out.
func spelled(flags []flagValue) (text string) {
	for _, flag := range flags {
		if flag.value != flag.usual {
			text += flag.name + words.Quoted(flag.value)
		}
	}
	return text
}

// write writes a document, and the reports that were asked for, and ends the command with its exit code.
func (f *flags) write(d report.Document, now time.Time) error {
	err := d.Write(f.io.out, report.Format(f.output), f.colour(f.io.out))
	f.annotate(d.Annotations)
	code := f.writeReports(d, now)
	if err != nil {
		return err
	}
	return exitWith(code)
}

// conclude writes the result of a run, also of one that was interrupted, and ends the command with its exit code.
func (f *flags) conclude(
	ctx context.Context, p *place.Place, want reconcile.Desired, guide report.Guide, result reconcile.Result, runErr error,
) error {
	code := result.ExitCode()
	if runErr != nil {
		code = reconcile.ExitError
	}
	if code == reconcile.ExitWaiting && !result.Blocked() {
		_, _ = fmt.Fprintln(f.io.err, "the time to wait is over; run it again to go on") // nobody may read along
	}
	document := report.NewResult(result, p.Registry.String(), p.Source(), code, guide)
	document.StateFile = f.stateFile(p.State)
	err := f.write(document, p.Clock.Now())
	f.notify.ran(ctx, p, want, result, document)
	if runErr != nil {
		return runErr
	}
	return err
}
