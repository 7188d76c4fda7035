package reconcile

import (
	"fmt"
	"strings"
)

// shown is how many of a long list a message names.
const shown = 3

// Enumerate joins what a message lists, cut to what a reader takes in.
func Enumerate(items []string) string {
	if len(items) <= shown+1 {
		return strings.Join(items, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(items[:shown], ", "), len(items)-shown)
}
