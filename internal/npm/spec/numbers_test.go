package spec_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func TestANumberThatIsAdvisedIsAboveAll(t *testing.T) {
	for _, c := range []struct{ lost, highest, next spec.Version }{
		{"1.0.0", "", "1.0.1"},
		{"1.0.0", "0.9.0", "1.0.1"},
		{"1.0.0", "1.0.0", "1.0.1"},
		{"1.0.0", "1.9.0", "1.9.1"},
		{"1.0.0", "2.0.0-rc.1", "2.0.0"},
		{"1.0.0", "1.0.0-rc.1", "1.0.1"},
		{"1.0.0-rc.1", "0.9.0", "1.0.0-rc.2"},
		{"1.0.0-rc.1", "1.0.0-rc.7", "1.0.0-rc.8"},
		{"1.0.0-rc.1", "1.0.0", "1.0.1"},
		{"1.0.0", "nonsense", "1.0.1"},
	} {
		g := NewWithT(t)
		next := c.lost.Above(c.highest)
		g.Expect(next).To(Equal(c.next), "%s, above %s", c.lost, c.highest)
		g.Expect(next.Compare(c.lost)).To(Equal(1))
		g.Expect(next.Compare(c.highest)).To(Equal(1))
	}
	g := NewWithT(t)
	n := spec.Numbers{Served: []spec.Version{"1.0.0", "1.2.0"}, Removed: []spec.Version{"1.10.0", "0.1.0"}}
	g.Expect(n.Highest()).To(Equal(spec.Version("1.10.0")))
	g.Expect(n.Lost("0.1.0")).To(BeTrue())
	g.Expect(n.Lost("1.0.0")).To(BeFalse())
	g.Expect(spec.Numbers{}.Highest()).To(BeEmpty())
}
