package e2e_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("what a registry says of a version, in a rehearsal", func() {
	const platform = "@demo/cli-linux-x64"

	DescribeTable("a version that was deleted stops its release before anything is sent, and the next number is named",
		func(flags ...string) {
			p := newDemo()
			p.seedAndTrust()
			run := func(args ...string) outcome {
				return p.run(append(append(args, "--sandbox", "--scan-delay", "0s", "--tag", "v1.0.0"), flags...)...)
			}
			p.run("sandbox", "tag", "v1.0.0").ends(0)
			run("apply", "--yes", "--package", platform).ends(0)
			Expect(p.run("sandbox", "delete", platform+"@1.0.0").ends(0).out).To(Equal("deleted " + platform + "@1.0.0\n"))
			o := run("apply", "--yes").ends(1)
			Expect(o.lines("publish")).To(BeEmpty())
			Expect(o.out).To(And(ContainSubstring("error Burnt: "+platform+"@1.0.0 was deleted"), ContainSubstring("release 1.0.1, which")))
			p.run("sandbox", "tag", "v1.0.1").ends(0)
			flags = append(flags, "--tag", "v1.0.1")
			Expect(run("apply", "--yes").ends(0).lines("publish")).To(HaveLen(4))
		},
		Entry("by its status"),
		Entry("by the packument where the status is refused", "--no-status"),
	)

	It("a version that is blocked is Stuck at once", func() {
		p := newDemo()
		p.seedAndTrust()
		p.run("sandbox", "tag", "v1.0.0").ends(0)
		p.run("apply", "--sandbox", "--yes", "--scan-delay", "1h", "--timeout", "1s", "--tag", "v1.0.0").ends(4)
		p.run("sandbox", "block", platform+"@1.0.0").ends(0)
		o := p.run("apply", "--sandbox", "--yes", "--tag", "v1.0.0").ends(4) // with a deadline of an hour
		Expect(o.out).To(And(ContainSubstring("warning Stuck: "+platform+"@1.0.0 was accepted, and then blocked"), ContainSubstring("appeal")))
		Expect(p.run("sandbox", "block", "@demo/none@1.0.0").ends(1).err).To(ContainSubstring("has no @demo/none@1.0.0"))
		Expect(p.run("sandbox", "delete", "1.0.0").ends(1).err).To(ContainSubstring("give NAME@VERSION"))
		Expect(p.run("plan", "--no-status").ends(1).err).To(ContainSubstring("add --sandbox"))
	})
})
