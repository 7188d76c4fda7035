package packagejson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
)

const patchesKey = "patchedDependencies"

// Published returns the package.json as it stands in the tarball: as it is, but for patchedDependencies, which npm 12 keeps to the
// project that patches. To take them out, npm writes the document anew, by its own indent and line ends, and so does this.
func (p *Package) Published() ([]byte, error) {
	if _, has := p.Document[patchesKey]; !has {
		return p.Raw, nil
	}
	text := bytes.TrimPrefix(p.Raw, []byte("\ufeff"))
	newline, indent := "", ""
	if format := regexp.MustCompile(`^\s*\{((?:\r?\n)+)(\s*)`).FindSubmatch(text); format != nil {
		newline, indent = string(format[1]), string(format[2])
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	document, err := readOrdered(decoder)
	if err != nil {
		return nil, fmt.Errorf("taking patchedDependencies out of package.json: %w", err)
	}
	members, _ := document.(object) // it was parsed before, as one
	members = slices.DeleteFunc(members, func(m member) bool { return m.key == patchesKey })
	var b strings.Builder
	// JavaScript indents by 10 characters at most.
	writeOrdered(&b, members, "\n", string([]rune(indent)[:min(10, len([]rune(indent)))]))
	return []byte(strings.ReplaceAll(b.String()+"\n", "\n", newline)), nil
}

// object is a JSON object whose keys have kept their order.
type object []member

type member struct {
	key   string
	value any
}

func readOrdered(decoder *json.Decoder) (any, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		members, places := object{}, map[string]int{}
		for decoder.More() {
			key, err := decoder.Token()
			if err != nil {
				return nil, err
			}
			value, err := readOrdered(decoder)
			if err != nil {
				return nil, err
			}
			name, _ := key.(string) // or the decoder would have failed
			place, again := places[name]
			if !again {
				place = len(members)
				places[name] = place
				members = append(members, member{key: name})
			}
			members[place].value = value
		}
		_, err = decoder.Token()
		return members, err
	case json.Delim('['):
		list := []any{}
		for decoder.More() {
			value, err := readOrdered(decoder)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		_, err = decoder.Token()
		return list, err
	}
	return token, nil
}

// writeOrdered writes as JavaScript does: here is a line's end with the indent so far.
func writeOrdered(b *strings.Builder, value any, here, indent string) {
	below, colon := here+indent, ": "
	if indent == "" {
		here, below, colon = "", "", ":"
	}
	switch value := value.(type) {
	case object:
		b.WriteByte('{')
		for i, m := range value {
			b.WriteString(strings.Repeat(",", min(i, 1)) + below + spelled(m.key) + colon)
			writeOrdered(b, m.value, below, indent)
		}
		b.WriteString(strings.Repeat(here, min(len(value), 1)) + "}")
	case []any:
		b.WriteByte('[')
		for i, element := range value {
			b.WriteString(strings.Repeat(",", min(i, 1)) + below)
			writeOrdered(b, element, below, indent)
		}
		b.WriteString(strings.Repeat(here, min(len(value), 1)) + "]")
	default:
		b.WriteString(spelled(value))
	}
}

// spelled writes a text, a number, true, false or null as JavaScript does.
func spelled(value any) string {
	if number, isNumber := value.(json.Number); isNumber {
		switch f, _ := number.Float64(); { // one out of range is infinite
		case math.IsInf(f, 0):
			value = nil
		case f == 0:
			value = 0
		default:
			value = f
		}
	}
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return "null" // no such value comes out of JSON
	}
	text := strings.TrimSuffix(b.String(), "\n")
	if s, isText := value.(string); isText && strings.ContainsAny(s, "\u2028\u2029") { // which Go escapes
		text = regexp.MustCompile(`(^|[^\\])((?:\\\\)*)\\u202([89])`).ReplaceAllStringFunc(text, func(found string) string {
			return found[:len(found)-6] + map[byte]string{'8': "\u2028", '9': "\u2029"}[found[len(found)-1]]
		})
	}
	return text
}
