package report

import (
	"fmt"
	"strings"
)

const (
	foldFrom = 60 // rows that a group shows one by one
	foldTo   = 5  // rows of one kind that are shown when there are more
)

// fold keeps the first rows of each kind in a large group, because the others say the same of other packages. It returns in words how
// many it left out.
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

// kindOf returns what a row says, without the package and the version.
func kindOf(row []cell) string {
	var said strings.Builder
	for _, c := range row[2:] {
		said.WriteString(c.text + "\x00")
	}
	return said.String()
}
