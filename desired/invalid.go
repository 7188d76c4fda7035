package desired

import (
	"fmt"
	"strings"
)

// InvalidError says everything that is wrong with a state file.
type InvalidError struct {
	Source   string    // the file, as it was named
	Problems []Problem // in the file's order
}

// Problem is one thing that is wrong.
type Problem struct {
	Position
	Text string
}

func (p Problem) String() string {
	if p.Line == 0 {
		return p.Text
	}
	return fmt.Sprintf("line %d: %s", p.Line, p.Text)
}

// Error gives one problem a line, each after the file's name.
func (e *InvalidError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, problem := range e.Problems {
		lines[i] = fmt.Sprintf("%s: %s", e.Source, problem)
	}
	return strings.Join(lines, "\n")
}
