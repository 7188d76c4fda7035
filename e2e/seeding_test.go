package e2e_test

import (
	"net/http"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("seeding the names of agent-facets", Ordered, func() {
	var (
		ci  *pipeline
		cli = append(facetsPlatformNames(), "agent-facets")
	)
	const alreadyThere = "All packages already exist on npm"

	BeforeAll(func() {
		facets := newFacets()
		facets.write("package.json", `{"private": true, "license": "Apache-2.0"}`)
		ci = newPipeline(facets)
	})

	It("takes somebody who is logged in: else it says so, with what to do", func() {
		o := ci.outside().run("apply", "--only", "seed", "--group", "cli").ends(3)
		Expect(o.err).To(ContainSubstring("nobody is logged in"))
		Expect(o.out).To(And(ContainSubstring("npm login"), ContainSubstring("13 to seed"), Not(ContainSubstring(alreadyThere))))
		Expect(ci.sent(http.MethodPut)).To(BeEmpty())
	})

	It("takes their second factor: where nobody can be asked for it, it says so", func() {
		o := ci.human().run("apply", "--only", "seed", "--group", "cli").ends(3)
		Expect(o.out).To(And(ContainSubstring("second factor"), ContainSubstring("13 to seed")))
		Expect(ci.registry.versions("agent-facets")).To(BeEmpty())
	})

	It("publishes placeholders for one group, and no more, which say what they are, and whose", func() {
		o := ci.human().run("apply", "--only", "seed", "--group", "cli", ci.otp(), "--log-level", "debug").ends(0)
		Expect(o.lines("seed")).To(HaveLen(13))
		Expect(o.out).To(ContainSubstring("13 names seeded"))
		Expect(o.out + o.err).NotTo(MatchRegexp(`\b` + ci.world.OneTimePassword() + `\b`))
		for _, name := range cli {
			Expect(o.out).To(ContainSubstring(name))
			Expect(ci.registry.versions(name)).To(ConsistOf("0.0.1"), name)
			Expect(ci.registry.distTags(name)).To(HaveKeyWithValue("placeholder", "0.0.1"), name)
			Expect(ci.trusted(name)).To(BeEmpty(), "only seeds were asked for")
		}
		for _, name := range facetsLibraries() {
			Expect(ci.registry.status("/"+strings.Replace(name, "/", "%2f", 1))).To(Equal(http.StatusNotFound), name)
		}

		_, document := ci.registry.request(http.MethodGet, "/agent-facets/0.0.1", "")
		Expect(document).To(And(ContainSubstring("Placeholder: it holds the name"), ContainSubstring(`"license":"Apache-2.0"`),
			ContainSubstring("git+https://github.com/agent-facets/facets.git")))
		_, document = ci.registry.request(http.MethodGet, "/agent-facets", "")
		Expect(document).To(ContainSubstring("This version is a placeholder without any code"), "its readme")

		By("having nothing to do when it is run again, and listing the names that exist")
		before := ci.sent(http.MethodPut)
		o = ci.human().run("apply", "--only", "seed", "--group", "cli").ends(0)
		Expect(o.out).To(ContainSubstring(alreadyThere))
		for _, name := range cli {
			Expect(o.out).To(ContainSubstring(name))
		}
		Expect(ci.sent(http.MethodPut)).To(Equal(before))
	})

	It("does the same for the libraries", func() {
		before := len(ci.sent(http.MethodPut))
		o := ci.human().run("apply", "--only", "seed", "--group", "libraries", ci.otp()).ends(0)
		Expect(o.lines("seed")).To(HaveLen(9))
		Expect(ci.sent(http.MethodPut)).To(ContainElements(paths(facetsLibraries()...)))
		Expect(len(ci.sent(http.MethodPut)) - before).To(BeNumerically(">=", 9))
		for _, name := range facetsLibraries() {
			Expect(ci.registry.versions(name)).To(ConsistOf("0.0.1"), name)
		}
		Expect(ci.human().run("apply", "--only", "seed", "--group", "libraries").ends(0).out).To(ContainSubstring(alreadyThere))
	})

	It("has nothing to do for any of the 22 then, whoever asks", func() {
		ci.human().run("apply", "--only", "seed", ci.otp()).ends(0)
		for _, p := range []*place{ci.outside(), ci.human(), ci.job("", nil)} {
			Expect(p.run("apply", "--only", "seed").ends(0).out).To(ContainSubstring(alreadyThere))
		}
		Expect(slices.Concat(cli, facetsLibraries())).To(HaveLen(22))
		Expect(contents(ci.temp)).To(BeEmpty())
	})
})
