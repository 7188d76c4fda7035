package desired

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

type problemList = field.ErrorList

// shape compares a tree of JSON values with the Go type that it should fit. A decoder would not do: it stops at the first error, ignores
// the case of names and turns numbers into text. Here each difference is a problem with a path.
type shape struct{ problems problemList }

// prune returns value without the parts that do not fit into t. In a list they are replaced by nil, so that the indexes in messages stay
// right.
func (s *shape) prune(path *field.Path, value any, t reflect.Type) any {
	text, isText := value.(string)
	switch {
	case value == nil:
		s.problems = append(s.problems, field.Required(path, "has no value: give it one, or take it out"))
		return nil
	case t.Kind() == reflect.Interface:
		return value
	case t.Kind() == reflect.Pointer:
		return s.prune(path, value, t.Elem())
	case isText && (t.Kind() == reflect.String || t == reflect.TypeFor[Target]() || t == reflect.TypeFor[spec.List]()):
		return text
	case value == false && t == reflect.TypeFor[Provenance](): // what YAML makes of an off without quotes
		return string(ProvenanceOff)
	case t.Kind() == reflect.String:
		return s.wrong(path, value, "text")
	case t.Kind() == reflect.Bool:
		if flag, ok := value.(bool); ok {
			return flag
		}
		return s.wrong(path, value, "true or false")
	case t == reflect.TypeFor[Blocks]() && kindOf(value) == "a mapping": // one block, in the place of a list
		return s.prune(path, value, t.Elem())
	case t == reflect.TypeFor[Target]() && kindOf(value) != "a mapping":
		return s.wrong(path, value, "text or a mapping")
	case t == reflect.TypeFor[spec.List]() && kindOf(value) != "a list":
		return s.wrong(path, value, "text or a list")
	case t.Kind() == reflect.Slice:
		list, ok := value.([]any)
		if !ok {
			return s.wrong(path, value, "a list")
		}
		for i, element := range list {
			list[i] = s.prune(path.Index(i), element, t.Elem())
		}
		return list
	}
	fields, ok := value.(map[string]any)
	if !ok {
		return s.wrong(path, value, "a mapping")
	}
	return s.pruneFields(path, fields, t)
}

func (s *shape) pruneFields(path *field.Path, fields map[string]any, t reflect.Type) any {
	types := map[string]reflect.Type{}
	for f := range t.Fields() {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" {
			types[name] = f.Type
		}
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if known, ok := types[name]; ok {
			fields[name] = s.prune(child(path, name), fields[name], known)
			continue
		}
		delete(fields, name)
		s.problems = append(s.problems, field.Forbidden(child(path, name),
			"unknown field; the fields here are "+strings.Join(slices.Sorted(maps.Keys(types)), ", ")))
	}
	return fields
}

func (s *shape) wrong(path *field.Path, value any, want string) any {
	var problem *field.Error
	switch value.(type) {
	case bool, float64:
		problem = field.TypeInvalid(path, value, fmt.Sprintf("must be %s", want))
		if strings.HasPrefix(want, "text") {
			problem.Detail += "; put it in quotes"
		}
	default:
		problem = field.TypeInvalid(path, field.OmitValueType{}, fmt.Sprintf("must be %s, is %s", want, kindOf(value)))
		if fields, ok := value.(map[string]any); ok && len(fields) == 1 && fields[slices.Collect(maps.Keys(fields))[0]] == nil {
			problem.Detail += "; put a text in braces in quotes"
		}
	}
	s.problems = append(s.problems, problem)
	return nil
}

func kindOf(value any) string {
	switch value.(type) {
	case string:
		return "text"
	case bool:
		return "true or false"
	case float64:
		return "a number"
	case []any:
		return "a list"
	default:
		return "a mapping"
	}
}

// child is path.Child, and quotes names that are not plain.
func child(path *field.Path, name string) *field.Path {
	plain := name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-')
	})
	switch {
	case plain:
		return path.Child(name)
	case path == nil:
		return field.NewPath(strconv.Quote(name))
	}
	return path.Key(strconv.Quote(name))
}

// uncovered leaves out problems of values that have the wrong shape, or stand in something that has: the shape is reported already.
func uncovered(problems, misshapen problemList) problemList {
	known := map[string]bool{}
	for _, problem := range misshapen {
		known[problem.Field] = true
	}
	return slices.DeleteFunc(problems, func(problem *field.Error) bool {
		for path := problem.Field; path != ""; path = parent(path) {
			if known[path] {
				return true
			}
		}
		return false
	})
}

// parent cuts the last element off a path as field.Path writes it.
func parent(path string) string { return path[:max(strings.LastIndexAny(path, ".["), 0)] }
