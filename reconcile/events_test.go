package reconcile_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

func TestRunTellsWhatItDoes(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, "lib@1.0.0", 20*time.Second)
	seedAndTrust(t, s)
	s.events = nil
	s.run(t, reconcile.Policy{})

	var told []string
	var size int64
	for _, e := range s.events {
		if len(told) == 0 || told[len(told)-1] != string(e.Type) {
			told = append(told, string(e.Type))
		}
		switch e.Type {
		case reconcile.Observed:
			g.Expect(e.Plan.Packages()).NotTo(BeEmpty())
		case reconcile.Sending:
			g.Expect(e.Package).To(Equal(spec.Name("lib")))
			g.Expect(e.Sent).To(Or(BeZero(), Equal(e.Size)), "it is too small to be sent in parts")
			size = e.Size
		case reconcile.Waiting:
			g.Expect(e.Waits).To(Equal(map[spec.Name]string{"lib": "to be served"}))
		case reconcile.NowServed:
			g.Expect(e.Package).To(Equal(spec.Name("lib")), "it alone was not served before")
			g.Expect(e.Version).To(Equal(spec.Version("1.0.0")))
			g.Expect(e.Elapsed).To(BeNumerically(">=", 20*time.Second))
		}
	}
	waits := strings.Repeat("observed waiting ", strings.Count(strings.Join(told, " "), "waiting"))
	g.Expect(strings.Join(told, " ")).To(Equal("begun observed started sending finished " + waits + "served observed ended"))
	g.Expect(size).To(BeNumerically(">", 0))
}

func TestRunIsNeverSilentWhileItWaits(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, "lib@1.0.0", 0)
	seedAndTrust(t, s)
	free := s.clock.Now().Add(30 * time.Minute)
	s.faults = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPut && s.clock.Now().Before(free) {
			w.Header().Set("Retry-After", "1800")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		next.ServeHTTP(w, r)
	}
	s.events = nil
	g.Expect(s.run(t, reconcile.Policy{}).ExitCode()).To(Equal(reconcile.ExitOK))
	g.Expect(s.clock.waits).To(HaveEach(BeNumerically("<=", 30*time.Second)))
	var waited time.Duration
	for _, e := range s.events {
		if e.Type == reconcile.Waiting {
			g.Expect(e.Elapsed - waited).To(BeNumerically("<=", 31*time.Second))
			waited = e.Elapsed
		}
	}
	g.Expect(waited).To(BeNumerically(">", 25*time.Minute))
}
