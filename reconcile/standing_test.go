package reconcile_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

func refused(o *sandbox.Options) { o.NoStatus = true }

// answering has the registry answer the uploads of a package, from the n-th on, in its own way.
func answering(s *stage, name string, first, times, status int, message string) *int {
	count := 0
	s.faults = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPut && r.URL.Path == "/"+name {
			if count++; count >= first && count < first+times {
				_, _ = io.Copy(io.Discard, r.Body)
				w.WriteHeader(status)
				_, _ = fmt.Fprintf(w, `{"error":%q}`, message)
				return
			}
		}
		next.ServeHTTP(w, r)
	}
	return &count
}

func findings(result reconcile.Result) (all []string) {
	for _, f := range result.Findings {
		all = append(all, fmt.Sprintf("%s %s", f.Type, f.Package))
	}
	return all
}

func TestAVersionThatIsBlockedAmidTheWaitIsStuckAtOnce(t *testing.T) {
	for _, c := range []struct {
		name  string
		shape []func(*sandbox.Options)
		atEnd bool
	}{
		{"where the registry says so", nil, false},
		{"else at the deadline", []func(*sandbox.Options){refused}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			s := setUp(t, "cli@1.0.0", 40*time.Minute, c.shape...)
			seedAndTrust(t, s)
			began := s.clock.Now()
			s.clock.then = func() {
				if s.clock.Now().Sub(began) > 5*time.Minute {
					_ = s.npm.Block("cli-linux-x64", "1.0.0")
				}
			}
			result := s.run(t, reconcile.Policy{})
			g.Expect(result.ExitCode()).To(Equal(reconcile.ExitWaiting))
			g.Expect(findings(result)).To(Equal([]string{"Stuck cli-linux-x64"}))
			g.Expect(s.clock.Now().Sub(began) > 30*time.Minute).To(Equal(c.atEnd))
			g.Expect(strings.Contains(result.Findings[0].Next, "appeal")).To(Equal(!c.atEnd))
		})
	}
}

func TestNothingOfAReleaseIsSentWhenANumberOfItIsBurnt(t *testing.T) {
	for name, shape := range map[string]func(*sandbox.Options){
		"by the status": func(*sandbox.Options) {},
		"by the numbers, where the status is refused": refused,
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			s := setUp(t, "cli@1.0.0", 0, shape)
			seedAndTrust(t, s)
			g.Expect(s.run(t, reconcile.Policy{Packages: []spec.Name{"cli-linux-x64"}}).PublishedNow).To(HaveLen(1))
			g.Expect(s.npm.Remove("cli-linux-x64", "1.0.0")).To(Succeed())
			before := len(s.puts())
			result := s.run(t, reconcile.Policy{})
			g.Expect(result.ExitCode()).To(Equal(reconcile.ExitError))
			g.Expect(findings(result)).To(Equal([]string{"Burnt cli-linux-x64"}))
			g.Expect(s.puts()).To(HaveLen(before), "nothing was sent")
			g.Expect(result.Findings[0].Next).To(ContainSubstring("release 1.0.1"))
		})
	}
}

func TestARefusedStatusIsAskedForOncePerCredential(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, "cli@1.0.0", 10*time.Minute, refused)
	seedAndTrust(t, s)
	before := len(s.npm.Requests())
	g.Expect(s.run(t, reconcile.Policy{}).ExitCode()).To(Equal(reconcile.ExitOK))
	asked := map[string]int{}
	for _, r := range s.npm.Requests()[before:] {
		if strings.HasSuffix(r.Path, "/status") {
			asked[r.Path]++
		}
	}
	total := 0
	for _, n := range asked {
		total += n
	}
	g.Expect(asked).To(HaveLen(3), "each package by its own token")
	g.Expect(total).To(BeNumerically("<=", 4), "and once by the session, which is refused for all: %v", asked)
}

func TestAnswersAboutANumberHaveOutcomesOfTheirOwn(t *testing.T) {
	const name = "cli-linux-x64"
	for _, c := range []struct {
		name     string
		status   int
		message  string
		times    int
		exit     int
		outcome  string
		findings []string
		said     string // by the change, beside npm's own words
		sent     int
	}{
		{"burnt", 400, `Cannot publish over previously published version "1.0.0".`, 9, reconcile.ExitError, "failed",
			[]string{"Burnt " + name}, "release 1.0.1", 1},
		{"staged", 409, "Cannot publish over previously staged version 1.0.0: approval pending", 9, reconcile.ExitHuman, "refused", nil, "approves it", 1},
		{"pending", 409, "Cannot publish over previously staged version", 9, reconcile.ExitWaiting, "done",
			[]string{"Stuck " + name}, "has it already", 1},
		{"another version", 409, "Cannot publish over previously staged version 0.9.0", 9, reconcile.ExitWaiting, "doubted", nil, "another version", 1},
		{"a race that is over", 409, "Failed to save packument", 1, reconcile.ExitOK, "done", nil, "", 2},
		{"a race that lasts", 409, "Failed to save packument", 9, reconcile.ExitWaiting, "doubted", nil, "another change", 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			s := setUp(t, "cli@1.0.0", 0, refused)
			seedAndTrust(t, s)
			sent := answering(s, name, 1, c.times, c.status, c.message)
			result := s.run(t, reconcile.Policy{})
			g.Expect(result.ExitCode()).To(Equal(c.exit), "%v", outcomes(result))
			g.Expect(outcomes(result)).To(ContainElement(name + " publish " + c.outcome))
			g.Expect(findings(result)).To(Equal(c.findings))
			g.Expect(*sent).To(Equal(c.sent))
			if c.said == "" {
				return
			}
			for _, p := range result.Packages() {
				if p.Name == name {
					g.Expect(p.Changes[0].Message).To(And(ContainSubstring(c.message), ContainSubstring(c.said)))
				}
			}
		})
	}
}

func TestANumberThatIsTakenTurnsOutToBeBurnt(t *testing.T) {
	g := NewWithT(t)
	const name = "cli-linux-x64"
	s := setUp(t, "cli@1.0.0", 0)
	seedAndTrust(t, s)
	var told atomic.Bool
	s.faults = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		switch {
		case r.Method == http.MethodPut && r.URL.Path == "/"+name: // as npm has said of deleted versions, too
			_, _ = io.Copy(io.Discard, r.Body)
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, `{"error":"You cannot publish over the previously published versions: 1.0.0."}`)
			told.Store(true)
		case told.Load() && r.URL.Path == "/-/package/"+name+"/version/1.0.0/status":
			_, _ = io.WriteString(w, `{"packageName":"`+name+`","version":"1.0.0","status":"deleted"}`)
		default:
			next.ServeHTTP(w, r)
		}
	}
	result := s.run(t, reconcile.Policy{Packages: []spec.Name{name}})
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitError))
	g.Expect(outcomes(result)).To(ContainElement(name + " publish failed"))
	g.Expect(findings(result)).To(Equal([]string{"Burnt " + name}))
}

// Who waits for one package of a release is told of that one, whatever becomes of the others.
func TestWaitingForOnePackageGoesOnWhereAnotherIsBlocked(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, "cli@1.0.0", 10*time.Minute)
	seedAndTrust(t, s)
	_, err := reconcile.Run(t.Context(), s.world, s.want, reconcile.Policy{}, reconcile.Options{Concurrency: 8})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(s.npm.Block("cli-darwin-arm64", "1.0.0")).To(Succeed())
	s.want.TrustedPublishers = nil
	policy := reconcile.Policy{Token: true, Actions: []reconcile.Action{reconcile.Publish}, Packages: []spec.Name{"cli-linux-x64"}}
	began := s.clock.Now()
	world := reconcile.World{Observer: s.world.Observer, Clock: s.clock}
	result, err := reconcile.Run(t.Context(), world, s.want, policy, reconcile.Options{Timeout: time.Hour, Await: true})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitOK))
	g.Expect(s.clock.Now().Sub(began)).To(BeNumerically(">", 5*time.Minute))

	policy.Packages = nil
	result, err = reconcile.Run(t.Context(), world, s.want, policy, reconcile.Options{Timeout: time.Hour, Await: true})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitWaiting), "the release never comes")
}
