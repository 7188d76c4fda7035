package observed_test

import (
	"context"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

var removed = time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC)

func gone(r *registry)      { r.unpublished = removed }
func uncertain(r *registry) { r.goneErr = errBroken }
func emptyTags(r *registry) { r.tags = nil }
func otherTag(r *registry)  { r.tags = map[spec.DistTag]spec.Version{"latest": "0.9.0"} }
func noTarball(r *registry) { r.tarballErr = errAbsent }
func isAsked(r *registry) bool {
	for _, request := range r.requests {
		if request == "packument of p" {
			return true
		}
	}
	return false
}

func TestANameThatLooksVacantIsAskedOnceMore(t *testing.T) {
	type query = observed.Query
	for _, c := range []struct {
		name      string
		registry  *registry
		query     query
		asked     bool
		existence observed.Existence
	}{
		{"vacant", serving(unserved, unnamed), query{Version: "1.0.0"}, true, observed.Missing},
		{"unpublished", serving(unserved, unnamed, gone), query{Version: "1.0.0"}, true, observed.Unpublished},
		{"unpublished, only the name asked for", serving(unnamed, gone), query{}, true, observed.Unpublished},
		{"unpublished, with dist-tags that are there and empty", serving(unserved, emptyTags, gone), query{Version: "1.0.0"}, true, observed.Unpublished},
		{"there, with nothing in it", serving(unserved, emptyTags), query{Version: "1.0.0"}, true, observed.Exists},
		{"not to be found out", serving(unserved, unnamed, uncertain), query{Version: "1.0.0"}, true, observed.Unsure},

		{"served", serving(gone), query{Version: "1.0.0"}, false, observed.Exists},
		{"served, and the dist-tags lag behind", serving(unnamed, gone), query{Version: "1.0.0"}, false, observed.Exists},
		{"its tarball is on its way", serving(emptyTags, noTarball, gone), query{Version: "1.0.0"}, false, observed.Exists},
		{"another version", serving(unserved, otherTag, gone), query{Version: "1.0.0"}, false, observed.Exists},
		{"seeded just now", serving(unserved, unnamed, gone), query{Version: "1.0.0", Seeded: true}, false, observed.Reserved},
		{"accepted just now", serving(unserved, unnamed, gone), query{Version: "1.0.0", Accepted: true}, false, observed.Reserved},
		{"unreadable", serving(unreadable, unnamed, gone), query{Version: "1.0.0"}, false, observed.Unsure},
		{"held", serving(unserved, tagged("0.0.1-security"), gone), query{Version: "1.0.0"}, false, observed.Withdrawn},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			c.query.Name = "p"
			p := observe(t, c.registry, c.query)
			g.Expect(isAsked(c.registry)).To(Equal(c.asked), "%v", c.registry.requests)
			g.Expect(p.Existence).To(Equal(c.existence))
			if c.existence == observed.Unpublished {
				g.Expect(p.UnpublishedAt).To(Equal(removed))
			} else {
				g.Expect(p.UnpublishedAt).To(BeZero())
			}
			if c.registry.goneErr != nil {
				g.Expect(p.Err).To(MatchError(errBroken), "the reason is told")
			}
		})
	}
}

func TestAskingOnceMoreEndsWithItsContext(t *testing.T) {
	g := NewWithT(t)
	ctx, cancel := context.WithCancel(t.Context())
	r := serving(unserved, unnamed, func(r *registry) {
		r.before = func(_ context.Context, request string) {
			if request == "packument of p" {
				cancel()
			}
		}
	})
	snapshot, err := observed.Observer{Registry: r}.Observe(ctx, []observed.Query{{Name: "p", Version: "1.0.0"}})
	g.Expect(snapshot).To(BeNil())
	g.Expect(err).To(MatchError(context.Canceled))
}
