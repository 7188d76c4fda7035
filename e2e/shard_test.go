package e2e_test

import (
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"
)

var _ = Describe("several nodes of a job", func() {
	var p *pipeline

	BeforeEach(func() {
		p = newReadyPipeline()
	})

	node := func(index string) *place {
		return p.job("v1.0.0", nil).with("CIRCLE_NODE_INDEX", index, "CIRCLE_NODE_TOTAL", "2")
	}

	It("publish a release together, each package once and the entry by node 0", func() {
		sessions := []*gexec.Session{}
		for _, index := range []string{"0", "1"} {
			sessions = append(sessions, node(index).start(binary, "apply", "--shard", "circleci"))
		}
		first, second := finish(sessions[0]).ends(0), finish(sessions[1]).ends(0)
		Expect(acceptances(first, second)).To(And(HaveLen(4), HaveEach(1)))
		Expect(acceptances(first)).To(HaveKey("demo@1.0.0"))
		Expect(p.sent(http.MethodPut)).To(HaveLen(4))
		p.job("v1.0.0", nil).run("plan", "--detailed-exitcode").ends(0)
	})

	It("name what is absent when one of them dies, and a rerun finishes", func() {
		o := node("0").run("apply", "--shard", "circleci", "--timeout", "2s").ends(4)
		Expect(o.out).To(ContainSubstring("publish waits for 2 packages to be Served (@demo/cli-darwin-arm64, @demo/cli-linux-x64)"))
		Expect(p.registry.served("demo", "1.0.0")).To(BeFalse())
		p.job("v1.0.0", nil).run("apply").ends(0)
		Expect(p.registry.served("demo", "1.0.0")).To(BeTrue())
	})

	DescribeTable("are told what is wrong with --shard", func(shard, says string) {
		o := p.job("v1.0.0", nil).run("apply", "--shard", shard).ends(1)
		Expect(o.err).To(ContainSubstring(says))
		Expect(p.sent(http.MethodPut)).To(BeEmpty())
	},
		Entry("no CircleCI", "circleci", "CIRCLE_NODE_INDEX"),
		Entry("counted from 1", "2/2", "counted from 0"),
		Entry("no number", "a/2", "0/4"),
		Entry("no total", "1", "0/4"),
	)
})
