package doctor_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"go.uber.org/goleak"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/ci/idtoken"
	"github.com/agent-facets/facets-reconcile/internal/doctor"
	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
	"github.com/agent-facets/facets-reconcile/internal/sandbox/sandboxtest"
	"github.com/agent-facets/facets-reconcile/observed"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	organization = "00000000-0000-4000-8000-000000000001"
	project      = "00000000-0000-4000-8000-000000000002"
	pipeline     = "00000000-0000-4000-8000-000000000003"
	teamContext  = "00000000-0000-4000-8000-000000000004"
	other        = "00000000-0000-4000-8000-00000000dead"
)

func wanted() spec.TrustedPublisher {
	return spec.TrustedPublisher{
		Type: circleci.Type, Permissions: []string{spec.PermissionPublish},
		Claims: spec.Claims{
			circleci.ClaimOrganization: organization, circleci.ClaimProject: project, circleci.ClaimPipelineDefinition: pipeline,
			circleci.ClaimContexts: []string{teamContext}, circleci.ClaimVCSOrigin: "github.com/o/r",
		},
	}
}

var noon = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// stage is a sandbox whose clock stands still until it is set.
type stage struct {
	*WithT
	t        *testing.T
	clock    *sandboxtest.Clock
	world    *sandbox.World
	client   *npm.Client
	registry *url.URL

	tokens []string // all that were given out
}

func setUp(t *testing.T) *stage {
	t.Helper()
	s := &stage{WithT: NewWithT(t), t: t, clock: sandboxtest.NewClock(noon)}
	s.world, s.registry = sandboxtest.Serve(t, sandbox.Options{
		Repository: "o/r", Claims: wanted().Claims, Now: s.clock.Now, NoSecondFactor: true,
	})
	s.tokens = []string{s.world.Session().Reveal()}
	s.client = s.as(s.world.Session())
	return s
}

// as is a client with a session.
func (s *stage) as(session spec.Secret) *npm.Client {
	return sandboxtest.Client(s.t, npm.Options{Registry: s.registry, Session: session})
}

func (s *stage) seed(name spec.Name) {
	s.t.Helper()
	seeder := actor.Seeder{Registry: s.client, Credentials: actor.Session{Token: s.world.Session()}}
	s.Expect(seeder.Seed(s.t.Context(), desired.Package{Name: name}, "0.0.1")).To(Succeed())
}

// trust configures the wanted trusted publisher, with other claims where change has some.
func (s *stage) trust(name spec.Name, change spec.Claims) {
	s.t.Helper()
	p := wanted()
	maps.Copy(p.Claims, change)
	_, err := s.client.CreateTrustedPublisher(s.t.Context(), name, p)
	s.Expect(err).NotTo(HaveOccurred())
}

// mint makes an ID token; audience "" is the registry's.
func (s *stage) mint(audience string, claims map[string]any) idtoken.Token {
	s.t.Helper()
	if audience == "" {
		audience = s.world.Audience()
	}
	secret, err := s.world.IDToken(audience, claims)
	s.Expect(err).NotTo(HaveOccurred())
	s.tokens = append(s.tokens, secret.Reveal())
	token, err := idtoken.Decode(secret.Reveal())
	s.Expect(err).NotTo(HaveOccurred())
	return token
}

// job gives the ID tokens of a CircleCI job with these variables; mint is its circleci program.
func (s *stage) job(env map[string]string, mint func() (string, error)) *idtoken.Source {
	return idtoken.NewSource(idtoken.Options{Issuer: circleci.Provider{},
		Audience: s.world.Audience(), Now: s.clock.Now, Env: func(name string) string { return env[name] },
		Run: func(context.Context, string, ...string) ([]byte, error) {
			output, err := mint()
			return []byte(output), err
		},
	})
}

// symptoms are those that hold for all packages.
func (s *stage) symptoms() doctor.Symptoms {
	want := wanted()
	return doctor.Symptoms{Audience: s.client.Audience(), Want: spec.TrustedPublishers{want}, Now: s.clock.Now()}
}

// diagnose looks at packages as the command does: with an ID token where the source has one; with the session where asked.
func (s *stage) diagnose(source *idtoken.Source, session *npm.Client, names ...spec.Name) doctor.Diagnosis {
	s.t.Helper()
	symptoms := s.symptoms()
	symptoms.IDToken.Expected = source.Available()
	evidence := actor.Evidence{Now: s.clock.Now, Session: session}
	if symptoms.IDToken.Expected {
		symptoms.IDToken.Token, symptoms.IDToken.Err = source.Token(s.t.Context())
		if symptoms.IDToken.Err == nil {
			evidence.Exchange = &actor.Exchange{Registry: s.client, IDTokens: source, Want: symptoms.Want, Now: s.clock.Now}
		}
	}
	if session != nil {
		symptoms.Session.Held = true
		symptoms.Session.User, symptoms.Session.Err = session.WhoAmI(s.t.Context())
	}
	var queries []observed.Query
	for _, name := range names {
		queries = append(queries, observed.Query{Name: name})
	}
	snapshot, err := observed.Observer{Registry: s.client, Trust: evidence, Concurrency: 4}.Observe(s.t.Context(), queries)
	s.Expect(err).NotTo(HaveOccurred())
	for _, name := range names {
		symptoms.Packages = append(symptoms.Packages, snapshot[name])
	}
	d := doctor.Diagnose(symptoms)
	s.silent(d)
	return d
}

// silent sees to it that a finding holds none of the tokens, in whatever form it is shown.
func (s *stage) silent(finding any) {
	s.t.Helper()
	data, err := json.Marshal(finding)
	s.Expect(err).NotTo(HaveOccurred())
	for _, shown := range []string{string(data), fmt.Sprintf("%v %+v %#v", finding, finding, finding)} {
		for _, token := range s.tokens {
			for part := range strings.SplitSeq(token, ".") {
				s.Expect(shown).NotTo(ContainSubstring(part))
			}
		}
	}
}
