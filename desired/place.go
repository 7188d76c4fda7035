package desired

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/agent-facets/facets-reconcile/internal/words"
)

// These limits keep the report about a monstrous file readable. No field of a State lies deeper than maxDepth.
const (
	maxProblems      = 200
	maxProblemLength = 500 // runes
	maxDepth         = 12
)

// places has where each value of a file stands, by path.
type places map[string]Position

// locate finds where every value stands, the keys that a mapping has twice, and texts that YAML takes for something else. For a file that
// is no YAML it finds nothing.
func locate(data []byte) (found places, wrong problemList) {
	found = places{}
	var visit func(path *field.Path, node *yaml.Node, depth int)
	visit = func(path *field.Path, node *yaml.Node, depth int) {
		if depth > maxDepth {
			return
		}
		if tag := node.Tag; path != nil && strings.HasPrefix(tag, "!") && !strings.HasPrefix(tag, "!!") {
			wrong = append(wrong, field.Invalid(path, field.OmitValueType{}, fmt.Sprintf("%s without quotes is no text: "+
				"put it in quotes", tag)))
		}
		switch node.Kind {
		case yaml.SequenceNode:
			for i, element := range node.Content {
				at := path.Index(i)
				found[at.String()] = Position{element.Line, element.Column}
				visit(at, element, depth+1)
			}
		case yaml.MappingNode:
			first := map[string]int{}
			for i := 0; i+1 < len(node.Content); i += 2 {
				key, value := node.Content[i], node.Content[i+1]
				at := child(path, key.Value)
				if line, twice := first[key.Value]; twice {
					wrong = append(wrong, duplicate(at, key.Value, fmt.Sprintf("the field is on line %d already", line)))
				}
				first[key.Value] = key.Line
				found[at.String()] = Position{key.Line, key.Column}
				visit(at, value, depth+1)
			}
		}
	}
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err == nil && len(document.Content) > 0 {
		visit(nil, document.Content[0], 0)
	}
	return found, wrong
}

// documents counts the YAML documents in data, up to two.
func documents(data []byte) int {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var document yaml.Node
	if decoder.Decode(&document) != nil || errors.Is(decoder.Decode(&document), io.EOF) {
		return 1
	}
	return 2
}

// position returns where path stands, or the nearest thing that should have held it.
func (p places) position(path string) Position {
	for ; path != ""; path = parent(path) {
		if at, ok := p[path]; ok {
			return at
		}
	}
	return Position{}
}

// describe writes the problems out, in the file's order.
func (p places) describe(problems problemList) []Problem {
	problems = slices.Clone(problems)
	slices.SortStableFunc(problems, func(a, b *field.Error) int { return p.position(a.Field).Line - p.position(b.Field).Line })
	var described []Problem
	for i, problem := range problems {
		if i == maxProblems {
			return append(described, Problem{Text: fmt.Sprintf("and %d more problems", len(problems)-i)})
		}
		described = append(described, Problem{p.position(problem.Field), words.Cut(problem.Error(), maxProblemLength)})
	}
	return described
}

func duplicate(path *field.Path, value, detail string) *field.Error {
	problem := field.Duplicate(path, value)
	problem.Detail = detail
	return problem
}
