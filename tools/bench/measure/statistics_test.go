package measure_test

import (
	"math"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/tools/bench/measure"
)

func TestMedianIsTheMiddleValue(t *testing.T) {
	g := NewWithT(t)
	values := []int{9, 1, 5}
	g.Expect(measure.Median(values)).To(Equal(5))
	g.Expect(values).To(Equal([]int{9, 1, 5}), "the order is the caller's")
	g.Expect(measure.Median([]int{4, 1, 3, 2})).To(Equal(2))
	g.Expect(measure.Median([]string(nil))).To(BeEmpty())
}

func TestExponentOfAPowerIsItsOwn(t *testing.T) {
	g := NewWithT(t)
	x := []float64{100, 1000, 10000}
	for _, b := range []float64{0, 1, 1.5, 2} {
		var y []float64
		for _, v := range x {
			y = append(y, 3*math.Pow(v, b))
		}
		g.Expect(measure.Exponent(x, y)).To(BeNumerically("~", b, 1e-9))
	}
	g.Expect(math.IsNaN(measure.Exponent([]float64{7}, []float64{7}))).To(BeTrue())
}
