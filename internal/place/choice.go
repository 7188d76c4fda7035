package place

import (
	"context"
	"io"
	"log/slog"

	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// Choice is where a run is to take place. Before Enter nothing is read, served or asked.
type Choice struct {
	// Job is the CI job that this program is part of. Its tag is "" where there is no job, or where it does not count.
	Job ci.Job
	// Ignored is the tag of the CI job where it does not count, so that a warning can name it.
	Ignored string
	// Folder is where the rehearsal is kept, as an absolute path; "": this is no rehearsal. It identifies the rehearsal, because the port of
	// its registry differs between runs.
	Folder string
	// NoIssues says why no issue can be kept here; nil: it can.
	NoIssues error
	Clock    Clock
	// Enter opens the place for the project.
	Enter func(context.Context, Project) (*Place, error)
}

// Options are what a command asks of the place, whether real or a rehearsal.
type Options struct {
	Registry, GitHubAPI string // "": they are looked up
	UserAgent           string
	Everything          bool // a check of everything: no CI job's tag narrows it, and what cannot be read is no reason to stop
	Concurrency         int  // requests under way at once
	Clock               Clock
	Log                 *slog.Logger
	Err                 io.Writer // for what a human has to know
}

// Clock is the time of a run, and of its client of the registry.
type Clock interface {
	reconcile.Clock
	limit(*npm.Options)
}
