package actor_test

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"go.uber.org/goleak"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/ci/idtoken"
	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/report/advice"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
	"github.com/agent-facets/facets-reconcile/internal/sandbox/sandboxtest"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

const groups = `
    - name: cli
      tag: cli@{version}
      entry: {package: cli, artifact: dist/cli}
      platforms: {package: "@s/cli-{target}", artifact: "dist/cli-{target}", targets: [linux-x64, darwin-arm64]}
    - name: libraries
      tag: "{package}@{version}"
      packages: [{package: lib, artifact: "dist/lib-{version}"}, {package: bare}]
`

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// stage is a sandbox with clients of it. All of it is real but the clock.
type stage struct {
	clock  *sandboxtest.Clock
	npm    *sandbox.World
	client *npm.Client
	want   spec.TrustedPublisher
	state  *desired.State

	mu     sync.Mutex
	faults func(w http.ResponseWriter, r *http.Request, next http.Handler) // nil: none
	claims map[string]any                                                  // of ID tokens, in place of the usual ones
	minted int
}

func setUp(t *testing.T, shape ...func(*sandbox.Options)) *stage {
	t.Helper()
	s := &stage{clock: sandboxtest.NewClock(time.Now()), state: sandboxtest.State(t, groups)}
	s.want = s.state.TrustedPublishers()[0]
	o := sandbox.Options{
		Repository: "o/r", Claims: s.want.Claims, Now: s.clock.Now, NoSecondFactor: true,
		Middleware: func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				s.mu.Lock()
				faults := s.faults
				s.mu.Unlock()
				if faults == nil {
					next.ServeHTTP(w, r)
					return
				}
				faults(w, r, next)
			})
		},
	}
	for _, change := range shape {
		change(&o)
	}
	var registry *url.URL
	s.npm, registry = sandboxtest.Serve(t, o)
	s.client = clientOf(t, registry, s.npm.Session())
	return s
}

func clientOf(t *testing.T, registry *url.URL, session spec.Secret) *npm.Client {
	t.Helper()
	return sandboxtest.Client(t, npm.Options{Registry: registry, Session: session, Advise: advice.On})
}

// stranger is a client with a token that the registry does not know.
func (s *stage) stranger(t *testing.T) *npm.Client {
	t.Helper()
	registry, err := url.Parse(s.client.Registry())
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return clientOf(t, registry, spec.NewSecret("npm_unknown"))
}

func (s *stage) fail(faults func(w http.ResponseWriter, r *http.Request, next http.Handler)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = faults
}

// refuse answers requests of one kind with a status: the first so many of them.
func (s *stage) refuse(status int, method, path string, times int64) {
	var seen atomic.Int64
	s.fail(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == method && strings.Contains(r.URL.Path, path) && seen.Add(1) <= times {
			_, _ = io.Copy(io.Discard, r.Body) // an answer amid an upload is another case
			http.Error(w, "out of order", status)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// lose hands requests of one method on, and loses the answers.
func (s *stage) lose(method string) {
	s.fail(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == method {
			next.ServeHTTP(httptest.NewRecorder(), r)
			http.Error(w, "it landed", http.StatusBadGateway)
			return
		}
		next.ServeHTTP(w, r)
	})
}

const always = 1 << 30 // requests

func (s *stage) session() actor.Session { return actor.Session{Token: s.npm.Session()} }

// exchange is CI's way to credentials: a job of CircleCI.
func (s *stage) exchange() *actor.Exchange {
	source := idtoken.NewSource(idtoken.Options{Issuer: circleci.Provider{},
		Audience: s.npm.Audience(), Now: s.clock.Now,
		Env: func(name string) string { return map[string]string{"CIRCLECI": "true"}[name] },
		Run: func(context.Context, string, ...string) ([]byte, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.minted++
			if s.claims["fail"] != nil {
				return nil, errors.New("no ID token today")
			}
			token, err := s.npm.IDToken(s.npm.Audience(), s.claims)
			return []byte(token.Reveal()), err
		},
	})
	return &actor.Exchange{Registry: s.client, IDTokens: source, Want: spec.TrustedPublishers{s.want}, Now: s.clock.Now}
}

func (s *stage) job(claims map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.claims = claims
}

// publication is what is to be published of a package when tag is released.
func (s *stage) publication(t *testing.T, tag string, name spec.Name) reconcile.Publication {
	t.Helper()
	g := NewWithT(t)
	releases, err := s.state.Releases(t.Context(), desired.Selection{Tag: tag}, nil)
	g.Expect(err).NotTo(HaveOccurred())
	for _, release := range releases {
		for _, p := range release.Packages {
			if release.Selected && p.Name == name {
				release.Commit = s.npm.Head()
				return reconcile.Publication{Package: p, Release: release}
			}
		}
	}
	t.Fatalf("%s is not of the release %s", name, tag)
	return reconcile.Publication{}
}

func (s *stage) publisher(t *testing.T, with actor.Credentials) actor.Publisher {
	t.Helper()
	return actor.Publisher{
		Registry: s.client, Credentials: with, Spool: t.TempDir(), Log: slog.New(slog.DiscardHandler),
		Artifacts: &actor.StandIns{Artifacts: actor.Folder{Root: t.TempDir()}, Dir: t.TempDir()},
	}
}

// seed takes a name.
func (s *stage) seed(t *testing.T, names ...spec.Name) {
	t.Helper()
	for _, name := range names {
		seeder := actor.Seeder{Registry: s.client, Credentials: s.session()}
		NewWithT(t).Expect(seeder.Seed(t.Context(), desired.Package{Name: name}, "0.0.1")).To(Succeed())
	}
}

// requests lists what the registry was asked since the count before, by method and part of the path.
func (s *stage) requests(method, path string) int {
	n := 0
	for _, r := range s.npm.Requests() {
		if r.Method == method && strings.Contains(r.Path, path) {
			n++
		}
	}
	return n
}

// contents downloads a version and returns its files.
func (s *stage) contents(t *testing.T, name spec.Name, version spec.Version) map[string]string {
	t.Helper()
	g := NewWithT(t)
	manifest, err := s.client.Manifest(t.Context(), name, version)
	g.Expect(err).NotTo(HaveOccurred())
	response, err := http.Get(manifest.Dist.Tarball)
	g.Expect(err).NotTo(HaveOccurred())
	defer response.Body.Close()
	defer http.DefaultClient.CloseIdleConnections()
	zipped, err := gzip.NewReader(response.Body)
	g.Expect(err).NotTo(HaveOccurred())
	files := map[string]string{}
	for archive := tar.NewReader(zipped); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		g.Expect(err).NotTo(HaveOccurred())
		data, err := io.ReadAll(archive)
		g.Expect(err).NotTo(HaveOccurred())
		files[strings.TrimPrefix(header.Name, "package/")] = string(data)
	}
}

func (s *stage) tags(t *testing.T, name spec.Name) map[spec.DistTag]spec.Version {
	t.Helper()
	tags, err := s.client.DistTags(t.Context(), name)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return tags
}

func beEmptyFolder(t *testing.T, dir string) {
	t.Helper()
	g := NewWithT(t)
	left, err := os.ReadDir(dir)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(left).To(BeEmpty(), "nothing stays behind in "+dir)
}
