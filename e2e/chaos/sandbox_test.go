package chaos_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

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
		spec.ClaimOrganization:       "0b5f0a0e-6c2f-4a1e-9d37-111111111111",
		spec.ClaimProject:            "0b5f0a0e-6c2f-4a1e-9d37-222222222222",
		spec.ClaimPipelineDefinition: "0b5f0a0e-6c2f-4a1e-9d37-333333333333",
		spec.ClaimContexts:           []string{"0b5f0a0e-6c2f-4a1e-9d37-444444444444"},
		spec.ClaimVCSOrigin:          "github.com/" + repository,
	}
}

func newStage(dir string) (*stage, error) {
	s := &stage{dir: dir, worlds: map[bool]*sandbox.World{}}
	if err := replaceFolder(dir, shop.template); err != nil {
		return nil, err
	}
	for _, early := range []bool{false, true} {
		world, err := sandbox.Open(sandbox.Options{
			Dir: dir, Repository: repository, Claims: claims(), TagsBeforeServed: early,
			Now:       func() time.Time { return s.now.Load().clock.Now() },
			ScanDelay: func(name spec.Name, _ spec.Version) time.Duration { return s.now.Load().scan[name.String()] },
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

// reset makes the sandbox what every play begins with.
func (s *stage) reset(p *play) error {
	s.now.Store(p)
	return replaceFolder(s.dir, shop.template)
}

func (s *stage) handler() http.Handler { return s.now.Load().world().Handler() }

// prepare returns the environment of a CircleCI job.
func (s *stage) prepare(m *machine) ([]string, error) {
	switch {
	case m.silent:
		return []string{"CIRCLECI=true", oidcVariable + "=http://127.0.0.1:1/"}, nil
	case !m.given:
		return []string{"CIRCLECI=true", oidcVariable + "=" + s.issuer.URL + "/circleci/oidc"}, nil
	}
	world := s.now.Load().world()
	token, err := world.IDToken(world.Audience(), nil)
	return []string{"NPM_ID_TOKEN=" + token.Reveal()}, err
}

func (s *stage) records(names []string) (records, error) { return readRecords(s.dir, names) }

func (s *stage) tarball(name, version string) ([]byte, error) {
	return os.ReadFile(filepath.Join(s.dir, "tarballs", escaped(name), version+".tgz"))
}

// stateFile is the state file of a schedule.
func (s schedule) stateFile(trusted bool) string {
	publisher := ""
	if trusted {
		publisher = `
  source: {github: ` + repository + `}
  trustedPublisher:
    circleci:
      organizationID: 0b5f0a0e-6c2f-4a1e-9d37-111111111111
      projectID: 0b5f0a0e-6c2f-4a1e-9d37-222222222222
      pipelineDefinitionID: 0b5f0a0e-6c2f-4a1e-9d37-333333333333
      contextIDs: [0b5f0a0e-6c2f-4a1e-9d37-444444444444]
      vcsOrigin: github.com/` + repository + `
    permissions: [publish]`
	}
	return fmt.Sprintf(`apiVersion: reconcile.agentfacets.io/v1alpha1
kind: DesiredState
metadata: {name: demo}
spec:%s
  groups:
    - name: cli
      tag: v{version}
      entry: {package: %[2]s, artifact: "dist/{version}/%[2]s*"}
      platforms: {package: "@%[2]s/cli-{target}", artifact: "dist/{version}/cli-{target}*", targets: [%s]}
`, publisher, s.entry(), strings.Join(s.targets, ", "))
}
