package measure

import (
	"cmp"
	"math"
	"slices"
)

// Median returns the middle value, the lower of two; zero of none.
func Median[T cmp.Ordered](values []T) T {
	if len(values) == 0 {
		var none T
		return none
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[(len(sorted)-1)/2]
}

// Exponent fits y = a·x^b through points with positive coordinates, by least squares of their logarithms, and returns b:
// 1 where y grows as x does. It is NaN with fewer than two different x.
func Exponent(x, y []float64) float64 {
	var sumX, sumY, sumXX, sumXY float64
	for i := range x {
		logX, logY := math.Log(x[i]), math.Log(y[i])
		sumX += logX
		sumY += logY
		sumXX += logX * logX
		sumXY += logX * logY
	}
	n := float64(len(x))
	return (n*sumXY - sumX*sumY) / (n*sumXX - sumX*sumX)
}
