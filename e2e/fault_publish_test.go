package e2e_test

import (
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/fault"
)

// brokenPublishes are faults of uploads.
func brokenPublishes(s *stage) {
	DescribeTable("of an upload, after which the release goes on",
		func(what string, times int) {
			r := s.releaseWith(what)
			r.ends(0)
			Expect(r.sent).To(Equal(sends(times, 1)))
			Expect(r.d.findings()).To(BeEmpty())
			Expect(r.d.Summary).To(Equal(summary{Converged: true}))
			s.tells(r)
			s.recovers()
		},
		Entry("a publish whose answer is lost is found in place, and sent once", "lost", 1),
		Entry("a publish that landed and was answered 502 is found in place, and sent once", "lost-5xx", 1),
		Entry("a publish that landed and was answered 409 is waited for, and sent once", "accepted-as-409", 1),
		Entry("an upload that is asked to wait before its body is sent later", "503,on=publish,times=1", 2),
		Entry("an upload that is one too many is sent when the registry has time", "429,on=publish,times=1,retry-after=60", 2),
		Entry("an upload that is one too many, for nobody knows how long, is sent a little later", "429,on=publish,times=1", 2),
		Entry("an upload whose line breaks before its body is sent later", "reset-before,on=publish,times=1", 2),
	)

	DescribeTable("of an upload, that leave it open whether it landed",
		func(what string) {
			r := s.releaseWith(what)
			r.ends(4)
			Expect(r.sent).To(Equal(sends(1, 0)), "it is never sent again blindly")
			Expect(r.d.pkg(broken).Changes).To(ContainElement(And(HaveField("Action", "publish"), HaveField("Outcome", "doubted"))))
			Expect(r.d.PublishedNow).To(HaveLen(2))
			Expect(r.out).To(ContainSubstring(broken + ": publish doubted"))
			s.tells(r)
			s.recovers()
		},
		Entry("an upload that is answered 500 is looked for, not sent again", "500,on=publish,times=1"),
		Entry("an upload that is answered 502 is looked for, not sent again", "502,on=publish,times=1"),
		Entry("an upload that is answered 504 is looked for, not sent again", "504,on=publish,times=1"),
		Entry("an upload that is answered 408 is looked for, not sent again", "408,on=publish,times=1"),
		Entry("an upload that is answered with an error page is looked for, not sent again", "html,on=publish,times=1"),
		Entry("an upload whose line breaks half way is looked for, not sent again", "reset-during,on=publish,times=1"),
		Entry("an upload whose line breaks at its end is looked for, not sent again", "reset-after,on=publish,times=1"),
		Entry("an upload that is never answered is given up in time and looked for", "hang,on=publish,times=1"),
	)

	DescribeTable("of an upload, that last",
		func(what string, times int, said string) {
			r := s.releaseWith(what)
			r.ends(1)
			Expect(r.sent).To(Equal(sends(times, 0)))
			Expect(r.d.pkg(broken).Changes).To(ContainElement(And(HaveField("Action", "publish"), HaveField("Outcome", "failed"))))
			Expect(r.d.PublishedNow).To(HaveLen(2), "its siblings are published")
			Expect(r.out).To(And(ContainSubstring(broken+": publish failed"), ContainSubstring(said)))
			s.tells(r)
			s.recovers()
		},
		Entry("a refused upload is told in plain letters, whatever the registry writes", "forbidden,on=publish", 1, "You may not do this"),
		Entry("an upload that is always asked to wait is given up after four times", "503,on=publish", 4, "503"),
		Entry("an upload whose line always breaks before its body is given up after four times", "reset-before,on=publish", 4, ""),
		Entry("an upload that is redirected is not sent elsewhere", "redirect-away,on=publish", 1, "it redirects"),
	)

	It("an upload that is too large is told, and its siblings are published", func() {
		s.answers(fault.Publish, http.StatusRequestEntityTooLarge)
		r := s.release()
		r.ends(1)
		Expect(r.sent).To(Equal(sends(1, 0)))
		Expect(r.d.PublishedNow).To(HaveLen(2))
		Expect(r.out).To(And(ContainSubstring(broken+": publish failed"), ContainSubstring("413")))
		s.tells(r)
		s.play(act{})
		s.recovers()
	})

	It("an upload that is asked to wait for years is not sent again, and ends with exit code 4", func() {
		r := s.releaseWith("429,on=publish,retry-after=99999999", "--timeout", "2m")
		r.ends(4)
		Expect(r.sent).To(Equal(sends(1, 0)))
		s.tells(r)
		s.recovers()
	})

	It("an upload that is answered with a yes that is none ends with Stuck, and the next run finds out", func() {
		r := s.releaseWith("garbage,on=publish,times=1", "--timeout", "10m") // any 2xx means accepted, whatever comes with it
		r.ends(4)
		Expect(r.sent).To(Equal(sends(1, 0)))
		Expect(r.d.findings()).To(ConsistOf("Stuck " + broken))
		s.tells(r)
		s.recovers()
	})
}
