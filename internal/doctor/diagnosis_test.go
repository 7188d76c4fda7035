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
	"github.com/agent-facets/facets-reconcile/internal/ci/idtoken"
	"github.com/agent-facets/facets-reconcile/internal/doctor"
	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

func TestWhoIsAtHand(t *testing.T) {
	none := func() (string, error) { return "", errors.New("no such program") }
	for _, c := range []struct {
		name   string
		env    func(s *stage) map[string]string
		mint   func(s *stage) func() (string, error)
		human  func(s *stage) *npm.Client
		status doctor.Status
		actor  string
		says   string // the message
		cause  string // the first; "": none
		checks string // those that are wrong; "-": there are none at all
		exit   int    // of one package that is as it should be
	}{
		{name: "nobody", status: doctor.Wrong, says: "nobody", cause: "nobody is logged in", checks: "-", exit: 3},
		{name: "a human", human: func(s *stage) *npm.Client { return s.client },
			status: doctor.OK, actor: "human", says: "the session of sandbox", checks: "-"},
		{name: "a session that is over", human: func(s *stage) *npm.Client { return s.as(spec.NewSecret("npm_over")) },
			status: doctor.Wrong, says: "the registry answered 401", cause: "expired or was revoked", checks: "-", exit: 3},
		{name: "a job", env: job, mint: minting, status: doctor.OK, actor: "ci", says: pipeline},
		{name: "a job, and a human: a sandbox", env: job, mint: minting, human: func(s *stage) *npm.Client { return s.client },
			status: doctor.OK, actor: "ci", says: "and the session of sandbox"},
		{name: "a job without the program", env: job, status: doctor.Wrong, actor: "ci", says: "no such program",
			cause: "CircleCI gave the job no ID token", checks: "-", exit: 3},
		{name: "a job without the program, and with CircleCI's own token",
			env: func(s *stage) map[string]string {
				return map[string]string{"CIRCLECI": "true", "CIRCLE_OIDC_TOKEN_V2": s.mint(organization, nil).Secret.Reveal()}
			}, status: doctor.Wrong, actor: "ci", says: "no such program", cause: "CircleCI gave the job no ID token", checks: "aud", exit: 3},
		{name: "CircleCI's own token, taken elsewhere", env: func(s *stage) map[string]string {
			return map[string]string{"CIRCLE_OIDC_TOKEN_V2": s.mint(organization, nil).Secret.Reveal()}
		}, status: doctor.Wrong, actor: "ci", says: "CIRCLE_OIDC_TOKEN_V2", cause: "for the organisation", checks: "aud", exit: 3},
		{name: "CircleCI's own token, used by mistake", mint: minting, env: func(s *stage) map[string]string {
			return map[string]string{"CIRCLECI": "true", idtoken.FromNPM: s.mint(organization, nil).Secret.Reveal()}
		}, status: doctor.Wrong, actor: "ci", says: idtoken.FromNPM, cause: "for the organisation", checks: "aud", exit: 3},
		{name: "a token of an hour ago", env: func(s *stage) map[string]string {
			return map[string]string{idtoken.FromNPM: s.mint("", map[string]any{"iat": at(-59 * time.Minute)}).Secret.Reveal()}
		}, status: doctor.Wrong, actor: "ci", says: "too old", cause: "59m old", checks: "iat", exit: 3},
		{name: "no token at all", env: func(*stage) map[string]string { return map[string]string{idtoken.FromNPM: "npm_nothing"} },
			status: doctor.Wrong, actor: "ci", says: "not a JWT", cause: "malformed", checks: "-", exit: 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := setUp(t)
			s.tokens = append(s.tokens, "npm_over", "npm_nothing")
			s.seed("p")
			s.trust("p", nil)
			var human *npm.Client
			env, mint := map[string]string{}, none
			if c.env != nil {
				env = c.env(s)
			}
			if c.mint != nil {
				mint = c.mint(s)
			}
			if c.human != nil {
				human = c.human(s)
			}
			d := s.diagnose(s.job(env, mint), human, "p")
			s.Expect(d.Identity.Status).To(Equal(c.status))
			s.Expect(d.Identity.Actor).To(Equal(c.actor))
			s.Expect(d.Identity.Message).To(ContainSubstring(c.says))
			if c.cause == "" {
				s.Expect(d.Identity.Causes).To(BeEmpty())
			} else {
				s.Expect(d.Identity.Causes[0].What).To(ContainSubstring(c.cause))
			}
			var wrong []string
			for _, check := range d.Checks {
				if check.Status == doctor.Wrong {
					wrong = append(wrong, check.Name)
				}
			}
			s.Expect(strings.Join(wrong, " ")).To(Equal(strings.TrimPrefix(c.checks, "-")))
			s.Expect(len(d.Checks) == 0).To(Equal(c.checks == "-"))
			s.Expect(d.ExitCode()).To(Equal(c.exit))
		})
	}
}

func job(*stage) map[string]string { return map[string]string{"CIRCLECI": "true"} }

func minting(s *stage) func() (string, error) {
	return func() (string, error) { return s.mint("", nil).Secret.Reveal(), nil }
}

func TestPackagesByAHumansSession(t *testing.T) {
	s := setUp(t)
	for _, name := range []spec.Name{"fits", "none", "differs"} {
		s.seed(name)
	}
	s.trust("fits", nil)
	s.trust("differs", spec.Claims{circleci.ClaimVCSOrigin: "github.com/o/old"})
	d := s.diagnose(s.job(nil, nil), s.client, "fits", "none", "differs", "missing")
	type is struct {
		status   doctor.Status
		evidence doctor.Evidence
		says     string
	}
	for i, want := range []is{
		{doctor.OK, doctor.ByTrustAPI, "configured"},
		{doctor.Wrong, doctor.ByTrustAPI, "no circleci trusted publisher"},
		{doctor.Wrong, doctor.ByTrustAPI, "vcs-origin: github.com/o/old → github.com/o/r"},
		{doctor.Wrong, doctor.ByName, "does not exist"},
	} {
		p := d.Packages[i]
		s.Expect(p.Status).To(Equal(want.status), string(p.Name))
		s.Expect(p.Evidence).To(Equal(want.evidence), string(p.Name))
		s.Expect(p.Message).To(ContainSubstring(want.says))
		s.Expect(p.Causes).To(HaveLen(map[doctor.Status]int{doctor.OK: 0, doctor.Wrong: 1}[want.status]))
	}
	s.Expect(d.ExitCode()).To(Equal(3))
}

func TestPackagesOfWhichLittleIsKnown(t *testing.T) {
	want := spec.TrustedPublishers{wanted()}
	exists := observed.Package{Name: "p", Existence: observed.Exists}
	with := func(change func(*observed.Package)) observed.Package {
		p := exists
		change(&p)
		return p
	}
	session := doctor.Session{Held: true, User: "u"}
	down := &npm.Error{Operation: "reading the dist-tags of", Package: "p", Status: http.StatusServiceUnavailable, Message: "down"}
	for _, c := range []struct {
		name   string
		want   spec.TrustedPublishers
		is     observed.Package
		status doctor.Status
		says   string
		cause  string
		exit   int
	}{
		{"nobody can tell", want, exists, doctor.Unknown, "no credential here", "", 0},
		{"nothing is wanted", nil, exists, doctor.Unknown, "shows only when it is", "", 0},
		{"held by the registry", want, with(func(p *observed.Package) { p.Existence = observed.Withdrawn }), doctor.Wrong, "security team", "security team", 3},
		{"unpublished", want, with(func(p *observed.Package) { p.Existence, p.UnpublishedAt = observed.Unpublished, noon }),
			doctor.Wrong, "2026-11-01T12:00:00Z", "never again", 3},
		{"unreadable", want, with(func(p *observed.Package) { p.Existence, p.Err = observed.Unsure, down }), doctor.Unknown, "503: down", "in trouble", 1},
		{"unreadable without a reason", want, with(func(p *observed.Package) { p.Existence = observed.Unsure }), doctor.Unknown, "not read", "not reached", 1},
		{"a second factor is asked for", want, with(func(p *observed.Package) { p.Trust.Err = spec.ErrSecondFactor }), doctor.Unknown, "second factor", "second factor", 3},
		{"not one's own", want, with(func(p *observed.Package) { p.Trust.Err = spec.ErrRefused }), doctor.Unknown, "refused", "may publish the package", 3},
		{"another kind of registry", want, with(func(p *observed.Package) { p.Trust.Err = spec.ErrUnsupported }), doctor.Unknown, "not offered", "no trusted publishing", 3},
		{"the trust API is down", want, with(func(p *observed.Package) { p.Trust.Err = down }), doctor.Unknown, "503", "in trouble", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			d := doctor.Diagnose(doctor.Symptoms{Want: c.want, Now: noon, Session: session, Packages: []observed.Package{c.is}})
			p := d.Packages[0]
			g.Expect(p.Status).To(Equal(c.status))
			g.Expect(p.Message).To(ContainSubstring(c.says))
			if c.cause == "" {
				g.Expect(p.Causes).To(BeEmpty())
			} else {
				g.Expect(p.Causes[0].What).To(ContainSubstring(c.cause))
			}
			g.Expect(d.ExitCode()).To(Equal(c.exit))
		})
	}
}

func TestARegistryThatCannotSayWhoIsLoggedInIsAnError(t *testing.T) {
	g := NewWithT(t)
	d := doctor.Diagnose(doctor.Symptoms{Session: doctor.Session{Held: true, Err: errors.New("connection refused")}})
	g.Expect(d.Identity.Status).To(Equal(doctor.Unknown))
	g.Expect(d.Identity.Causes[0].What).To(ContainSubstring("not reached"))
	g.Expect(d.ExitCode()).To(Equal(1))
}

func TestComparisonOfWhatFits(t *testing.T) {
	g := NewWithT(t)
	claims := ci.Claims{
		Audience: []string{"npm:registry.example.test"}, IssuedAt: noon.Add(20 * time.Second), Expires: noon.Add(time.Hour),
		Job: spec.Claims{
			circleci.ClaimOrganization: strings.ToUpper(organization), circleci.ClaimProject: project, circleci.ClaimPipelineDefinition: pipeline,
			circleci.ClaimContexts: []any{other, teamContext}, circleci.ClaimVCSOrigin: "github.com/O/r", circleci.ClaimSSHRerun: false,
		},
	}
	want := wanted()
	symptoms := doctor.Symptoms{Audience: "npm:registry.example.test", Want: spec.TrustedPublishers{want}, Now: noon}
	var lines []string
	for _, c := range symptoms.Compare(claims) {
		lines = append(lines, c.Name+" "+string(c.Status))
		g.Expect(c.Have).NotTo(BeEmpty())
		g.Expect(c.Want).NotTo(BeEmpty())
	}
	g.Expect(lines).To(Equal([]string{"iss unknown", "aud ok", "exp ok", "iat ok", "org-id ok", "project-id ok", "pipeline-definition-id ok",
		"context-ids ok", "vcs-origin unknown", "ssh-rerun ok"}))

	lines, symptoms.Want = nil, nil
	for _, c := range symptoms.Compare(ci.Claims{}) {
		lines = append(lines, c.Name+" "+string(c.Status))
	}
	g.Expect(lines).To(Equal([]string{"aud wrong", "exp unknown", "iat unknown", "ssh-rerun unknown"}))
}

func TestTheSignOfARunnerIsALineOfTheComparison(t *testing.T) {
	g := NewWithT(t)
	d := doctor.Diagnose(doctor.Symptoms{IDToken: doctor.IDToken{Expected: true}, Now: noon, Runner: "CIRCLECI_RUNNER_NAME"})
	last := d.Checks[len(d.Checks)-1]
	g.Expect(last.Name).To(Equal("runner"))
	g.Expect(last.Status).To(Equal(doctor.Unknown))
	g.Expect(last.Have).To(Equal("CIRCLECI_RUNNER_NAME"))
}

func TestATokenThatIsTakenElsewhereClearsTheMachine(t *testing.T) {
	s := setUp(t)
	s.seed("p")
	s.seed("q")
	s.trust("q", nil)
	d := s.diagnose(s.job(job(s), minting(s)), nil, "p", "q")
	s.Expect(d.Packages[0].Causes).To(HaveLen(3))
	s.Expect(d.Packages[0].Causes).NotTo(ContainElement(HaveField("What", ContainSubstring("self-hosted"))))
	s.Expect(d.Packages[1]).To(And(HaveField("Status", doctor.Unknown), HaveField("Message", ContainSubstring("direct publishing is unproven"))))
	s.Expect(d.ExitCode()).To(Equal(3))
}
