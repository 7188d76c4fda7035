package e2e_test

import (
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"

	"github.com/agent-facets/facets-reconcile/internal/fault"
)

// brokenReads are faults of what is asked of the registry before anything is sent to it.
func brokenReads(s *stage) {
	DescribeTable("of reading, that pass",
		func(what string) {
			r := s.releaseWith(what)
			r.ends(0)
			Expect(r.sent).To(Equal(sends(1, 1)))
			Expect(r.d.PublishedNow).To(HaveLen(4))
			Expect(r.d.findings()).To(BeEmpty())
			s.tells(r)
			s.recovers()
		},
		Entry("a 500 in the place of a manifest is asked again, and the release goes on", "500,on=manifest,times=1"),
		Entry("a 502 in the place of dist-tags is asked again", "502,on=tags,times=1"),
		Entry("a 503 that asks for a second of patience gets it", "503,on=tags,times=1,retry-after=1"),
		Entry("a 504 in the place of a tarball is asked again", "504,on=tarball,times=1"),
		Entry("a 408 in the place of a manifest is asked again at the next look", "408,on=manifest,times=1"),
		Entry("a 429 that names seconds is waited for", "429,on=tags,times=2,retry-after=1"),
		Entry("a 429 that names a date is waited for", "429,on=tags,times=1,retry-after=date:+1s"),
		Entry("a 429 that names no time is asked again a little later", "429,on=tags,times=2"),
		Entry("a 429 whose time makes no sense is asked again a little later", "429,on=tags,times=1,retry-after=soon"),
		Entry("an error page in the place of JSON is asked again", "html,on=manifest,times=1"),
		Entry("a connection reset before the answer is made anew", "reset-before,on=tags,times=1"),
		Entry("a connection reset amid the answer is made anew", "reset-during,on=tags,times=1"),
		Entry("a connection reset after the request is made anew", "reset-after,on=manifest,times=1"),
		Entry("an answer that is cut off is asked for again", "truncated,on=tags,times=1"),
		Entry("garbage that comes once is no reason to stop", "garbage,on=manifest,times=1"),
		Entry("an empty document that comes once is no reason to stop", "empty,on=manifest,times=1"),
		Entry("an answer of a gigabyte is cut short, and asked for again at the next look", "flood,on=manifest,times=1"),
		Entry("a redirect to itself that comes once is no reason to stop", "redirect-loop,on=manifest,times=6"),
		Entry("an answer that comes byte by byte is given up in time, and asked for again", "slow,on=manifest,times=1"),
		Entry("a registry that does not answer is given up in time, and asked again", "hang,on=tags,times=1"),
	)

	DescribeTable("of reading, that last",
		func(what, said string) {
			r := s.releaseWith(what)
			r.ends(1)
			Expect(r.sent).To(BeEmpty(), "a release starts only when nothing knowable stops it")
			Expect(r.d.findings()).To(ConsistOf("Unreadable " + broken))
			Expect(r.d.pkg(broken).is("Served")).To(HavePrefix("Unknown "), "unknown is not absent")
			Expect(r.d.pkg(broken).Changes).To(BeEmpty())
			Expect(r.out).To(And(ContainSubstring(broken+" could not be read"), ContainSubstring(said)))
			s.tells(r)
			s.recovers()
		},
		Entry("dist-tags that are always answered 500 hold the release back, unknown as they are", "500,on=tags", "500"),
		Entry("a busy registry that asks for years of patience is told, and not waited for",
			"429,on=tags,retry-after=99999999", "429"),
		Entry("error pages for ever are told in one line", "html,on=tags", "502"),
		Entry("garbage for ever is told without its bytes", "garbage,on=tags", "not what it should be"),
		Entry("answers that are always cut off are told", "truncated,on=tags", "dist-tags"),
		Entry("gigabytes for ever cost no more than their beginning", "flood,on=tags", "too large"),
		Entry("a redirect in a circle is left", "redirect-loop,on=tags", "redirect"),
		Entry("a redirect to where nobody answers is told", "redirect-away,on=tags", "dist-tags"),
		Entry("a connection that is always reset is told", "reset-before,on=tags", "the connection was cut"),
		Entry("a refusal that would take over the terminal is told in plain letters", "forbidden,on=tags", "You may not do this"),
	)

	It("manifests that are empty documents for ever hold back the entry, and not the other platforms", func() {
		r := s.releaseWith("empty")
		r.ends(1)
		Expect(r.sent).To(Equal(sends(0, 0)))
		Expect(r.d.findings()).To(ConsistOf("Unreadable " + broken))
		s.tells(r)
		s.recovers()
	})

	It("a manifest that takes a login is unknown, not absent, and holds back the entry", func() {
		s.answers(fault.Manifest, http.StatusUnauthorized)
		r := s.release()
		r.ends(1)
		Expect(r.sent).To(Equal(sends(0, 0)))
		Expect(r.d.pkg(broken).is("Served")).To(Equal("Unknown NoAccess"))
		Expect(r.d.findings()).To(ContainElement("Unreadable " + broken))
		s.tells(r)
		s.play(act{})
		s.recovers()
	})

	It("a plan of a registry that never answers ends, with exit code 1", func() {
		s.breaks("hang,on=tags")
		r := s.run(s.job("v1.0.0", nil), "plan", "--detailed-exitcode")
		s.hit()
		r.ends(1)
		Expect(r.d.findings()).To(ConsistOf("Unreadable " + broken))
		s.tells(r)
		s.recovers()
	})

	It("an interrupt before anything was read says that nothing was done", func() {
		s.breaks("hang,of=*")
		session, before := s.begin(s.job("v1.0.0", nil), "apply", "--log-level", "debug")
		Eventually(func() int { return len(s.acts.Load().layer.Hits()) }, soon).Should(BeNumerically(">", 0))
		session.Interrupt()
		r := s.finish(session, before)
		r.ends(1)
		Expect(r.sent).To(BeEmpty())
		Expect(r.out).To(ContainSubstring("Nothing was done"))
		Expect(session.Err).To(gbytes.Say("interrupted"))
		s.recovers()
	})
}
