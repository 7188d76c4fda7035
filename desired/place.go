package desired

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// These limits keep the report about a monstrous file readable. No field of a State lies deeper than maxDepth.
const (
	maxProblems      = 200
	maxProblemLength = 500 // runes
	maxDepth         = 12
)

// places has the line of each value of a file, by path.
type places map[string]int

// locate finds the line of every value, and the keys that a mapping has twice. For a file that is no YAML it finds nothing.
func locate(data []byte) (places, problemList) {
	found, repeated := places{}, problemList(nil)
	var visit func(path *field.Path, node *yaml.Node, depth int)
	visit = func(path *field.Path, node *yaml.Node, depth int) {
		if depth > maxDepth {
			return
		}
		switch node.Kind {
		case yaml.SequenceNode:
			for i, element := range node.Content {
				at := path.Index(i)
				found[at.String()] = element.Line
				visit(at, element, depth+1)
			}
		case yaml.MappingNode:
			first := map[string]int{}
			for i := 0; i+1 < len(node.Content); i += 2 {
				key, value := node.Content[i], node.Content[i+1]
				at := child(path, key.Value)
				if line, twice := first[key.Value]; twice {
					repeated = append(repeated, duplicate(at, key.Value, fmt.Sprintf("the field is on line %d already", line)))
				}
				first[key.Value] = key.Line
				found[at.String()] = key.Line
				visit(at, value, depth+1)
			}
		}
	}
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err == nil && len(document.Content) > 0 {
		visit(nil, document.Content[0], 0)
	}
	return found, repeated
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

// line returns where path stands, or the nearest thing that should have held it; 0 when that is unknown.
func (p places) line(path string) int {
	for ; path != ""; path = parent(path) {
		if line, ok := p[path]; ok {
			return line
		}
	}
	return 0
}

// describe writes the problems out, in the file's order.
func (p places) describe(problems problemList) []string {
	problems = slices.Clone(problems)
	slices.SortStableFunc(problems, func(a, b *field.Error) int { return p.line(a.Field) - p.line(b.Field) })
	var described []string
	for i, problem := range problems {
		if i == maxProblems {
			return append(described, fmt.Sprintf("and %d more problems", len(problems)-i))
		}
		text := problem.Error()
		if line := p.line(problem.Field); line > 0 {
			text = fmt.Sprintf("line %d: %s", line, text)
		}
		if runes := []rune(text); len(runes) > maxProblemLength {
			text = string(runes[:maxProblemLength]) + "…"
		}
		described = append(described, text)
	}
	return described
}

func duplicate(path *field.Path, value, detail string) *field.Error {
	problem := field.Duplicate(path, value)
	problem.Detail = detail
	return problem
}
