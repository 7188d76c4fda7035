package reconcile_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/ci/idtoken"
	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/report/advice"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
	"github.com/agent-facets/facets-reconcile/internal/sandbox/sandboxtest"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

const groups = `
    - name: cli
      tag: cli@{version}
      entry: {package: cli, artifact: dist/cli}
      platforms: {package: "cli-{target}", artifact: "dist/cli-{target}", targets: [linux-x64, darwin-arm64]}
    - name: libraries
      tag: "{package}@{version}"
      packages: [{package: lib, artifact: dist/lib}]
`

// clock passes time only when it is waited for.
type clock struct {
	mu    sync.Mutex
	now   time.Time
	waits []time.Duration
	then  func() // called when time passes
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Wait(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	c.now, c.waits = c.now.Add(d), append(c.waits, d)
	then := c.then
	c.mu.Unlock()
	if then != nil {
		then()
	}
	return ctx.Err()
}

// stage is a sandbox with everything that a run needs, all of it real but the clock.
type stage struct {
	clock  *clock
	npm    *sandbox.World
	client *npm.Client
	world  reconcile.World
	want   reconcile.Desired
	faults func(w http.ResponseWriter, r *http.Request, next http.Handler)

	mu     sync.Mutex
	events []reconcile.Event
}

// setUp makes a stage on which tag is released; scan is how long the registry holds a version back.
func setUp(t *testing.T, tag string, scan time.Duration, shape ...func(*sandbox.Options)) *stage {
	t.Helper()
	g := NewWithT(t)
	state := sandboxtest.State(t, groups)
	tp := state.TrustedPublishers()[0]
	s := &stage{clock: &clock{now: time.Now()}}
	o := sandbox.Options{
		Repository: "o/r", Claims: tp.Claims, Now: s.clock.Now, NoSecondFactor: true,
		ScanDelay: func(spec.Name, spec.Version) time.Duration { return scan },
		Middleware: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if s.faults != nil {
					s.faults(w, r, next)
					return
				}
				next.ServeHTTP(w, r)
			})
		},
	}
	for _, f := range shape {
		f(&o)
	}
	var registry *url.URL
	s.npm, registry = sandboxtest.Serve(t, o)
	s.client = sandboxtest.Client(t, npm.Options{
		Registry: registry, Session: s.npm.Session(), Log: testLog(t), Advise: advice.On,
		SecondFactor: &npm.SecondFactor{Show: func(context.Context, string) error { return nil }},
	})

	releases, err := state.Releases(t.Context(), desired.Selection{Tag: tag}, nil)
	g.Expect(err).NotTo(HaveOccurred())
	s.want = reconcile.Desired{Releases: releases, Placeholder: state.Placeholder(), TrustedPublishers: spec.TrustedPublishers{tp}}
	session := actor.Session{Token: s.npm.Session()}
	exchange := &actor.Exchange{Registry: s.client, IDTokens: s.idTokens(), Want: spec.TrustedPublishers{tp}, Now: s.clock.Now}
	publisher := actor.Publisher{
		Registry: s.client, Credentials: exchange,
		Artifacts: &actor.StandIns{Artifacts: actor.Folder{Root: t.TempDir()}, Dir: t.TempDir()},
	}
	s.world = reconcile.World{
		Observer: observed.Observer{
			Registry: s.client, Trust: actor.Evidence{Now: s.clock.Now, Session: s.client, Exchange: exchange}, Concurrency: 8,
			Status: &actor.Statuses{Registry: s.client, Session: s.npm.Session(), Exchange: exchange}, Numbers: s.client,
		},
		Seeder:    actor.Seeder{Registry: s.client, Credentials: session},
		Truster:   actor.Truster{Registry: s.client},
		Inspector: publisher, Publisher: publisher,
		Tagger:   actor.Tagger{Registry: s.client, Credentials: []actor.Credentials{exchange, session}},
		Clock:    s.clock,
		Progress: s.listen,
	}
	return s
}

func (s *stage) idTokens() *idtoken.Source {
	return idtoken.NewSource(idtoken.Options{Issuer: circleci.Provider{},
		Audience: s.npm.Audience(), Now: s.clock.Now,
		Env: func(name string) string { return map[string]string{"CIRCLECI": "true"}[name] },
		Run: func(context.Context, string, ...string) ([]byte, error) {
			token, err := s.npm.IDToken(s.npm.Audience(), nil)
			return []byte(token.Reveal()), err
		},
	})
}

func (s *stage) listen(e reconcile.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, e)
}

func (s *stage) run(t *testing.T, policy reconcile.Policy) reconcile.Result {
	t.Helper()
	result, err := reconcile.Run(t.Context(), s.world, s.want, policy, reconcile.Options{Concurrency: 8, Timeout: time.Hour})
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return result
}

func testLog(t *testing.T) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// puts lists the publishes that the registry was asked for, as "name status".
func (s *stage) puts() []string {
	var puts []string
	for _, r := range s.npm.Requests() {
		if r.Method == http.MethodPut && !strings.Contains(r.Path, "/dist-tags/") {
			puts = append(puts, strings.TrimPrefix(r.Path, "/"))
		}
	}
	return puts
}

// outcomes writes what became of each change, as "name action outcome".
func outcomes(result reconcile.Result) []string {
	var all []string
	for _, p := range result.Packages() {
		for _, c := range p.Changes {
			all = append(all, strings.TrimSpace(strings.Join([]string{string(p.Name), string(c.Action), string(c.Outcome)}, " ")))
		}
	}
	return all
}

func count(all []string, one string) int {
	n := 0
	for _, s := range all {
		if s == one {
			n++
		}
	}
	return n
}
