package report_test

import (
	"math"
	"strconv"
)

// contrast is WCAG's ratio of two colours, given as rrggbb: 1 for equal ones, 21 for black on white.
func contrast(a, b string) float64 {
	lighter, darker := max(luminance(a), luminance(b)), min(luminance(a), luminance(b))
	return (lighter + .05) / (darker + .05)
}

func luminance(rrggbb string) float64 {
	n, err := strconv.ParseUint(rrggbb, 16, 24)
	if err != nil {
		return math.NaN()
	}
	linear := func(shift int) float64 {
		c := float64(n>>shift&0xff) / 255
		if c <= .04045 {
			return c / 12.92
		}
		return math.Pow((c+.055)/1.055, 2.4)
	}
	return .2126*linear(16) + .7152*linear(8) + .0722*linear(0)
}
