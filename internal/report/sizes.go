package report

import "fmt"

// grown returns a size, and its difference from the earlier one.
func grown(s Sizes) string {
	switch by := s.To - s.From; {
	case s.From == 0 || by == 0:
		return amount(s.To)
	case by < 0:
		return fmt.Sprintf("%s (-%s)", amount(s.To), amount(-by))
	default:
		return fmt.Sprintf("%s (+%s)", amount(s.To), amount(by))
	}
}

// amount writes bytes as people do: "840 B", "3.4 kB", "120 MB".
func amount(bytes int64) string {
	const kB, MB, GB = 1e3, 1e6, 1e9
	n := float64(bytes)
	for _, unit := range []struct {
		size float64
		name string
	}{{GB, "GB"}, {MB, "MB"}, {kB, "kB"}} {
		switch {
		case n >= 99.95*unit.size:
			return fmt.Sprintf("%.0f %s", n/unit.size, unit.name)
		case n >= unit.size:
			return fmt.Sprintf("%.1f %s", n/unit.size, unit.name)
		}
	}
	return fmt.Sprintf("%d B", bytes)
}
