package doctor_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/ci/idtoken"
	"github.com/agent-facets/facets-reconcile/internal/doctor"
	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// advice is all that is recommended, where as much as possible is wrong.
func advice(c doctor.Calling) []string {
	want := wanted()
	refusal := &npm.Error{Operation: "exchanging the ID token for", Package: "p", Status: http.StatusNotFound, Reason: npm.NoneTrusted}
	elsewhere := wanted()
	elsewhere.Claims[circleci.ClaimProject] = other
	job := func(claims spec.Claims) doctor.IDToken {
		return doctor.IDToken{Expected: true, Token: idtoken.Token{Claims: ci.Claims{Job: claims}}}
	}
	is := func(change func(*observed.Package)) observed.Package {
		p := observed.Package{Name: "p", Existence: observed.Exists}
		change(&p)
		return p
	}
	exchanged := is(func(p *observed.Package) { p.Trust.Exchange, p.Trust.Refusal = observed.ExchangeRefused, refusal })
	listed := func(publishers ...spec.TrustedPublisher) observed.Package {
		return is(func(p *observed.Package) { p.Trust.Listed, p.Trust.Publishers = true, publishers })
	}
	session := doctor.Session{Held: true, User: "u"}

	var all []string
	add := func(causes []doctor.Cause) {
		for _, cause := range causes {
			all = append(all, cause.Next)
		}
	}
	for _, s := range []doctor.Symptoms{
		{IDToken: job(wanted().Claims), Packages: []observed.Package{exchanged}},
		{IDToken: job(elsewhere.Claims), Packages: []observed.Package{exchanged}},
		{Session: session, Packages: []observed.Package{
			is(func(p *observed.Package) { p.Existence = observed.Missing }),
			is(func(p *observed.Package) { p.Existence, p.UnpublishedAt = observed.Unpublished, noon }),
			is(func(p *observed.Package) { p.Trust.Err = spec.ErrRefused }),
			listed(), listed(elsewhere),
		}},
	} {
		s.Want, s.Now, s.Calling = spec.TrustedPublishers{want}, noon, c
		d := doctor.Diagnose(s)
		add(d.Identity.Causes)
		for _, check := range d.Checks {
			all = append(all, check.Next)
		}
		for _, p := range d.Packages {
			add(p.Causes)
		}
		add(s.Explain(refusal, s.IDToken.Token.Claims, true))
		add(s.Explain(refusal, s.IDToken.Token.Claims, false))
	}
	return all
}

// Without its flags, a printed command would act on another registry.
func TestCommandsAreCalledAsTheReaderHasTo(t *testing.T) {
	const flags, login = " -f state.yaml --registry https://registry.example.test/", " --registry https://registry.example.test/"
	for name, calling := range map[string]doctor.Calling{
		"another registry": {Flags: flags, Login: login},
		"a rehearsal":      {Flags: " --sandbox='my box'", Sandbox: true},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			commands, logins := 0, 0
			for _, next := range advice(calling) {
				commands += strings.Count(next, "facets-reconcile ")
				logins += strings.Count(next, "npm login") + strings.Count(next, "npm trust revoke")
				g.Expect(strings.Count(next, calling.Flags)).To(Equal(strings.Count(next, "facets-reconcile ")), next)
				g.Expect(strings.Count(next, "npm login"+login)).To(Equal(strings.Count(next, "npm login")), next)
				g.Expect(strings.Count(next, "npm trust revoke"+login)).To(Equal(strings.Count(next, "npm trust revoke")), next)
			}
			g.Expect(commands).To(BeNumerically(">", 10))
			g.Expect(logins > 0).NotTo(Equal(calling.Sandbox), "a rehearsal's session is at hand")
		})
	}
}

func TestHeadlines(t *testing.T) {
	fails := func() (string, error) { return "", errors.New("no such program") }
	job := map[string]string{"CIRCLECI": "true"}
	with := func(variable, token string) map[string]string {
		return map[string]string{"CIRCLECI": "true", variable: token}
	}
	for name, c := range map[string]struct {
		env  func(s *stage) map[string]string
		mint func() (string, error)
		says string
	}{
		"refused": {func(s *stage) map[string]string { return with(idtoken.FromNPM, s.mint("", nil).Secret.Reveal()) }, fails,
			"the ID token was refused for"},
		"for another audience": {func(s *stage) map[string]string {
			return with(idtoken.FromNPM, s.mint(organization, nil).Secret.Reveal())
		},
			fails, "the ID token cannot be used for"},
		"malformed": {func(*stage) map[string]string { return with(idtoken.FromNPM, "npm_nothing") }, fails, "the ID token cannot be used for"},
		"none":      {func(*stage) map[string]string { return job }, fails, "there is no ID token for"},
		"none, and what is printed instead": {func(*stage) map[string]string { return job },
			func() (string, error) { return "usage: circleci", nil }, "there is no ID token for"},
	} {
		t.Run(name, func(t *testing.T) {
			s := setUp(t)
			s.seed("p")
			token, err := s.job(c.env(s), c.mint).Token(t.Context())
			if err == nil {
				_, err = s.client.Exchange(t.Context(), "p", token.Secret)
			}
			s.Expect(err).To(HaveOccurred())
			s.Expect(doctor.Headline(err)).To(Equal(c.says))
		})
	}
}
