package reconcile_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

func TestRunReadsBackAfterAnAnswerThatWasLost(t *testing.T) {
	for _, c := range []struct {
		name   string
		lose   func(w http.ResponseWriter, r *http.Request, next http.Handler)
		landed bool
	}{
		{"and finds that it landed", func(_ http.ResponseWriter, r *http.Request, next http.Handler) {
			next.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		}, true},
		{"and finds that it did not", func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.WriteHeader(http.StatusBadGateway)
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			s := setUp(t, "cli@1.0.0", time.Minute)
			seedAndTrust(t, s)
			s.faults = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				if r.Method == http.MethodPut && r.URL.Path == "/cli-linux-x64" {
					c.lose(w, r, next)
					return
				}
				next.ServeHTTP(w, r)
			}
			result := s.run(t, reconcile.Policy{})
			g.Expect(count(s.puts(), "cli-linux-x64")).To(Equal(2), "the seed and one publish: never a second")
			if c.landed {
				g.Expect(result.ExitCode()).To(Equal(reconcile.ExitOK))
				g.Expect(outcomes(result)).To(ContainElement("cli-linux-x64 publish done"))
				g.Expect(result.PublishedNow).To(ContainElement("cli-linux-x64@1.0.0"))
				return
			}
			g.Expect(result.ExitCode()).To(Equal(reconcile.ExitWaiting))
			g.Expect(outcomes(result)).To(ContainElement("cli-linux-x64 publish doubted"))
			s.faults = nil
			g.Expect(s.run(t, reconcile.Policy{}).ExitCode()).To(Equal(reconcile.ExitOK), "running again finishes it")
		})
	}
}

func TestRunTriesAgainWhatTheRegistryDidNotLookAt(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, "lib@1.0.0", 0)
	seedAndTrust(t, s)
	turnedAway := 0
	s.faults = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPut && turnedAway == 0 {
			turnedAway++
			w.WriteHeader(http.StatusBadGateway) // before any of the body was sent
			return
		}
		next.ServeHTTP(w, r)
	}
	result := s.run(t, reconcile.Policy{})
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitOK))
	g.Expect(result.PublishedNow).To(Equal([]string{"lib@1.0.0"}))
}

func TestRunFindsOtherBytesInPlaceOfItsOwn(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, "cli@1.0.0", time.Minute)
	seedAndTrust(t, s)
	s.world.Publisher = otherBytes{s.world.Publisher}
	result := s.run(t, reconcile.Policy{})
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitError))
	g.Expect(result.Findings).To(ContainElement(HaveField("Type", reconcile.Conflict)))
	g.Expect(result.PublishedNow).NotTo(ContainElement("cli@1.0.0"), "the entry is not published over a conflict")
}

// otherBytes says of one package that something else was sent than what was.
type otherBytes struct{ reconcile.Publisher }

func (o otherBytes) Publish(ctx context.Context, p reconcile.Publication) (spec.Integrity, error) {
	integrity, err := o.Publisher.Publish(ctx, p)
	if p.Package.Name == "cli-linux-x64" {
		integrity = spec.NewIntegrity([64]byte{1})
	}
	return integrity, err
}

func TestRunStopsAReleaseBeforeItsFirstPublish(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, "cli@1.0.0", 0)
	seedAndTrust(t, s)
	before := len(s.puts())
	s.world.Inspector = broken{}
	result := s.run(t, reconcile.Policy{})
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitError))
	g.Expect(s.puts()).To(HaveLen(before))
	g.Expect(outcomes(result)).To(ConsistOf("cli publish held", "cli-darwin-arm64 publish failed", "cli-linux-x64 publish failed"))
}

// broken has no good artifact for any platform.
type broken struct{}

func TestRunGivesUpOnWhatStaysUnreadable(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, "cli@1.0.0", 0)
	seedAndTrust(t, s)
	s.faults = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, "/cli-linux-x64/") {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		next.ServeHTTP(w, r)
	}
	before := len(s.puts())
	result := s.run(t, reconcile.Policy{})
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitError))
	g.Expect(result.Findings).To(ContainElement(SatisfyAll(HaveField("Type", reconcile.Unreadable), HaveField("Package", spec.Name("cli-linux-x64")))))
	g.Expect(result.PublishedNow).NotTo(ContainElement("cli@1.0.0"))
	g.Expect(strings.Join(s.puts()[before:], " ")).NotTo(ContainSubstring("cli-linux-x64"), "unknown is not absent")
}

func TestRunEndsCleanlyWhenInterrupted(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, "cli@1.0.0", time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	s.clock.then = cancel
	result, err := reconcile.Run(ctx, s.world, s.want, reconcile.Policy{}, reconcile.Options{Concurrency: 8, Timeout: 2 * time.Hour})
	g.Expect(err).To(MatchError(context.Canceled))
	g.Expect(outcomes(result)).To(ContainElements("cli-linux-x64 publish done", "cli publish"))
	g.Expect(result.PublishedNow).To(HaveLen(2))
	g.Expect(result.Interrupted).To(BeTrue())
	served, _ := result.Packages()[1].Condition(reconcile.Served)
	g.Expect(served.Reason).To(Equal("Accepted"), "that was seen since")
}

func TestRunThatIsInterruptedDoesNotShowWhatWasBeforeForWhatIs(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, "lib@1.0.0", 0)
	seedAndTrust(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	s.world.Publisher = leaving{s.world.Publisher, cancel}
	result, err := reconcile.Run(ctx, s.world, s.want, reconcile.Policy{}, reconcile.Options{Concurrency: 8, Timeout: time.Hour})
	g.Expect(err).To(MatchError(context.Canceled))
	g.Expect(result.PublishedNow).To(Equal([]string{"lib@1.0.0"}))
	g.Expect(result.Summary.Converged).To(BeFalse())
	for _, c := range result.Packages()[len(result.Packages())-1].Conditions {
		if c.Type == reconcile.Seeded || c.Type == reconcile.Trusted {
			g.Expect(c.Status).To(Equal(reconcile.True), "%v is as it was", c)
			continue
		}
		g.Expect(c).To(And(HaveField("Status", reconcile.Unknown), HaveField("Reason", reconcile.ReasonInterrupted)))
	}
}

// leaving is interrupted right after it has published.
type leaving struct {
	reconcile.Publisher
	cancel context.CancelFunc
}

func (l leaving) Publish(ctx context.Context, p reconcile.Publication) (spec.Integrity, error) {
	defer l.cancel()
	return l.Publisher.Publish(ctx, p)
}

// failFor answers 503 to requests that concern a package's version, from the look after the publish on, for n looks.
func failFor(s *stage, path string, from, n int) {
	looks := 0
	s.faults = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodGet && r.URL.Path == path {
			if looks++; looks > from && looks <= from+n {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
		}
		next.ServeHTTP(w, r)
	}
}

func TestRunOutlastsARegistryThatFailsWhileItWaits(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, "cli@1.0.0", 30*time.Minute)
	seedAndTrust(t, s)
	failFor(s, "/cli-linux-x64/1.0.0", 4, 60)
	result := s.run(t, reconcile.Policy{})
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitOK), "what was accepted is waited for")
	g.Expect(result.PublishedNow).To(HaveLen(3))
}

func TestRunComesBackWhenTheRegistryAsksToBeLeftAlone(t *testing.T) {
	for _, method := range []string{http.MethodPut, http.MethodGet} {
		t.Run(method, func(t *testing.T) {
			g := NewWithT(t)
			s := setUp(t, "lib@1.0.0", 0)
			seedAndTrust(t, s)
			free := s.clock.Now().Add(30 * time.Minute)
			s.faults = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				if r.Method == method && strings.HasPrefix(r.URL.Path, "/lib") && s.clock.Now().Before(free) {
					w.Header().Set("Retry-After", "1934")
					w.WriteHeader(http.StatusTooManyRequests)
					return
				}
				next.ServeHTTP(w, r)
			}
			result := s.run(t, reconcile.Policy{})
			g.Expect(result.ExitCode()).To(Equal(reconcile.ExitOK))
			g.Expect(result.PublishedNow).To(Equal([]string{"lib@1.0.0"}))
		})
	}
}

func TestRunCallsADoubtfulPublishThatEndsInConflictNoSuccess(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, "lib@1.0.0", 0)
	seedAndTrust(t, s)
	s.world.Publisher = lost{s.world.Publisher}
	result := s.run(t, reconcile.Policy{})
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitError))
	g.Expect(outcomes(result)).To(Equal([]string{"lib publish doubted"}))
	g.Expect(result.PublishedNow).To(BeEmpty())
}

// lost publishes, reports that the answer was lost, and that other bytes were sent than are there now.
type lost struct{ reconcile.Publisher }

func (l lost) Publish(ctx context.Context, p reconcile.Publication) (spec.Integrity, error) {
	_, err := l.Publisher.Publish(ctx, p)
	return spec.NewIntegrity([64]byte{1}), errors.Join(err, spec.ErrDoubtful)
}

func TestRunThatIsInterruptedReportsNoFailures(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, "cli@1.0.0", 0)
	seedAndTrust(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	s.world.Publisher = ending{s.world.Publisher, cancel}
	result, err := reconcile.Run(ctx, s.world, s.want, reconcile.Policy{}, reconcile.Options{Concurrency: 8, Timeout: time.Hour})
	g.Expect(err).To(MatchError(context.Canceled))
	g.Expect(outcomes(result)).To(ConsistOf("cli publish", "cli-linux-x64 publish", "cli-darwin-arm64 publish"))
}

// What fails by itself while a run ends is no cancellation, whether somebody was going to look at it or not.
func TestRunThatIsInterruptedReportsWhatFailedByItself(t *testing.T) {
	lost := fmt.Errorf("the old one is gone, and putting it back failed: %w (%w)", context.Canceled, reconcile.ErrHalfDone)
	for name, test := range map[string]struct {
		breaks func(s *stage, cancel context.CancelFunc)
		says   []string
	}{
		"a refused publish": {func(s *stage, cancel context.CancelFunc) {
			s.world.Publisher = breaking{s.world.Publisher, cancel, nil, errors.New("the registry said no")}
		}, []string{"lib publish failed the registry said no"}},
		"a trust that was left half done": {func(s *stage, cancel context.CancelFunc) {
			s.want.TrustedPublishers[0].Claims[circleci.ClaimProject] = "another"
			s.world.Truster, s.world.Publisher = losing{cancel, lost}, nil
		}, []string{"lib trust failed " + lost.Error(), "lib publish"}},
		"a permission in the preflight": {func(s *stage, cancel context.CancelFunc) {
			s.world.Publisher = breaking{s.world.Publisher, cancel, errors.New("no such package"), nil}
		}, []string{"lib publish failed no such package"}},
		"the cancellation itself": {func(s *stage, cancel context.CancelFunc) {
			s.world.Publisher = breaking{s.world.Publisher, cancel, nil, fmt.Errorf("sending: %w", context.Canceled)}
		}, []string{"lib publish"}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			s := setUp(t, "lib@1.0.0", 0)
			seedAndTrust(t, s)
			ctx, cancel := context.WithCancel(t.Context())
			test.breaks(s, cancel)
			result, err := reconcile.Run(ctx, s.world, s.want, reconcile.Policy{}, reconcile.Options{Concurrency: 8, Timeout: time.Hour})
			g.Expect(err).To(MatchError(context.Canceled))
			var all []string
			for _, p := range result.Packages() {
				if p.Name != "lib" {
					continue
				}
				for _, c := range p.Changes {
					if c.Outcome == "" {
						c.Message = "" // of the plan
					}
					all = append(all, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", p.Name, c.Action, c.Outcome, c.Message)))
				}
			}
			g.Expect(all).To(ConsistOf(test.says))
		})
	}
}

// breaking is interrupted, and fails.
type breaking struct {
	reconcile.Publisher
	cancel           context.CancelFunc
	preflight, later error
}

func (f breaking) Authorize(ctx context.Context, name spec.Name) error {
	if f.preflight == nil {
		return f.Publisher.Authorize(ctx, name)
	}
	f.cancel()
	return f.preflight
}

func (f breaking) Publish(context.Context, reconcile.Publication) (spec.Integrity, error) {
	f.cancel()
	return "", f.later
}

// losing is a truster that is interrupted, and fails.
type losing struct {
	cancel context.CancelFunc
	err    error
}

func (l losing) Trust(context.Context, spec.Name, reconcile.Trusting) error {
	l.cancel()
	return l.err
}

// ending is interrupted while it gets its credentials.
type ending struct {
	reconcile.Publisher
	cancel context.CancelFunc
}

func (e ending) Authorize(ctx context.Context, _ spec.Name) error {
	e.cancel()
	return ctx.Err()
}

func TestRunBeforeAnythingWasObservedIsNotConverged(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, "cli@1.0.0", 0)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	result, err := reconcile.Run(ctx, s.world, s.want, reconcile.Policy{}, reconcile.Options{})
	g.Expect(err).To(MatchError(context.Canceled))
	g.Expect(result.Summary.Converged).To(BeFalse())
}

func TestRunAsksAgainWhereTheExchangeOfTokensFails(t *testing.T) {
	for _, c := range []struct {
		name  string
		entry bool // it fails when the entry's turn comes, after the long wait for its platforms
	}{{"before the first publish", false}, {"when the entry's turn comes", true}} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			s := setUp(t, "cli@1.0.0", 70*time.Minute) // longer than an exchanged token lasts
			seedAndTrust(t, s)
			s.world.Observer = observed.Observer{Registry: s.client, Concurrency: 8}
			start, failures := s.clock.Now(), 0
			s.faults = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				turn := !c.entry || s.clock.Now().Sub(start) > time.Hour
				if strings.HasSuffix(r.URL.Path, "/exchange/package/cli") && turn && failures < 5 {
					failures++ // the client's own repetitions included
					w.WriteHeader(http.StatusServiceUnavailable)
					return
				}
				next.ServeHTTP(w, r)
			}
			result, err := reconcile.Run(t.Context(), s.world, s.want, reconcile.Policy{}, reconcile.Options{Concurrency: 8, Timeout: 3 * time.Hour})
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(failures).To(Equal(5))
			g.Expect(result.ExitCode()).To(Equal(reconcile.ExitOK))
			g.Expect(result.PublishedNow).To(HaveLen(3))
		})
	}
}

func TestRunWaitsForOtherNodesThroughTrouble(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, "cli@1.0.0", time.Minute)
	seedAndTrust(t, s)
	other := s.world
	other.Clock = &clock{now: s.clock.now}
	_, err := reconcile.Run(t.Context(), other, s.want,
		reconcile.Policy{Packages: []spec.Name{"cli-linux-x64", "cli-darwin-arm64"}}, reconcile.Options{Concurrency: 1})
	g.Expect(err).NotTo(HaveOccurred())
	failFor(s, "/cli-linux-x64/1.0.0", 0, 40)
	result := s.run(t, reconcile.Policy{Packages: []spec.Name{"cli"}})
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitOK))
	g.Expect(result.PublishedNow).To(Equal([]string{"cli@1.0.0"}))
}

func TestRunIsNotHeldUpByWhatAnotherReleaseWasTold(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, "lib@1.0.0", 3*time.Second)
	seedAndTrust(t, s)
	s.faults = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.URL.Path == "/-/package/cli/dist-tags" {
			w.Header().Set("Retry-After", "1934")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		next.ServeHTTP(w, r)
	}
	g.Expect(s.run(t, reconcile.Policy{}).ExitCode()).To(Equal(reconcile.ExitOK))
	for _, wait := range s.clock.waits {
		g.Expect(wait).To(BeNumerically("<", time.Minute))
	}
}

func TestRunSaysWhatItWaitedForInVain(t *testing.T) {
	for _, c := range []struct {
		name   string
		tag    string
		breaks func(*http.Request) bool
		says   string
	}{
		{"the exchange fails", "cli@1.0.0", func(r *http.Request) bool {
			return strings.HasSuffix(r.URL.Path, "/exchange/package/cli")
		}, "cli publish postponed: it could not be asked whether this may be published: nothing was sent: exchanging the ID token for cli: the registry answered 503"},
		{"the dist-tag does not show", "lib@1.0.0", func(*http.Request) bool { return false },
			"lib tag doubted: the registry took latest with the version and does not show it yet"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			s := setUp(t, c.tag, 0)
			seedAndTrust(t, s)
			s.world.Observer = observed.Observer{Registry: s.client, Concurrency: 8}
			s.faults = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				switch {
				case c.breaks(r):
					w.WriteHeader(http.StatusServiceUnavailable)
				case r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/lib/dist-tags"):
					_, _ = io.WriteString(w, `{"latest": "0.0.1"}`)
				default:
					next.ServeHTTP(w, r)
				}
			}
			result, err := reconcile.Run(t.Context(), s.world, s.want, reconcile.Policy{}, reconcile.Options{Concurrency: 8, Timeout: 5 * time.Second})
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(result.ExitCode()).To(Equal(reconcile.ExitWaiting))
			var said []string
			for _, p := range result.Packages() {
				for _, change := range p.Changes {
					said = append(said, fmt.Sprintf("%s %s %s: %s", p.Name, change.Action, change.Outcome, change.Message))
				}
			}
			g.Expect(said).To(ContainElement(HavePrefix(c.says)))
		})
	}
}

func TestRunThatIsToTrustFailsWhereItCannotBeToldWhoIsTrusted(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, "lib@1.0.0", 0)
	seedAndTrust(t, s)
	s.world.Observer = observed.Observer{Registry: s.client, Trust: actor.Evidence{Now: s.clock.Now, Session: s.client}, Concurrency: 8}
	s.faults = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodGet && r.URL.Path == "/-/package/lib/trust" {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		next.ServeHTTP(w, r)
	}
	only := reconcile.Policy{Session: true, Actions: []reconcile.Action{reconcile.Trust}}
	result := s.run(t, only)
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitError))
	g.Expect(result.Findings).To(ContainElement(And(HaveField("Type", reconcile.Unreadable), HaveField("Message", ContainSubstring("500")))))
	only.Actions = []reconcile.Action{reconcile.Seed}
	g.Expect(s.run(t, only).ExitCode()).To(Equal(reconcile.ExitOK), "who seeds need not know")
	s.faults = nil
	only.Actions = []reconcile.Action{reconcile.Trust}
	g.Expect(s.run(t, only).ExitCode()).To(Equal(reconcile.ExitOK))
}

func TestRunDoesNotWaitForWhatComesAfterItsDeadline(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, "cli@1.0.0", 0)
	seedAndTrust(t, s)
	began := s.clock.Now()
	s.faults = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPut && r.URL.Path == "/cli-linux-x64" {
			w.Header().Set("Retry-After", "864000")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		next.ServeHTTP(w, r)
	}
	result := s.run(t, reconcile.Policy{})
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitWaiting))
	g.Expect(outcomes(result)).To(ContainElements("cli-linux-x64 publish postponed", "cli-darwin-arm64 publish done"))
	g.Expect(s.clock.Now().Sub(began)).To(BeNumerically("<", 10*time.Minute), "an hour of looking would not have helped")
	s.faults = nil
	g.Expect(s.run(t, reconcile.Policy{}).ExitCode()).To(Equal(reconcile.ExitOK))
}

func TestRunInspectsAlsoWhatCouldNotBeReadBeforeItSendsAnything(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, "cli@1.0.0", 0)
	seedAndTrust(t, s)
	before := len(s.puts())
	s.world.Inspector = spoilt{s.world.Inspector, "cli-linux-x64"}
	failFor(s, "/cli-linux-x64/1.0.0", 0, 4) // the first look, with the client's repetitions
	result := s.run(t, reconcile.Policy{})
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitError))
	g.Expect(s.puts()).To(HaveLen(before), "half of a release was sent although an artifact of it is bad")
}

// spoilt has an artifact that is not what it should be.
type spoilt struct {
	reconcile.Inspector
	name spec.Name
}

func (p spoilt) Inspect(ctx context.Context, what reconcile.Publication) (reconcile.Inspection, error) {
	if what.Package.Name == p.name {
		return reconcile.Inspection{}, errors.New("its artifact is not there: build it")
	}
	return p.Inspector.Inspect(ctx, what)
}

func TestRunIsConvergedWhereSomebodyElseMadeWhatItPutOff(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, "lib@1.0.0", 0)
	seedAndTrust(t, s)
	other := s.world
	other.Clock, other.Progress = &clock{now: s.clock.now}, nil
	looks := 0
	s.faults = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/lib/dist-tags") {
			if looks++; looks > 1 && looks < 6 { // just before the upload
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
		}
		next.ServeHTTP(w, r)
	}
	s.clock.then = func() {
		s.clock.then = nil
		_, err := reconcile.Run(t.Context(), other, s.want, reconcile.Policy{}, reconcile.Options{Concurrency: 1, Timeout: time.Minute})
		g.Expect(err).NotTo(HaveOccurred())
	}
	result := s.run(t, reconcile.Policy{})
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitOK))
	g.Expect(result.Summary.Converged).To(BeTrue())
	g.Expect(result.PublishedNow).To(BeEmpty(), "it was the other's")
}

func TestRunWaitsForOtherNodesThoughSomethingElseIsPutOffForDays(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, "", 0)
	seedAndTrust(t, s)
	for i := range s.want.Releases {
		s.want.Releases[i].Version = "1.0.0"
	}
	began := s.clock.Now()
	s.faults = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPut && r.URL.Path == "/lib" {
			w.Header().Set("Retry-After", "864000")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		next.ServeHTTP(w, r)
	}
	const timeout = 5 * time.Minute // each second of which is read
	result, err := reconcile.Run(t.Context(), s.world, s.want, reconcile.Policy{Packages: []spec.Name{"cli", "lib"}},
		reconcile.Options{Concurrency: 8, Timeout: timeout})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitWaiting))
	g.Expect(s.clock.Now().Sub(began)).To(BeNumerically(">=", timeout), "the other nodes may still publish the platforms")
}
