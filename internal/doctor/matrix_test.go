package doctor_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/doctor"
	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func at(offset time.Duration) int64 { return noon.Add(offset).Unix() }

// Each cause for which npm refuses an exchange. It answers nearly all alike; the doctor tells them apart.
func TestWhyAnExchangeIsRefused(t *testing.T) {
	const notFound, unauthorized = "OIDC token exchange error - package not found", "OIDC token exchange error - unauthorized"
	trusted := func(s *stage) { s.seed("p"); s.trust("p", nil) }
	seeded := func(s *stage) { s.seed("p") }
	for _, c := range []struct {
		name     string
		prepare  func(s *stage)
		audience string
		claims   map[string]any
		status   int
		check    string // which line of the comparison is wrong; "": none
		what     string // the first cause
		next     string
	}{
		{"an SSH rerun", trusted, "", map[string]any{circleci.ClaimSSHRerun: true}, 404, "ssh-rerun",
			"rerun with SSH", "without SSH"},
		{"an SSH rerun of another job", trusted, "", map[string]any{circleci.ClaimSSHRerun: true, circleci.ClaimProject: other}, 404, "project-id ssh-rerun",
			"rerun with SSH", "without SSH"},
		{"an SSH rerun and a vacant name", func(*stage) {}, "", map[string]any{circleci.ClaimSSHRerun: true}, 404, "ssh-rerun",
			"rerun with SSH", "without SSH"},
		{"the organisation's token", trusted, organization, nil, 401, "aud",
			"for the organisation", `circleci run oidc get --claims '{"aud":"npm:`},
		{"another audience", trusted, "sts.example.test", nil, 401, "aud",
			"another audience (sts.example.test)", `circleci run oidc get --claims '{"aud":"npm:`},
		{"another registry's audience", trusted, "npm:registry.example.test", nil, 401, "aud",
			"another audience (npm:registry.example.test)", `circleci run oidc get --claims '{"aud":"npm:127.0.0.1"}'`},
		{"no context", trusted, "", map[string]any{circleci.ClaimContexts: nil}, 404, "context-ids",
			"lacks the context " + teamContext + " (it has none)", ".circleci/config.yml"},
		{"another context", trusted, "", map[string]any{circleci.ClaimContexts: []string{other}}, 404, "context-ids",
			"lacks the context " + teamContext + " (it has " + other + ")", ".circleci/config.yml"},
		{"another pipeline", trusted, "", map[string]any{circleci.ClaimPipelineDefinition: other}, 404, "pipeline-definition-id",
			"another pipeline definition of the project (" + other, "release pipeline"},
		{"another project", trusted, "", map[string]any{circleci.ClaimProject: other, circleci.ClaimPipelineDefinition: other}, 404,
			"project-id pipeline-definition-id", "another CircleCI project (" + other, "apply --only trust"},
		{"another organisation", trusted, "", map[string]any{circleci.ClaimOrganization: other, circleci.ClaimProject: other, circleci.ClaimPipelineDefinition: other,
			circleci.ClaimContexts: []string{other}}, 404, "org-id project-id pipeline-definition-id context-ids",
			"another CircleCI organisation (" + other, "moved house"},
		{"a fork", trusted, "", map[string]any{circleci.ClaimVCSOrigin: "github.com/o/fork"}, 404, "vcs-origin",
			"another repository (github.com/o/fork, not github.com/o/r)", "renamed"},
		{"a custom webhook", trusted, "", map[string]any{circleci.ClaimVCSOrigin: nil, circleci.ClaimVCSRef: nil}, 404, "vcs-origin",
			"custom webhook", "push"},
		{"an expired token", trusted, "", map[string]any{"iat": at(-2 * time.Hour), "exp": at(-time.Hour)}, 401, "exp iat",
			"expired 1h ago", "mint"},
		{"an old token", trusted, "", map[string]any{"iat": at(-6 * time.Minute)}, 401, "iat",
			"6m old", "circleci run oidc get"},
		{"a token of the future", trusted, "", map[string]any{"iat": at(10 * time.Minute)}, 401, "iat",
			"clock skew", "clock"},
		{"a token that ends before it begins", trusted, "", map[string]any{"iat": at(0), "exp": at(-time.Minute)}, 401, "exp",
			"expired 1m ago", "mint"},
		{"another issuer", trusted, "", map[string]any{"iss": "https://issuer.example.test"}, 401, "iss",
			"not issued by CircleCI", "CircleCI job"},
		{"an issuer whose name begins like CircleCI's", trusted, "", map[string]any{"iss": "https://oidc.circleci.com.example.test"}, 401, "iss",
			"not issued by CircleCI", "CircleCI job"},
		{"a vacant name", func(*stage) {}, "", nil, 404, "",
			"the name does not exist", "apply --only seed,trust"},
		{"a vacant name, and another pipeline", func(*stage) {}, "", map[string]any{circleci.ClaimPipelineDefinition: other}, 404, "pipeline-definition-id",
			"the name does not exist", "apply --only seed,trust"},
		{"no trusted publisher", seeded, "", nil, 404, "",
			"has no trusted publisher", "apply --only trust"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := setUp(t)
			c.prepare(s)
			token := s.mint(c.audience, c.claims)
			_, refusal := s.client.Exchange(t.Context(), "p", token.Secret)
			s.Expect(refusal).To(MatchError(spec.ErrRefused))
			var answer *npm.Error
			s.Expect(errors.As(refusal, &answer)).To(BeTrue())
			s.Expect(answer.Status).To(Equal(c.status))
			s.Expect(answer.Message).To(Equal(map[int]string{404: notFound, 401: unauthorized}[c.status]), "the same for all")

			_, err := s.client.DistTags(t.Context(), "p")
			causes := s.symptoms().Explain(refusal, token.Claims, !errors.Is(err, spec.ErrNotFound))
			s.Expect(causes).NotTo(BeEmpty())
			s.Expect(causes[0].What).To(ContainSubstring(c.what))
			s.Expect(causes[0].Next).To(ContainSubstring(c.next))
			s.silent(causes)

			var wrong []string
			checks := s.symptoms().Compare(token.Claims)
			for _, check := range checks {
				if check.Status == doctor.Wrong {
					wrong = append(wrong, check.Name)
					s.Expect(check.Message).NotTo(BeEmpty())
					s.Expect(check.Next).NotTo(BeEmpty())
				}
			}
			s.Expect(strings.Join(wrong, " ")).To(Equal(c.check))
			s.silent(checks)
		})
	}
}

// Where nothing at hand tells more, all that is left is listed.
func TestCausesThatTheExchangeCannotTellApart(t *testing.T) {
	expired := func(s *stage) { s.trust("p", nil); s.clock.Pass(48*time.Hour + time.Second) }
	mistyped := func(s *stage) { s.trust("p", spec.Claims{circleci.ClaimProject: other}) }
	for _, c := range []struct {
		name    string
		prepare func(s *stage)
		seen    string // the first cause, with a human's session at hand as well
	}{
		{"none", func(*stage) {}, "no circleci trusted publisher"},
		{"mistyped", mistyped, "project-id: " + other + " → " + project},
		{"expired", expired, "expired"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := setUp(t)
			s.seed("p")
			c.prepare(s)
			source := s.job(map[string]string{"CIRCLECI": "true"}, func() (string, error) { return s.mint("", nil).Secret.Reveal(), nil })
			blind := s.diagnose(source, nil, "p").Packages[0]
			s.Expect(blind.Status).To(Equal(doctor.Wrong))
			s.Expect(blind.Evidence).To(Equal(doctor.ByExchange))
			s.Expect(blind.Message).To(Equal("the exchange was refused: the registry answered 404: OIDC token exchange error - package not found"))
			var whats []string
			for _, cause := range blind.Causes {
				whats = append(whats, cause.What)
				s.Expect(cause.Next).NotTo(BeEmpty())
			}
			s.Expect(whats).To(HaveExactElements(ContainSubstring("no trusted publisher"), ContainSubstring("differs"),
				ContainSubstring("expired"), ContainSubstring("self-hosted")))

			seeing := s.diagnose(source, s.client, "p").Packages[0]
			s.Expect(seeing.Causes[0].What).To(ContainSubstring(c.seen))
		})
	}
}

func TestASignOfASelfHostedRunnerComesFirst(t *testing.T) {
	s := setUp(t)
	s.seed("p")
	token := s.mint("", map[string]any{"oidc.circleci.com/runner-type": "self-hosted"})
	_, refusal := s.client.Exchange(t.Context(), "p", token.Secret)
	s.Expect(s.symptoms().Explain(refusal, token.Claims, true)[0].What).To(ContainSubstring("runner-type"))
}

func TestAnswersThatAreNoRefusal(t *testing.T) {
	refused := func(status int, why npm.Reason) error {
		return &npm.Error{Operation: "exchanging the ID token for", Package: "p", Status: status, Reason: why}
	}
	for name, c := range map[string]struct {
		refusal error
		what    string
	}{
		"none":          {nil, ""},
		"500":           {refused(http.StatusInternalServerError, ""), "in trouble"},
		"429":           {refused(http.StatusTooManyRequests, npm.Busy), "less often"},
		"no connection": {errors.New("connection refused"), "not reached"},
		"another kind":  {refused(http.StatusNotFound, npm.NoExchange), "no trusted publishing"},
		"bad request":   {refused(http.StatusBadRequest, npm.IDTokenMalformed), "malformed"},
		"403":           {refused(http.StatusForbidden, npm.Refused), "a reason of its own"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			claims := ci.Claims{Audience: []string{"npm:registry.example.test"}, IssuedAt: noon, Expires: noon.Add(time.Hour)}
			want := wanted()
			symptoms := doctor.Symptoms{Audience: "npm:registry.example.test", Want: spec.TrustedPublishers{want}, Now: noon}
			causes := symptoms.Explain(c.refusal, claims, true)
			if c.what == "" {
				g.Expect(causes).To(BeEmpty())
				return
			}
			g.Expect(causes[0].What).To(ContainSubstring(c.what))
			g.Expect(causes[0].Next).NotTo(BeEmpty())
		})
	}
}
