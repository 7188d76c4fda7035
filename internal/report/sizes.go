package report

import (
	"fmt"

	"github.com/agent-facets/facets-reconcile/internal/words"
)

// grown returns a size, and its difference from the earlier one.
func grown(s Sizes) string {
	switch by := s.To - s.From; {
	case s.From == 0 || by == 0:
		return words.Size(s.To)
	case by < 0:
		return fmt.Sprintf("%s (-%s)", words.Size(s.To), words.Size(-by))
	default:
		return fmt.Sprintf("%s (+%s)", words.Size(s.To), words.Size(by))
	}
}
