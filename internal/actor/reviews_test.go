package actor_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// reader counts what it reads.
type reader struct {
	read int
	err  error
}

func (r *reader) Review(context.Context, reconcile.Publication, spec.Stage) (reconcile.Review, error) {
	r.read++
	return reconcile.Review{Size: int64(r.read)}, r.err
}

func TestWhatWasReviewedIsNotReadAgain(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		read int
	}{
		"the same":          {nil, 1},
		"other contents":    {fmt.Errorf("index.js: %w", reconcile.ErrDiffers), 1},
		"could not be read": {errors.New("503"), 2},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			from := &reader{err: c.err}
			reviews := &actor.Reviews{From: from}
			for range 2 {
				_, err := reviews.Review(t.Context(), reconcile.Publication{}, spec.Stage{ID: "1"})
				g.Expect(errors.Is(err, c.err)).To(BeTrue())
			}
			g.Expect(from.read).To(Equal(c.read))
			_, _ = reviews.Review(t.Context(), reconcile.Publication{}, spec.Stage{ID: "2"})
			g.Expect(from.read).To(Equal(c.read+1), "another one is")
		})
	}
}
