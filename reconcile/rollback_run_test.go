package reconcile_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// ungiven is a stage whose releases nobody has asked for by a tag.
func ungiven(s *stage) *stage {
	for i := range s.want.Releases {
		s.want.Releases[i].Given = false
	}
	return s
}

func TestRunMovesTheDistTagOfWhatItSawArrive(t *testing.T) {
	g := NewWithT(t)
	s := ungiven(setUp(t, "lib@1.0.0", 10*time.Minute))
	seedAndTrust(t, s)
	s.run(t, reconcile.Policy{})
	began := s.clock.Now()
	showLatest(s, "0.0.1", func() bool { return s.clock.Now().Sub(began) < 3*time.Minute })
	result := s.run(t, reconcile.Policy{})
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitHuman), "it was served before")
	g.Expect(result.Findings).To(ContainElement(HaveField("Type", reconcile.Behind)))

	s = ungiven(setUp(t, "lib@1.0.0", 10*time.Minute))
	seedAndTrust(t, s)
	began = s.clock.Now()
	showLatest(s, "0.0.1", func() bool { return s.clock.Now().Sub(began) < 13*time.Minute }) // 3 after it is served
	result = s.run(t, reconcile.Policy{})
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitOK))
	g.Expect(result.Findings).To(BeEmpty(), "a dist-tag that lags is waited for")
	for _, r := range s.npm.Requests() {
		g.Expect(r.Method + r.Path).NotTo(MatchRegexp("PUT.*/dist-tags/"))
	}
}

func TestRunMovesTheDistTagOfWhatItFoundInItsScan(t *testing.T) {
	g := NewWithT(t)
	s := ungiven(setUp(t, "lib@1.0.0", 10*time.Minute))
	seedAndTrust(t, s)
	_, err := reconcile.Run(t.Context(), s.world, s.want, reconcile.Policy{}, reconcile.Options{Concurrency: 8}) // and is cut off
	g.Expect(err).NotTo(HaveOccurred())
	began := s.clock.Now()
	showLatest(s, "0.0.1", func() bool { return s.clock.Now().Sub(began) < 13*time.Minute }) // 3 after it is served
	result := s.run(t, reconcile.Policy{})
	g.Expect(result.Findings).To(BeEmpty(), "the registry said that it was being scanned")
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitOK))
}

// backFrom is a stage on which lib@1.0.0 and 1.1.0 are served and the state file goes back to 1.0.0.
func backFrom(t *testing.T) *stage {
	t.Helper()
	s := setUp(t, "lib@1.0.0", 0)
	seedAndTrust(t, s)
	back := s.want
	s.run(t, reconcile.Policy{})
	s.want.Releases = selected(setUp(t, "lib@1.1.0", 0))
	NewWithT(t).Expect(s.run(t, reconcile.Policy{}).ExitCode()).To(Equal(reconcile.ExitOK))
	s.want = back
	for i := range s.want.Releases {
		if r := &s.want.Releases[i]; r.Selected {
			r.Pinned, r.Rollback, r.Given = true, true, false
			r.Withdrawn = []desired.Withdrawal{{Version: "1.1.0", Message: "broken"}}
		}
	}
	s.world.Deprecator = actor.Deprecator{Registry: s.client, Credentials: actor.Session{Token: s.npm.Session()}}
	return s
}

func TestARollbackGoesBackOnlyFromWhereItWasApproved(t *testing.T) {
	g := NewWithT(t)
	s := backFrom(t)
	allowed := map[spec.Name][]reconcile.Action{"lib": {reconcile.Tag, reconcile.Deprecate}}
	result := s.run(t, reconcile.Policy{Allowed: allowed, From: map[spec.Name]spec.Version{"lib": "1.0.5"}})
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitHuman))
	g.Expect(changeOf(result, "lib", reconcile.Tag).Message).To(And(ContainSubstring("it pointed at 1.0.5 and has come to point at 1.1.0"),
		ContainSubstring("plan again")))
	g.Expect(changeOf(result, "lib", reconcile.Deprecate).Outcome).To(BeEmpty())

	result = s.run(t, reconcile.Policy{Allowed: allowed, From: map[spec.Name]spec.Version{"lib": "1.1.0"}})
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitOK))
	g.Expect(outcomes(result)).To(ContainElements("lib tag done", "lib deprecate done"))
}

func TestADeprecationThatLagsIsWaitedFor(t *testing.T) {
	g := NewWithT(t)
	s := backFrom(t)
	var before *httptest.ResponseRecorder // what is shown of 1.1.0 until a minute after it was deprecated
	var end time.Time
	s.faults = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		stale := r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/lib/1.1.0")
		switch {
		case stale && before == nil:
			before = httptest.NewRecorder()
			next.ServeHTTP(before, r)
		case r.Method == http.MethodPut && r.URL.Path == "/lib":
			end = s.clock.Now().Add(time.Minute)
		}
		if stale && (end.IsZero() || s.clock.Now().Before(end)) {
			_, _ = w.Write(before.Body.Bytes())
			return
		}
		next.ServeHTTP(w, r)
	}
	s.world.Progress = func(e reconcile.Event) {
		if e.Type == reconcile.Finished { // the next look is later
			_ = s.clock.Wait(t.Context(), time.Second)
		}
	}
	result := s.run(t, reconcile.Policy{Actions: []reconcile.Action{reconcile.Tag, reconcile.Deprecate}})
	g.Expect(outcomes(result)).To(ContainElement("lib deprecate done"))
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitOK))
	g.Expect(end.IsZero()).To(BeFalse())
}
