package e2e_test

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// brokenSettings are faults while a human forbids tokens, and has npm warn of versions.
func brokenSettings(s *stage) {
	DescribeTable("of settings",
		func(what string, code int, set bool) {
			s.release().ends(0)
			before := s.read(stateFile)
			DeferCleanup(s.write, stateFile, before)
			s.edit(stateFile, "  groups:", `  settings: {tokens: forbidden, deprecated: [{versions: "<1.0.0", message: old}]}`+"\n  groups:")
			action := map[bool]string{true: "deprecate", false: "settings"}[strings.Contains(what, "on=publish")]
			apply := func() ran {
				return s.run(s.human(), "apply", "--package", broken, "--only", action, "--tag", "v1.0.0", s.otp())
			}
			is := func() bool {
				tokens, err := s.world.Tokens(broken)
				Expect(err).NotTo(HaveOccurred())
				m, _ := s.registry.manifest(broken, "0.0.1")
				return map[string]bool{"settings": tokens == spec.TokensForbidden, "deprecate": m.Deprecated == "old"}[action]
			}
			s.breaks(what)
			r := apply()
			s.hit()
			r.ends(code)
			s.tells(r)
			Expect(is()).To(Equal(set))
			s.acts.Load().layer.Clear()
			apply().ends(0)
			Expect(is()).To(BeTrue())
		},
		Entry("a setting that cannot be made for a moment is made", "503,on=other,times=1,of="+broken, 0, true),
		Entry("a setting whose answer is lost is made once more", "lost,on=other,times=1,of="+broken, 0, true),
		Entry("a setting that can never be made is told", "500,on=other,of="+broken, 1, false),
		Entry("a setting that may not be made is told in plain letters", "forbidden,on=other,of="+broken, 3, false),
		Entry("a deprecation whose answer is lost is found in place", "lost,on=publish,times=1", 0, true),
		Entry("a deprecation that is turned away for a moment is made", "429,on=publish,times=1", 0, true),
		Entry("a deprecation that is answered 502 although it landed is found in place", "lost-5xx,on=publish,times=1", 0, true),
		Entry("a deprecation that can never be made is told", "500,on=publish", 1, false),
	)
}
