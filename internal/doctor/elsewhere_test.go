package doctor_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/ci/githubactions"
	"github.com/agent-facets/facets-reconcile/internal/ci/idtoken"
	"github.com/agent-facets/facets-reconcile/internal/ci/providers"
	"github.com/agent-facets/facets-reconcile/internal/doctor"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

// The project has moved from one CI system to another, or stands in both, and the job is of the other one.
func TestAJobOfAnotherCISystem(t *testing.T) {
	s := setUp(t)
	s.seed("p")
	s.trust("p", nil)
	secret, err := s.world.IDTokenOf(sandbox.Job{Kind: githubactions.Type}, s.world.Audience())
	s.Expect(err).NotTo(HaveOccurred())
	source := idtoken.NewSource(idtoken.Options{Issuer: githubactions.Provider{}, Audience: s.world.Audience(), Now: s.clock.Now,
		Env: func(name string) string {
			return map[string]string{"GITHUB_ACTIONS": "true", idtoken.FromNPM: secret.Reveal()}[name]
		}})
	d := s.diagnose(source, nil, "p")
	s.Expect(d.Packages[0].Causes).To(HaveLen(1))
	s.Expect(d.Packages[0].Causes[0].What).To(Equal("the job is of GitHub Actions, and the state file trusts CircleCI"))
	s.Expect(d.Packages[0].Causes[0].Next).To(And(ContainSubstring("`github:`"), ContainSubstring("apply --only trust")))
	s.Expect(d.Checks).To(HaveLen(4), "claims with other names are not compared")
	s.Expect(d.Checks[0].Status).To(Equal(doctor.Wrong))
	s.Expect(d.Packages[0].Message).To(ContainSubstring("404"))
}

// Of one CI system's trusted publisher a job may differ in fewer claims, only because that asks for fewer.
func TestAnIDTokenIsComparedWithItsOwnCISystemFirst(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	token := s.mint("", map[string]any{circleci.ClaimOrganization: other, circleci.ClaimProject: other, circleci.ClaimPipelineDefinition: other,
		circleci.ClaimContexts: []string{other}, circleci.ClaimVCSOrigin: "github.com/o/other"})
	hub := githubactions.Workflow{Repository: "o/r", Workflow: "publish.yml"}.Publisher()
	index, differences := providers.Nearest(token.Claims, spec.TrustedPublishers{hub, wanted()})
	g.Expect(index).To(Equal(1))
	g.Expect(differences).To(HaveLen(5))
}
