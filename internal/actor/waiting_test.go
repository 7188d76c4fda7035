package actor_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func TestWhatWaitsIsReadAsItWouldBeApproved(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	s.mayStage(t, "lib")
	held := s.staged(t, "1.0.0", "1.1.0")[1]
	waiting := &actor.Waiting{Registry: s.client, Spool: t.TempDir()}
	tarball, err := waiting.Tarball(t.Context(), "lib", "1.1.0")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(tarball.Shasum).To(Equal(held.Shasum))
	g.Expect(tarball.Close()).To(Succeed())
	beEmptyFolder(t, waiting.Spool)

	_, err = waiting.Tarball(t.Context(), "lib", "2.0.0")
	g.Expect(err).To(And(MatchError(spec.ErrNotFound), MatchError(ContainSubstring("lib@2.0.0 is not among what this session is shown"))))
	lists := 0
	for _, r := range s.npm.Requests() {
		if r.Method == http.MethodGet && strings.TrimSuffix(r.Path, "/") == "/-/stage" {
			lists++
		}
	}
	g.Expect(lists).To(Equal(3), "two of them by staged")
}

func TestWhatMayNotBeSeenIsNotThere(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		want   error
	}{
		"the session is refused":           {http.StatusUnauthorized, spec.ErrNotFound},
		"the registry has nothing of that": {http.StatusNotFound, spec.ErrNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			s := setUp(t)
			s.refuse(c.status, http.MethodGet, "/-/stage", 9)
			_, err := (&actor.Waiting{Registry: s.client}).Tarball(t.Context(), "lib", "1.0.0")
			NewWithT(t).Expect(err).To(MatchError(c.want))
		})
	}
	g := NewWithT(t)
	s := setUp(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := (&actor.Waiting{Registry: s.client}).Tarball(ctx, "lib", "1.0.0")
	g.Expect(err).To(And(MatchError(context.Canceled), Not(MatchError(spec.ErrNotFound))), "what could not be asked may be there")
}
