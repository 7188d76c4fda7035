package chaos_test

import (
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

const repository = "example/demo"

// stage is a sandbox on which one schedule after the other is played. It is opened once, as its issuer's key takes long to
// make; between two plays its folder becomes what it was.
type stage struct {
	dir    string
	worlds map[bool]*sandbox.World // by whether dist-tags name versions that are not served yet
	issuer *httptest.Server
	now    atomic.Pointer[play]
}

// claims are those of the state file's trusted publisher.
func claims() map[string]any {
	return map[string]any{
		circleci.ClaimOrganization:       "0b5f0a0e-6c2f-4a1e-9d37-111111111111",
		circleci.ClaimProject:            "0b5f0a0e-6c2f-4a1e-9d37-222222222222",
		circleci.ClaimPipelineDefinition: "0b5f0a0e-6c2f-4a1e-9d37-333333333333",
		circleci.ClaimContexts:           []string{"0b5f0a0e-6c2f-4a1e-9d37-444444444444"},
		circleci.ClaimVCSOrigin:          "github.com/" + repository,
	}
}

func newStage(dir string) (*stage, error) {
	s := &stage{dir: dir, worlds: map[bool]*sandbox.World{}}
	if err := replaceFolder(dir, shop.template); err != nil {
		return nil, err
	}
	for _, early := range []bool{false, true} {
		world, err := sandbox.Open(sandbox.Options{
			Dir: dir, Repository: repository, Claims: claims(), TagsBeforeServed: early, PrivatePackages: true, OIDCDistTags: true,
			Now: func() time.Time { return s.now.Load().clock.Now() },
			ScanDelay: func(name spec.Name, version spec.Version) time.Duration {
				alias, _ := s.now.Load().alias(name.String(), version.String())
				return s.now.Load().scan[alias]
			},
			ApprovalDelay: func(name spec.Name, version spec.Version) time.Duration {
				alias, _ := s.now.Load().alias(name.String(), version.String())
				return s.now.Load().staging.delay[alias]
			},
		})
		if err != nil {
			return nil, err
		}
		s.worlds[early] = world
	}
	s.issuer = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		s.now.Load().world().Handler().ServeHTTP(rw, r)
	}))
	return s, nil
}

func (s *stage) close() { s.issuer.Close() }

func (p *play) world() *sandbox.World { return p.stage.worlds[p.tagsEarly] }

// tagReleases has GitHub know of the releases, where processes look at other ones than they were called for.
func (p *play) tagReleases() (err error) {
	for _, tag := range p.order {
		err = errors.Join(err, p.world().Tag(tag))
	}
	return err
}

// reset makes the sandbox what every play begins with.
func (s *stage) reset(p *play) error {
	s.now.Store(p)
	err := replaceFolder(s.dir, p.template())
	if err == nil {
		err = errors.Join(p.restrict(), p.age(), p.pointBack(), p.tagReleases())
	}
	return err
}

// template is the sandbox with which a play begins.
func (s schedule) template() string {
	if s.sort == sortRollback {
		return shop.released[s.oneName]
	}
	return shop.template
}

func (s *stage) handler() http.Handler {
	p := s.now.Load()
	return p.speaking(p.meddling(p.world().Handler()))
}

// prepare returns the environment of a CircleCI job, or logs a human in.
func (s *stage) prepare(m *machine) ([]string, error) {
	world := s.now.Load().world()
	switch {
	case m.human:
		m.factor = []string{"--otp=" + world.OneTimePassword()}
		return nil, m.logIn(world.Session().Reveal())
	case m.silent:
		return append(m.job(), "CIRCLECI=true", oidcVariable+"=http://127.0.0.1:1/"), nil
	case !m.given:
		return append(m.job(), "CIRCLECI=true", oidcVariable+"="+s.issuer.URL+"/circleci/oidc"), nil
	}
	token, err := world.IDToken(world.Audience(), nil)
	return append(m.job(), "NPM_ID_TOKEN="+token.Reveal()), err
}

func (s *stage) records(names []string) (records, error) {
	p, homes := s.now.Load(), map[string]bool{}
	for _, name := range names {
		homes[p.home(name)] = true
	}
	all, err := readRecords(s.dir, slices.Collect(maps.Keys(homes)))
	return p.own(names, all), err
}

func (s *stage) tarball(name, version string) ([]byte, error) {
	name, version = s.now.Load().onNpm(name, version)
	return os.ReadFile(filepath.Join(s.dir, "tarballs", escaped(name), version+".tgz"))
}
