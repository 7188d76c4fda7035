package reconcile

import (
	"fmt"
	"strings"
)

// shown is how many elements of a long list a message names.
const shown = 3

// plural is a number with what it counts: "1 platform is", "2 platforms are".
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// Enumerate joins the elements of a list for a message: at most four, else the first three and how many more there are.
func Enumerate(items []string) string {
	if len(items) <= shown+1 {
		return strings.Join(items, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(items[:shown], ", "), len(items)-shown)
}
