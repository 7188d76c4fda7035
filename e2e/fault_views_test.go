package e2e_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// brokenViews are faults of what the registry shows after it took a version.
func brokenViews(s *stage) {
	DescribeTable("of what is shown, that pass",
		func(what string) {
			r := s.releaseWith(what)
			r.ends(0)
			Expect(r.sent).To(Equal(sends(1, 1)))
			Expect(r.d.findings()).To(BeEmpty())
			s.tells(r)
			s.recovers()
		},
		Entry("a cache that goes on to show what was is waited out", "stale,for=6m"),
		Entry("a cached 404 is waited out", "stale-404,for=6m"),
		Entry("a manifest that comes after its tarball is waited for", "manifest-404,for=6m"),
		Entry("a tarball that comes after its manifest is waited for", "tarball-404,for=6m"),
		Entry("a dist-tag that shows minutes later is waited for, and not moved again", "tag-lag,for=4m"),
		Entry("a version that is served 40 minutes later is waited for", "never-served,for=40m"),
	)

	DescribeTable("of what is shown, that last: the version is Stuck, with the version to release",
		func(what string) {
			r := s.releaseWith(what, "--timeout", "20m")
			r.ends(4)
			Expect(r.sent).To(Equal(sends(1, 0)))
			Expect(r.d.findings()).To(ConsistOf("Stuck " + broken))
			Expect(r.d.Findings[0].Next).To(ContainSubstring("1.0.1"))
			Expect(r.d.pkg(broken).is("Published")).To(HavePrefix("True "))
			Expect(r.d.pkg(broken).is("Served")).To(HavePrefix("False "))
			s.tells(r)
			s.recovers()
		},
		Entry("a version that a cache hides for ever ends with Stuck", "stale"),
		Entry("a version whose cached 404 never ends ends with Stuck", "stale-404"),
		Entry("a version without a manifest ends with Stuck", "manifest-404"),
		Entry("a version without a tarball ends with Stuck", "tarball-404"),
	)

	It("a version that is never served ends with Stuck and the version to release; a fresh machine asks for its status", func() {
		first := s.releaseWith("never-served", "--timeout", "20m")
		first.ends(4)
		Expect(first.sent).To(Equal(sends(1, 0)))
		second := s.release("--timeout", "20m")
		second.ends(4)
		Expect(second.sent).To(BeEmpty())
		for _, r := range []ran{first, second} {
			Expect(r.d.findings()).To(ConsistOf("Stuck " + broken))
			Expect(r.d.Findings[0].Next).To(ContainSubstring("1.0.1"))
			Expect(r.d.pkg(broken).is("Published")).To(HavePrefix("True "))
		}
		s.tells(first, second)
		s.recovers()
	})

	It("a dist-tag that never shows does not hold up the entry, and ends with exit code 4", func() {
		r := s.releaseWith("tag-lag", "--timeout", "20m")
		r.ends(4)
		Expect(r.sent).To(Equal(sends(1, 1)))
		Expect(r.d.pkg(broken).is("Tagged")).To(HavePrefix("False "))
		Expect(r.d.pkg("demo").is("Complete")).To(Equal("True Complete"))
		s.tells(r)
		s.recovers()
	})

	It("a platform that is served with another integrity is a Conflict, and its entry is not published", func() {
		r := s.releaseWith("wrong-integrity")
		r.ends(1)
		Expect(r.sent).To(Equal(sends(1, 0)))
		Expect(r.d.findings()).To(ConsistOf("Conflict " + broken))
		Expect(r.d.Findings[0].Next).To(ContainSubstring("1.0.1"))
		s.tells(r)
		s.recovers()
	})

	It("a tarball with other bytes is found by --verify, and the entry is not published", func() {
		s.breaks("500,on=publish,of=demo") // leaves the platforms
		s.release("--timeout", "1m").ends(4)
		r := s.releaseWith("wrong-bytes", "--verify")
		r.ends(1)
		Expect(r.sent).To(BeEmpty())
		Expect(r.d.findings()).To(ConsistOf(HaveSuffix(" " + broken)))
		s.tells(r)
		s.recovers()
	})
}
