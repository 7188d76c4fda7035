package actor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Waiting has the tarballs that a registry holds for a human's approval, as far as it shows them to the session.
type Waiting struct {
	Registry *npm.Client
	Spool    string // folder for downloads; empty: the system's

	first sync.Mutex // held by the first question, the others wait for what comes of it
	read  bool
	list  []spec.Stage
	err   error
}

// Tarball downloads a staged version's tarball, which must be the one that is listed. A session that may not look, and a registry that
// knows no such thing, have none.
func (w *Waiting) Tarball(ctx context.Context, name spec.Name, version spec.Version) (*artifact.Tarball, error) {
	list, err := w.all(ctx)
	if errors.Is(err, spec.ErrRefused) || errors.Is(err, spec.ErrUnsupported) {
		return nil, fmt.Errorf("%w: %w", err, spec.ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(list, func(s spec.Stage) bool { return s.Name == name && s.Version == version })
	if i < 0 {
		return nil, fmt.Errorf("%s@%s is not among what this session is shown: %w", name, version, spec.ErrNotFound)
	}
	return Reviewer{Registry: w.Registry, Spool: w.Spool}.download(ctx, list[i])
}

// all lists what is staged, once for all packages.
func (w *Waiting) all(ctx context.Context) ([]spec.Stage, error) {
	w.first.Lock()
	defer w.first.Unlock()
	if !w.read {
		w.list, w.err = w.Registry.Stages(ctx, "")
		w.read = true
	}
	return w.list, w.err
}
