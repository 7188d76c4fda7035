package actor_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"golang.org/x/sync/errgroup"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

const (
	batch      = 22 // packages
	concurrent = 4
)

// change is a request that asks for a change, and its answer.
type change struct {
	method, path, code string // of the second factor
	status             int
}

// phases is a human at work on a whole batch, and a record of what that took.
type phases struct {
	*stage
	human *npm.Client
	pages atomic.Int64

	mu      sync.Mutex
	changes []change
	after   map[string]int // by method: the accepted change behind which the second factor's window closes
}

// atWork sets a stage on which every change takes a second factor.
func atWork(t *testing.T, window time.Duration, after map[string]int) *phases {
	t.Helper()
	g := NewWithT(t)
	s := &phases{after: after, stage: setUp(t, func(o *sandbox.Options) {
		o.NoSecondFactor, o.SecondFactorWindow = false, window
	})}
	registry, err := url.Parse(s.client.Registry())
	g.Expect(err).NotTo(HaveOccurred())
	s.human, err = npm.New(npm.Options{Registry: registry, Session: s.npm.Session(), SecondFactor: &npm.SecondFactor{
		Show: s.agree,
	}})
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(s.human.CloseIdleConnections)
	s.fail(s.watch)
	return s
}

// agree is the human, who opens the page and agrees at once.
func (s *phases) agree(ctx context.Context, page string) error {
	s.pages.Add(1)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, page, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer http.DefaultClient.CloseIdleConnections()
	return response.Body.Close()
}

// watch records changes, and closes the window when it is time.
func (s *phases) watch(w http.ResponseWriter, r *http.Request, next http.Handler) {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		next.ServeHTTP(w, r)
		return
	}
	answer := httptest.NewRecorder()
	next.ServeHTTP(answer, r)
	s.note(change{r.Method, r.URL.Path, r.Header.Get("npm-otp"), answer.Code})
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes()) // a client that is gone is the test's failure already
}

func (s *phases) note(c change) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changes = append(s.changes, c)
	if c.status == http.StatusOK && s.after[c.method] > 0 && len(s.accepted(c.method)) == s.after[c.method] {
		s.clock.Pass(6 * time.Minute)
	}
}

// phase does one thing to the whole batch, several at a time, and returns how many pages the human saw.
func (s *phases) phase(t *testing.T, do func(ctx context.Context, name spec.Name) error) int64 {
	t.Helper()
	before := s.pages.Load()
	group, ctx := errgroup.WithContext(t.Context())
	group.SetLimit(concurrent)
	for i := range batch {
		group.Go(func() error { return do(ctx, spec.Name(fmt.Sprintf("@s/p%d", i))) })
	}
	NewWithT(t).Expect(group.Wait()).To(Succeed())
	return s.pages.Load() - before
}

// accepted counts the changes that were made.
func (s *phases) accepted(method string) map[string]int {
	made := map[string]int{}
	for _, c := range s.changes {
		if c.method == method && c.status == http.StatusOK {
			made[c.path]++
		}
	}
	return made
}

func TestOneSecondFactorAPhase(t *testing.T) {
	for _, c := range []struct {
		name              string
		window            time.Duration
		after             map[string]int
		seeding, trusting int64 // pages
		codes             int   // that went stale
	}{
		{"the window stays open", 0, nil, 1, 0, 0},
		{"only the code is good", -1, nil, 1, 0, 0},
		{"the window closes half way through seeding", 0, map[string]int{http.MethodPut: batch / 2}, 2, 0, 1},
		{"the code ends half way through seeding", -1, map[string]int{http.MethodPut: batch / 2}, 2, 0, 1},
		{"the window closes between the phases", 0, map[string]int{http.MethodPut: batch}, 1, 1, 1},
		{"the window closes half way through trusting", 0, map[string]int{http.MethodPost: batch / 2}, 1, 1, 1},
		{"the window closes half way through each", 0, map[string]int{http.MethodPut: batch / 2, http.MethodPost: batch / 2}, 2, 1, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			s := atWork(t, c.window, c.after)
			g.Expect(s.phase(t, func(ctx context.Context, name spec.Name) error {
				return actor.Seeder{Registry: s.human, Credentials: s.session()}.Seed(ctx, desired.Package{Name: name}, "0.0.1")
			})).To(Equal(c.seeding), "pages while seeding")
			g.Expect(s.phase(t, func(ctx context.Context, name spec.Name) error {
				return actor.Truster{Registry: s.human}.Trust(ctx, name, reconcile.Trusting{Want: spec.TrustedPublishers{s.want}})
			})).To(Equal(c.trusting), "pages while trusting")

			for _, method := range []string{http.MethodPut, http.MethodPost} {
				made := s.accepted(method)
				g.Expect(made).To(HaveLen(batch))
				g.Expect(made).To(HaveEach(1), "each once")
			}
			for i := range batch {
				g.Expect(s.configured(t, spec.Name(fmt.Sprintf("@s/p%d", i)))).To(Equal([]string{s.project()}))
			}
			s.expectNoStaleCode(g, c.codes)
		})
	}
}

// expectNoStaleCode holds that no change repeats a code that was refused to it, and that a refused code is not taken up by
// changes that begin later: what was under way beside the one that found out is all.
func (s *phases) expectNoStaleCode(g *WithT, codes int) {
	refused, repeated := map[string]int{}, map[change]int{}
	for _, c := range s.changes {
		if c.code != "" && c.status == http.StatusUnauthorized {
			refused[c.code]++
			repeated[c]++
		}
	}
	g.Expect(refused).To(HaveLen(codes), "codes that went stale")
	for code, times := range refused {
		g.Expect(times).To(BeNumerically("<=", concurrent), code)
	}
	for c, times := range repeated {
		g.Expect(times).To(Equal(1), "%v", c)
	}
}
