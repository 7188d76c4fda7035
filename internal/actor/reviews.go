package actor

import (
	"context"
	"errors"
	"sync"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// Reviews keeps what was read of staged versions: what a human was shown is not downloaded once more for its approval. The bytes of a
// staged version never change.
type Reviews struct {
	From reconcile.Reviewer

	mu    sync.Mutex
	known map[string]judgment // by the ID of the staged version
}

type judgment struct {
	review reconcile.Review
	err    error
}

// Review reads a staged version, or returns what was read of it before. What could not be read is read again.
func (r *Reviews) Review(ctx context.Context, p reconcile.Publication, s spec.Stage) (reconcile.Review, error) {
	r.mu.Lock()
	j, known := r.known[s.ID]
	r.mu.Unlock()
	if known {
		return j.review, j.err
	}
	j.review, j.err = r.From.Review(ctx, p, s)
	if j.err == nil || errors.Is(j.err, reconcile.ErrDiffers) {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.known == nil {
			r.known = map[string]judgment{}
		}
		r.known[s.ID] = j
	}
	return j.review, j.err
}
