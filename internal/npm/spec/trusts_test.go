package spec_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/ci/providers"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func TestSeveralTrustedPublishersAreComparedAsASet(t *testing.T) {
	const pipeline = circleci.ClaimPipelineDefinition
	release, nightly := publisher(claim(pipeline, "release")), publisher(claim(pipeline, "nightly"))
	protected := publisher(claim(pipeline, "release"), claim(circleci.ClaimContexts, []string{"c9"})) // the same pipeline in another context
	stages := publisher(claim(pipeline, "nightly"), may(spec.PermissionStage))
	typo := publisher(claim(pipeline, "release"), claim(circleci.ClaimContexts, []string{"c9"}), claim(circleci.ClaimVCSOrigin, "github.com/o/typo"))
	moved := publisher(claim(pipeline, "old"), claim(circleci.ClaimOrganization, "x"), claim(circleci.ClaimProject, "y"))
	foreign := publisher(func(p *spec.TrustedPublisher) { p.Type = "gitlab" })
	type list = []spec.TrustedPublisher
	for _, c := range []struct {
		name              string
		want              spec.TrustedPublishers
		have              list
		missing, outdated list
		others            list
	}{
		{"all there, in another order", spec.TrustedPublishers{release, nightly}, list{nightly, release}, nil, nil, nil},
		{"one is missing", spec.TrustedPublishers{release, nightly}, list{release}, list{nightly}, nil, nil},
		{"one that is wanted is not outdated by another of its pipeline", spec.TrustedPublishers{release, protected}, list{protected},
			list{release}, nil, nil},
		{"what is outdated counts for the one that is missing", spec.TrustedPublishers{release, protected}, list{release, typo},
			list{protected}, list{typo}, nil},
		{"a house that has moved, for the missing one of several", spec.TrustedPublishers{release, nightly}, list{moved, release},
			list{nightly}, list{moved}, nil},
		{"one may only stage", spec.TrustedPublishers{release, nightly}, list{release, stages}, list{nightly}, list{stages}, nil},
		{"one twice", spec.TrustedPublishers{release, nightly}, list{release, nightly, release}, nil, list{release}, nil},
		{"another's", spec.TrustedPublishers{release, nightly}, list{foreign}, list{release, nightly}, nil, list{foreign}},
		{"none is wanted", nil, list{release}, nil, nil, list{release}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			sorted := c.want.Sort(c.have, providers.Supersedes)
			var missing list
			for _, m := range sorted.Missing() {
				missing = append(missing, m.Want)
			}
			g.Expect(missing).To(Equal(c.missing))
			g.Expect(sorted.Outdated()).To(Equal(c.outdated))
			g.Expect(sorted.Others).To(Equal(c.others))
			g.Expect(sorted.Fitting()).To(HaveLen(len(c.want) - len(c.missing)))
		})
	}
}

func TestTrustedPublishersThatMayOnlyStage(t *testing.T) {
	want := publisher()
	for name, c := range map[string]struct {
		have spec.TrustedPublisher
		only bool
	}{
		"staging alone":              {publisher(may(spec.PermissionStage)), true},
		"nothing at all":             {publisher(may()), true},
		"both":                       {publisher(may(spec.PermissionStage, spec.PermissionPublish)), false},
		"publishing alone":           {publisher(), false},
		"staging with another claim": {publisher(may(spec.PermissionStage), claim(circleci.ClaimProject, "z")), false},
		"another provider's":         {publisher(may(spec.PermissionStage), func(p *spec.TrustedPublisher) { p.Type = "gitlab" }), false},
	} {
		NewWithT(t).Expect(c.have.MayOnlyStage(want)).To(Equal(c.only), name)
	}
}
