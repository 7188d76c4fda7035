package desired

import (
	"strings"
)

// InvalidError says everything that is wrong with a state file.
type InvalidError struct {
	Source   string   // the file, as it was named
	Problems []string // in the file's order: "line 12: spec.groups[0].name: Required value"
}

// Error gives one problem a line, each after the file's name.
func (e *InvalidError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, problem := range e.Problems {
		lines[i] = e.Source + ": " + problem
	}
	return strings.Join(lines, "\n")
}
