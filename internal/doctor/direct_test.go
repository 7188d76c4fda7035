package doctor_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/doctor"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

func TestWhatAnExchangeDoesNotTell(t *testing.T) {
	second := wanted()
	second.Claims = spec.Claims{circleci.ClaimPipelineDefinition: other}
	stages := wanted()
	stages.Permissions = []string{spec.PermissionStage}
	own := wanted()
	type list = []spec.TrustedPublisher
	taken := observed.Trust{Exchange: observed.ExchangeTaken, Fitting: &own}
	with := func(change func(*observed.Trust)) observed.Trust { t := taken; change(&t); return t }
	one, two := spec.TrustedPublishers{own}, spec.TrustedPublishers{own, second}
	for _, c := range []struct {
		name   string
		want   spec.TrustedPublishers
		trust  observed.Trust
		status doctor.Status
		says   string
		cause  string
	}{
		{"nothing shows the permission", one, taken, doctor.Unknown, "direct publishing is unproven", ""},
		{"nothing is wanted, and nothing shows it", nil, taken, doctor.Unknown, "direct publishing is unproven", ""},
		{"only staging is wanted", spec.TrustedPublishers{stages}, with(func(t *observed.Trust) { t.Fitting = &stages }), doctor.OK, "exchanged", ""},
		{"it was published so before", one, with(func(t *observed.Trust) { t.PublishedBy = circleci.Type }), doctor.OK, "exchanged", ""},
		{"the list shows it", one, with(func(t *observed.Trust) { t.Listed, t.Publishers = true, list{own} }), doctor.OK, "exchanged", ""},
		{"the list shows that it may only stage", one, with(func(t *observed.Trust) { t.Listed, t.Publishers = true, list{stages} }),
			doctor.Wrong, "may only stage", "the trusted publisher may only stage"},
		{"it was published so before it might only stage", one, with(func(t *observed.Trust) {
			t.Listed, t.Publishers, t.PublishedBy = true, list{stages}, circleci.Type
		}), doctor.Wrong, "may only stage", "the trusted publisher may only stage"},
		{"another is missing", two, with(func(t *observed.Trust) { t.Listed, t.Publishers = true, list{own} }), doctor.Wrong,
			"circleci " + other + ": not configured", "the package lacks the trusted publisher circleci " + other},
		{"all are there", two, with(func(t *observed.Trust) { t.Listed, t.Publishers = true, list{second, own} }), doctor.OK, "exchanged", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			d := doctor.Diagnose(doctor.Symptoms{Want: c.want, Now: noon, Session: doctor.Session{Held: true, User: "u"},
				Packages: []observed.Package{{Name: "p", Existence: observed.Exists, Trust: c.trust}}})
			p := d.Packages[0]
			g.Expect(p.Status).To(Equal(c.status), p.Message)
			g.Expect(p.Message).To(ContainSubstring(c.says))
			if c.cause == "" {
				g.Expect(p.Causes).To(BeEmpty())
				g.Expect(d.ExitCode()).To(Equal(0))
				return
			}
			g.Expect(p.Causes).To(ConsistOf(HaveField("What", ContainSubstring(c.cause))))
			g.Expect(d.ExitCode()).To(Equal(3))
		})
	}
}

func TestOfWhichTrustedPublisherAnIDTokenIs(t *testing.T) {
	first, second := wanted(), wanted()
	second.Claims = spec.Claims{circleci.ClaimOrganization: organization, circleci.ClaimPipelineDefinition: other}
	symptoms := doctor.Symptoms{Want: spec.TrustedPublishers{first, second}, Now: noon}
	claims := func(pipeline string) ci.Claims {
		return ci.Claims{Job: spec.Claims{circleci.ClaimOrganization: organization, circleci.ClaimPipelineDefinition: pipeline}}
	}
	line := func(pipeline string) doctor.Check {
		for _, c := range symptoms.Compare(claims(pipeline)) {
			if c.Name == "publisher" {
				return c
			}
		}
		return doctor.Check{}
	}
	g := NewWithT(t)
	g.Expect(line(other)).To(And(HaveField("Status", doctor.OK),
		HaveField("Have", "trustedPublishers[1]; not trustedPublishers[0]: context-ids, pipeline-definition-id, project-id, vcs-origin")))
	g.Expect(line("neither")).To(And(HaveField("Status", doctor.Wrong), HaveField("Message", ContainSubstring("of none"))))
	g.Expect(symptoms.Compare(claims(other))).NotTo(ContainElement(And(HaveField("Name", "project-id"), HaveField("Status", doctor.Wrong))),
		"it is compared with the one that it is of")
	symptoms.Want = symptoms.Want[:1]
	g.Expect(line(other)).To(Equal(doctor.Check{}), "there is no choice")
}
