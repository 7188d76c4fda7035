package e2e_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares a text with a file of testdata.
func golden(path, text string) {
	GinkgoHelper()
	file := filepath.Join("testdata", filepath.FromSlash(path))
	if *update {
		Expect(os.MkdirAll(filepath.Dir(file), 0o750)).To(Succeed())
		Expect(os.WriteFile(file, []byte(text), 0o600)).To(Succeed())
	}
	want, err := os.ReadFile(file)
	Expect(err).NotTo(HaveOccurred(), "run with -update to write it")
	Expect(text).To(Equal(string(want)), file)
}

var _ = Describe("agent-facets moves house, to another organisation of CircleCI", Ordered, func() {
	const (
		older  = "older.yaml"
		shared = "@agent-facets/core" // has other trusted publishers, too
	)
	moved := map[string][2]string{ // what its trusted publishers said, and say now
		circleci.ClaimOrganization:       {"d6dfd694-6b06-4d51-a5bd-a15b3efe977b", "bfa561da-d33e-4a2a-a46d-48e096a828e0"},
		circleci.ClaimProject:            {"c7b3dd0a-e9b0-4e95-8345-fc984443e02b", "46274a40-97ed-41fd-a745-9702a7131ccc"},
		circleci.ClaimPipelineDefinition: {"d404b478-dd19-4c68-891f-4cf97396b1a7", "15756499-9950-43b5-b2d3-ac4086d9aa48"},
		circleci.ClaimContexts:           {"84962527-275c-495e-83c3-31c79cf1e181", "691cddb9-b839-41e8-bc5c-ebb4484a2a1f"},
	}
	all := append(append(facetsPlatformNames(), "agent-facets"), facetsLibraries()...)
	var (
		p     *place
		world *pipeline
		trust []spec.TrustedPublisher // that others have
	)

	BeforeAll(func() {
		p = newFacets()
		p.copy("../desired-state.yaml", older)
		for _, values := range moved {
			p.edit(older, values[1], values[0])
		}
		p.seedAndTrust("-f", older)

		world = newPipeline(p)
		for _, name := range all {
			have := world.trusted(name)
			Expect(have).To(HaveLen(1), name)
			for claim, values := range moved {
				Expect(have[0].Claims.Values(claim)).To(ConsistOf(values[0]), name)
			}
		}
		trust = []spec.TrustedPublisher{
			{Type: "github", Claims: spec.Claims{"repository": "agent-facets/facets", "workflow_ref": "release.yml"}},
			{Type: circleci.Type, Claims: spec.Claims{
				circleci.ClaimOrganization: moved[circleci.ClaimOrganization][1], circleci.ClaimProject: moved[circleci.ClaimProject][1],
				circleci.ClaimPipelineDefinition: "de7e1095-0000-4000-8000-000000000000",
				circleci.ClaimVCSOrigin:          "github.com/agent-facets/facets",
			}, Permissions: []string{spec.PermissionStage}},
		}
		for _, publisher := range trust {
			world.trust(shared, publisher)
		}
	})

	It("plan shows for each package which values differ, old and new", func() {
		golden("moving/plan.golden", p.run("plan", "--sandbox").ends(0).out)
		d := p.run("plan", "--sandbox", "-o", "json", "--log-level", "debug").ends(0).document()
		Expect(d.changed("trust")).To(ConsistOf(all))
		for _, one := range d.packages() {
			Expect(one.is("Trusted")).To(Equal("False ClaimsDiffer"), one.Name)
		}
	})

	It("one apply moves them all, with one second factor, and keeps what others publish with unless it is to be pruned", func() {
		o := p.run("apply", "--sandbox", "--scan-delay", "0s", "--only", "trust", "--log-level", "debug").ends(0)
		Expect(o.lines("trust")).To(HaveLen(22))
		Expect(o.lines("second")).To(HaveLen(1))
		Expect(o.out).To(And(ContainSubstring("22 trusted publishers made or made anew"), ContainSubstring("within two days")))
		for _, name := range all {
			var built []spec.TrustedPublisher
			for _, have := range world.trusted(name) {
				if have.Type == circleci.Type && len(have.Claims.Values(circleci.ClaimContexts)) > 0 {
					built = append(built, have)
				}
			}
			Expect(built).To(HaveLen(1), name)
			for claim, values := range moved {
				Expect(built[0].Claims.Values(claim)).To(ConsistOf(values[1]), name)
			}
		}

		By("having nothing to say of them any more")
		o = p.run("plan", "--sandbox").ends(0)
		Expect(o.out).NotTo(ContainSubstring("ClaimsDiffer"))
		for _, values := range moved {
			Expect(o.out).NotTo(ContainSubstring(values[0]))
		}
		Expect(p.run("plan", "--sandbox", "-o", "json").ends(0).document().changed("trust")).To(BeEmpty())

		By("pruning")
		Expect(world.trusted(shared)).To(HaveLen(3))
		for _, publisher := range trust {
			Expect(world.trusted(shared)).To(ContainElement(And(
				HaveField("Type", publisher.Type), WithTransform(claims, Equal(claims(publisher))))))
		}

		o = p.run("apply", "--sandbox", "--scan-delay", "0s", "--only", "trust", "--prune").ends(0)
		Expect(o.lines("trust")).To(ConsistOf(HavePrefix("trust    " + shared + ": done")))
		Expect(o.out).NotTo(ContainSubstring("made anew"), "the one that fits was not touched")
		Expect(world.trusted(shared)).To(HaveLen(1))
		Expect(world.trusted(shared)[0].Claims.Values(circleci.ClaimOrganization)).To(ConsistOf(moved[circleci.ClaimOrganization][1]))
	})
})

// claims writes a trusted publisher's claims for comparison.
func claims(p spec.TrustedPublisher) map[string]string {
	all := map[string]string{}
	for claim := range p.Claims {
		all[claim] = strings.Join(p.Claims.Values(claim), ",")
	}
	return all
}
