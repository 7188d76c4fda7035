package report

import (
	"fmt"
	"strings"
)

const (
	foldFrom = 60 // rows that a group shows one by one
	foldTo   = 5  // rows of one kind that are shown when there are more
)

// fold leaves out rows of a large group that say the same of other packages: the first of each kind stand for the rest.
// It returns what it left out, in words.
func fold(rows [][]cell) (shown [][]cell, rest string) {
	if len(rows) <= foldFrom {
		return rows, ""
	}
	kinds := map[string]int{}
	for _, row := range rows {
		kind := kindOf(row)
		if kinds[kind]++; kinds[kind] <= foldTo {
			shown = append(shown, row)
		}
	}
	if left := len(rows) - len(shown); left > 0 {
		rest = fmt.Sprintf("  … and %d more like these; -o json lists them all\n", left)
	}
	return shown, rest
}

// kindOf is what a row says, less of which package and version.
func kindOf(row []cell) string {
	var said strings.Builder
	for _, c := range row[2:] {
		said.WriteString(c.text + "\x00")
	}
	return said.String()
}
