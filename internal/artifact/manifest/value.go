package manifest

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/agent-facets/facets-reconcile/internal/packagejson"
)

// copied is a deep copy of a decoded JSON value, in which numbers are what JavaScript makes of them.
func copied(value any) any {
	switch value := value.(type) {
	case map[string]any:
		fresh := make(map[string]any, len(value))
		for key, element := range value {
			fresh[key] = copied(element)
		}
		return fresh
	case []any:
		fresh := make([]any, len(value))
		for i, element := range value {
			fresh[i] = copied(element)
		}
		return fresh
	case json.Number:
		number, _ := value.Float64() // one out of range is infinite
		switch {
		case math.IsInf(number, 0):
			return nil // as JSON has no word for it
		case number == 0:
			return 0.0 // and none for a negative zero
		}
		return number
	}
	return value
}

func text(value any) string {
	s, _ := value.(string) // what is no string counts as absent
	return s
}

func field(value any, key string) any {
	object, _ := value.(map[string]any) // nothing else has fields
	return object[key]
}

// truthy tells whether JavaScript takes a value for true.
func truthy(value any) bool { return packagejson.Truthy(value) }

// spelled is a value as JavaScript puts it into a text.
func spelled(value any) string {
	switch value := value.(type) {
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(value)
	case string:
		return value
	case []any:
		elements := make([]string, len(value))
		for i, element := range value {
			if element != nil {
				elements[i] = spelled(element)
			}
		}
		return strings.Join(elements, ",")
	case map[string]any:
		return "[object Object]"
	}
	number, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(number)
}

// trimmed takes away what JavaScript calls white space, a byte order mark included.
func trimmed(s string) string { return strings.TrimFunc(s, isSpace) }

func isSpace(r rune) bool {
	return r >= '\t' && r <= '\r' || unicode.In(r, unicode.Zs, unicode.Zl, unicode.Zp) || r == '\ufeff'
}

// keys are an object's keys as a JSON list, sorted.
func keys(object map[string]any) []any {
	list := make([]any, 0, len(object))
	for _, key := range slices.Sorted(maps.Keys(object)) {
		list = append(list, key)
	}
	return list
}

// onlyTexts keeps the elements that are strings with something in them.
func onlyTexts(list []any) []any {
	return slices.DeleteFunc(list, func(element any) bool { return text(element) == "" })
}
