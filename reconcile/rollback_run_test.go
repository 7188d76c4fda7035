package reconcile_test

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/reconcile"
)

// ungiven is a stage whose releases nobody has asked for by a tag.
func ungiven(s *stage) *stage {
	for i := range s.want.Releases {
		s.want.Releases[i].Given = false
	}
	return s
}

func TestRunMovesTheDistTagOfWhatItSawArrive(t *testing.T) {
	g := NewWithT(t)
	s := ungiven(setUp(t, "lib@1.0.0", 10*time.Minute))
	seedAndTrust(t, s)
	s.run(t, reconcile.Policy{})
	began := s.clock.Now()
	showLatest(s, "0.0.1", func() bool { return s.clock.Now().Sub(began) < 3*time.Minute })
	result := s.run(t, reconcile.Policy{})
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitHuman), "it was served before")
	g.Expect(result.Findings).To(ContainElement(HaveField("Type", reconcile.Behind)))

	s = ungiven(setUp(t, "lib@1.0.0", 10*time.Minute))
	seedAndTrust(t, s)
	began = s.clock.Now()
	showLatest(s, "0.0.1", func() bool { return s.clock.Now().Sub(began) < 13*time.Minute }) // 3 after it is served
	result = s.run(t, reconcile.Policy{})
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitOK))
	g.Expect(result.Findings).To(BeEmpty(), "a dist-tag that lags is waited for")
	for _, r := range s.npm.Requests() {
		g.Expect(r.Method + r.Path).NotTo(MatchRegexp("PUT.*/dist-tags/"))
	}
}
