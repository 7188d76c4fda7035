package e2e_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/ci/githubactions"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

// brokenProvenance are faults of who signs and records provenance, where the state file requires it.
func brokenProvenance(s *stage) {
	DescribeTable("of provenance",
		func(what string, code int, sent sendings) {
			before := s.read(stateFile)
			DeferCleanup(s.write, stateFile, before)
			s.published("- github: {repository: example/demo, workflow: publish.yml}")
			s.edit(stateFile, "  groups:", "  provenance: required\n  groups:")
			s.run(s.human(), "apply", "--group", "cli", "--only", "trust", "--tag", "v1.0.0", s.otp()).ends(0)
			release := func() ran {
				return s.run(s.jobOf(sandbox.Job{Kind: githubactions.Type, Tag: "v1.0.0"}), "apply", "--timeout", "10m")
			}
			s.breaks(what)
			r := release()
			s.hit()
			r.ends(code)
			Expect(r.sent).To(Equal(sent))
			s.tells(r)
			s.acts.Load().layer.Clear()
			release().ends(0)
			for _, name := range releaseNames() {
				_, _, ok := s.registry.provenance(name, "1.0.0")
				Expect(ok).To(BeTrue(), name)
			}
		},
		Entry("a certificate authority that fails once is asked again", "503,on=certify,times=1", 0, sends(1, 1)),
		Entry("a log of provenance that is reset once is asked again", "reset-before,on=record,times=1", 0, sends(1, 1)),
		Entry("a log of provenance that is down for a while is waited for", "503,on=record,times=12", 0, sends(1, 1)),
		Entry("a log of provenance that stays down ends the release before its first upload, with exit code 4", "503,on=record", 4, sendings{}),
		Entry("a certificate authority whose connections are always reset ends it there, too, with exit code 4", "reset-before,on=certify", 4, sendings{}),
		Entry("a certificate authority that refuses is told in plain letters", "forbidden,on=certify", 1, sendings{}),
	)
}
