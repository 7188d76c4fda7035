package e2e_test

import (
	"net/http"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// brokenExchanges are faults of the exchange of ID tokens.
func brokenExchanges(s *stage) {
	DescribeTable("of the exchange",
		func(what string, code int, sent sendings) {
			r := s.releaseWith(what)
			r.ends(code)
			Expect(r.sent).To(Equal(sent))
			s.tells(r)
			s.recovers()
		},
		Entry("an exchange that fails once is asked for again", "500,on=exchange,times=1", 0, sends(1, 1)),
		Entry("an exchange that is reset once is asked for again", "reset-before,on=exchange,times=1", 0, sends(1, 1)),
		Entry("an exchange whose answer is lost is asked for again", "lost,on=exchange,times=1", 0, sends(1, 1)),
		Entry("an exchange that is one too many is asked for again", "429,on=exchange,times=2", 0, sends(1, 1)),
		Entry("an exchange that always fails holds back the release before its first upload", "500,on=exchange", 1, sendings{}),
		Entry("an exchange that is answered with error pages holds back the release", "html,on=exchange", 1, sendings{}),
		Entry("an exchange that is answered with garbage holds back the release", "garbage,on=exchange", 1, sendings{}),
		Entry("an exchange that is refused in words that would take over the terminal is told in plain letters",
			"forbidden,on=exchange", 3, sendings{}),
	)
}

// brokenTrust are faults while a human sets trusted publishers.
func brokenTrust(s *stage) {
	DescribeTable("of trusted publishers",
		func(what string, code, made int) {
			s.distrust(broken)
			s.breaks(what)
			r := s.run(s.human(), "apply", "--group", "cli", "--only", "trust", "--tag", "v1.0.0", s.otp())
			s.hit()
			r.ends(code)
			s.tells(r)
			s.acts.Load().layer.Clear()
			Expect(s.trusted(broken)).To(HaveLen(made))
			again := s.run(s.human(), "apply", "--group", "cli", "--only", "trust", "--tag", "v1.0.0", s.otp())
			again.ends(0)
			Expect(s.trusted(broken)).To(HaveLen(1), "it is not made twice")
		},
		Entry("a trusted publisher that cannot be set for a moment is set", "503,on=trust,times=1", 0, 1),
		Entry("a trusted publisher whose list cannot be read is left as it is, and that is told", "500,on=trust", 1, 0),
		Entry("a trusted publisher whose making is answered with error pages is told", "html,on=trust,after=1", 1, 0),
		Entry("a trusted publisher whose making is answered with nothing is found in place", "lost,on=trust,after=3,times=1", 0, 1),
		Entry("a trusted publisher that may not be set is told in plain letters", "forbidden,on=trust,after=1", 3, 0),
	)
}

// brokenTags are faults of moving a dist-tag.
func brokenTags(s *stage) {
	DescribeTable("of dist-tags",
		func(what string, code int, moved bool) {
			s.release().ends(0)
			s.point(broken, "latest", "0.0.1")
			r := s.releaseWith(what)
			r.ends(code)
			Expect(r.sent).To(BeEmpty())
			s.tells(r)
			version := map[bool]string{true: "1.0.0", false: "0.0.1"}[moved]
			Expect(s.registry.distTags(broken)).To(HaveKeyWithValue("latest", version))
			s.recovers()
		},
		Entry("a dist-tag that cannot be moved for a moment is moved", "500,on=tag,times=1", 0, true),
		Entry("a dist-tag whose move is answered with nothing is found in place", "lost,on=tag,times=1", 0, true),
		Entry("a dist-tag that is never moved is told", "500,on=tag", 1, false),
		Entry("a dist-tag that only a human may move is told, with the command", "forbidden,on=tag", 3, false),
	)
}

// brokenGitHub are faults of the tags that say what the desired version is.
func brokenGitHub(s *stage) {
	DescribeTable("of GitHub",
		func(what, said string) {
			s.breaks(what + ",on=other")
			r := s.run(s.outside(), "plan", "--group", "cli")
			s.hit()
			r.ends(1)
			Expect(r.err).To(And(ContainSubstring("example/demo"), ContainSubstring("--tag"), ContainSubstring(said)))
			Expect(r.out).To(BeEmpty())
			s.tells(r)
			given := s.run(s.outside(), "plan", "--group", "cli", "--tag", "v1.0.0")
			given.ends(0)
			Expect(s.sent(http.MethodGet)).NotTo(BeEmpty())
			s.recovers()
		},
		Entry("a GitHub that fails is told, and --tag does without it", "500", "500"),
		Entry("a GitHub that is busy is told", "429,retry-after=60", ""),
		Entry("a GitHub that refuses is told in plain letters", "forbidden", "GITHUB_TOKEN"),
		Entry("a GitHub that answers with a page is told in one line", "html", "502"),
		Entry("a GitHub that answers with garbage is told without its bytes", "garbage", ""),
		Entry("a GitHub whose connection is reset is told", "reset-before", ""),
		Entry("a GitHub that floods is cut short", "flood", "MiB"),
		Entry("a GitHub that leads in a circle is left", "redirect-loop", ""),
	)
}
