package e2e_test

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("a state file", func() {
	It("that is right is said to be valid", func() {
		Expect(newDemo().run("validate").ends(0).out).To(ContainSubstring("groups: 2, packages: 6"))
	})

	DescribeTable("that is wrong is refused by every command, with the place of each problem",
		func(change func(p *place), said ...string) {
			p := newDemo()
			change(p)
			for _, command := range []string{"validate", "plan", "apply", "wait"} {
				arguments := []string{command}
				if command != "validate" {
					arguments = append(arguments, "--sandbox")
				}
				o := p.run(arguments...).ends(1)
				Expect(o.out).To(BeEmpty())
				for _, text := range said {
					Expect(o.err).To(ContainSubstring(text), command)
				}
				Expect(len(o.err)).To(BeNumerically("<", 10_000), "a message, not a dump")
			}
			Expect(p.path(".facets-sandbox")).NotTo(BeADirectory())
		},
		Entry("with an unknown field", edited("    permissions: [publish]", "    permission: [publish]"), "permission"),
		Entry("with a bad UUID", edited("111111111111", "11111111111"), "spec.trustedPublisher.circleci.organizationID"),
		Entry("with a bad name", edited("package: demo\n", "package: Demo Package\n"), "spec.groups[0].entry.package"),
		Entry("with a name twice", edited(`package: "@demo/core"`, `package: "@demo/adapter"`),
			"spec.groups[1].packages[1].package", "@demo/adapter"),
		Entry("with a package in two groups", edited(`package: "@demo/core"`, `package: "@demo/cli-linux-x64"`),
			"spec.groups[1].packages[1].package", "@demo/cli-linux-x64"),
		Entry("without targets",
			edited("          - darwin-arm64\n          - linux-arm64\n          - linux-x64\n", "          []\n"),
			"spec.groups[0].platforms.targets"),
		Entry("with several problems", func(p *place) {
			edited("111111111111", "1")(p)
			edited("github: example/demo", "github: demo")(p)
			edited(`package: "@demo/core"`, `package: "@demo/adapter"`)(p)
		}, "spec.trustedPublisher.circleci.organizationID", "spec.source.github", "spec.groups[1].packages[1].package"),
		Entry("indented with tabs", edited("  name: demo\n", "\tname: demo\n"), "tab"),
		Entry("of 10 MB of garbage", func(p *place) {
			p.write(stateFile, strings.Repeat("\x00\xff{[garbage: &a *b\n", 10<<20/18))
		}, stateFile),
		Entry("of 10 MB of brackets", func(p *place) { p.write(stateFile, strings.Repeat("[", 10<<20)) }, stateFile),
		Entry("that is empty", func(p *place) { p.write(stateFile, "") }, stateFile),
		Entry("that is not there", func(p *place) { p.remove(stateFile) }, stateFile),
	)
})

func edited(before, after string) func(*place) {
	return func(p *place) { p.edit(stateFile, before, after) }
}
