package actor_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

// asked counts the requests for a status, by package.
func (s *stage) asked() map[string]int {
	asked := map[string]int{}
	for _, r := range s.npm.Requests() {
		if path, ok := strings.CutSuffix(r.Path, "/status"); ok && r.Method == http.MethodGet {
			asked[strings.Split(strings.TrimPrefix(path, "/-/package/"), "/version/")[0]]++
		}
	}
	return asked
}

func TestStatusesAreAskedForWithWhatIsAtHand(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	g.Expect((&actor.Statuses{Registry: s.client}).Status(t.Context(), "@s/p", "0.0.1")).To(BeEmpty(), "nothing is at hand")
	g.Expect(s.asked()).To(BeEmpty())

	statuses := &actor.Statuses{Registry: s.client, Session: s.npm.Session()}
	g.Expect(statuses.Status(t.Context(), "@s/p", "0.0.1")).To(BeEmpty(), "there is no such version")
	s.seed(t, "@s/p")
	g.Expect(statuses.Status(t.Context(), "@s/p", "0.0.1")).To(Equal(spec.StatusPublished))
	g.Expect(s.npm.Block("@s/p", "0.0.1")).To(Succeed())
	g.Expect(statuses.Status(t.Context(), "@s/p", "0.0.1")).To(Equal(spec.StatusBlocked))
	g.Expect(s.npm.Remove("@s/p", "0.0.1")).To(Succeed())
	g.Expect(statuses.Status(t.Context(), "@s/p", "0.0.1")).To(Equal(spec.StatusDeleted))
}

func TestWhatWasStagedAndIsRejectedIsNotThereAnyMore(t *testing.T) {
	g := NewWithT(t)
	answers := []string{`{"status":"staged"}`, "", `{"status":"validating"}`, ""}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		answer := answers[0]
		if answers = answers[1:]; answer == "" {
			w.WriteHeader(http.StatusNotFound)
			answer = `"Not Found"`
		}
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(server.Close)
	address, err := url.Parse(server.URL)
	g.Expect(err).NotTo(HaveOccurred())
	session := spec.NewSecret("npm_session")
	statuses := &actor.Statuses{Registry: clientOf(t, address, session), Session: session}
	for _, want := range []spec.Status{spec.StatusStaged, "", spec.StatusValidating, spec.StatusValidating} {
		g.Expect(statuses.Status(t.Context(), "@s/p", "1.0.0")).To(Equal(want))
	}
}

func TestASessionThatIsRefusedAsksNoMore(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, func(o *sandbox.Options) { o.NoStatus = true })
	statuses := &actor.Statuses{Registry: s.client, Session: s.npm.Session()}
	done := make(chan spec.Status)
	for range 8 {
		for _, name := range []spec.Name{"a", "b"} {
			go func() { done <- statuses.Status(t.Context(), name, "1.0.0") }()
		}
	}
	for range 16 {
		g.Expect(<-done).To(BeEmpty())
	}
	total := 0
	for _, n := range s.asked() {
		total += n
	}
	g.Expect(total).To(Equal(1), "one refusal holds for the run, also for questions at the same time")
}

func TestAPackageOfWhichNoStatusComesIsAskedAboutLessAndLess(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	statuses := &actor.Statuses{Registry: s.client, Session: s.npm.Session()}
	for range 20 {
		g.Expect(statuses.Status(t.Context(), "a", "1.0.0")).To(BeEmpty())
	}
	g.Expect(statuses.Status(t.Context(), "b", "1.0.0")).To(BeEmpty())
	g.Expect(s.asked()).To(Equal(map[string]int{"a": 6, "b": 1}))
}

func TestTheLastWordHoldsWhileNoOtherIsTold(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	s.trusted(t, "lib")
	exchange := s.exchange()
	_, err := exchange.For(t.Context(), "lib")
	g.Expect(err).NotTo(HaveOccurred())
	statuses := &actor.Statuses{Registry: s.client, Exchange: exchange}
	g.Expect(statuses.Status(t.Context(), "lib", "0.0.1")).To(Equal(spec.StatusPublished))
	g.Expect(s.npm.Block("lib", "0.0.1")).To(Succeed())
	s.refuse(http.StatusInternalServerError, http.MethodGet, "/status", 1)
	g.Expect(statuses.Status(t.Context(), "lib", "0.0.1")).To(Equal(spec.StatusPublished), "the registry has failed")
	g.Expect(statuses.Status(t.Context(), "lib", "0.0.1")).To(Equal(spec.StatusBlocked))

	s.clock.Pass(2 * time.Hour)
	g.Expect(statuses.Status(t.Context(), "lib", "0.0.1")).To(Equal(spec.StatusBlocked), "the token has expired")
	g.Expect(statuses.Status(t.Context(), "lib", "0.0.2")).To(BeEmpty())
	g.Expect(s.asked()).To(Equal(map[string]int{"lib": 3}))
}

// Of a version that was rejected the number is free again: the registry knows of none, and it may be staged anew.
func TestWhatWasRejectedIsStagedNoMore(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	s.mayStage(t, "lib")
	waiting := s.staged(t, "1.0.0")[0]
	statuses := &actor.Statuses{Registry: s.client, Session: s.npm.Session()}
	g.Expect(statuses.Status(t.Context(), waiting.Name, waiting.Version)).To(Equal(spec.StatusStaged))
	g.Expect(s.client.Reject(t.Context(), waiting)).To(Succeed())
	s.refuse(http.StatusInternalServerError, http.MethodGet, "/status", 1)
	g.Expect(statuses.Status(t.Context(), waiting.Name, waiting.Version)).To(Equal(spec.StatusStaged), "the registry has failed")
	g.Expect(statuses.Status(t.Context(), waiting.Name, waiting.Version)).To(BeEmpty())
}
