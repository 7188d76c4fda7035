package e2e_test

import (
	"maps"
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// The table of faults: one spec each, named after what the user sees. Each ends with a run without the fault, which finishes
// the release. What users are told is in testdata/messages.golden. It begins before all others, as no container takes as long.
var _ = Describe("the table of faults", Ordered, ContinueOnFailure, SpecPriority(1), func() {
	s, told := &stage{}, map[string]bool{}

	BeforeAll(s.open)
	BeforeEach(s.reset)
	AfterEach(func() {
		name := CurrentSpecReport().LeafNodeText
		Expect(told).NotTo(HaveKey(name), "two specs have this name")
		told[name] = true
	})

	brokenReads(s)
	brokenPublishes(s)
	brokenViews(s)
	brokenExchanges(s)
	brokenProvenance(s)
	brokenTrust(s)
	brokenTags(s)
	brokenSettings(s)
	brokenGitHub(s)
	longScans(s)
	wrongTimes(s)
	overtaken(s)
	tellingStatuses(s)
	brokenStages(s)

	AfterAll(func() {
		if suite, _ := GinkgoConfiguration(); len(suite.FocusStrings)+len(suite.SkipStrings)+len(suite.FocusFiles) > 0 {
			told = everything(s.messages) // the other specs have not run
		}
		if *update {
			s.messages.write(told)
			return
		}
		Expect(slices.Collect(maps.Keys(told))).To(ContainElements(slices.Collect(maps.Keys(s.messages))),
			"of other specs there is nothing in %s", messagesFile)
	})
})

func everything[V any](m map[string]V) map[string]bool {
	all := map[string]bool{}
	for name := range m {
		all[name] = true
	}
	return all
}
