package npm

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// wholePackument is one that is to be sent back with a few texts changed. All other bytes stay as they are: whatever a registry
// keeps in it, nothing of that is lost or written otherwise.
type wholePackument struct {
	text     *packed
	tags     map[spec.DistTag]spec.Version
	versions map[spec.Version]edition
}

// edition is where a version stands in the packument.
type edition struct {
	deprecated span // of the value; empty: there is none
	message    string
	end        int  // of its object: the closing brace
	bare       bool // the object has no members
}

type span struct{ from, to int }

// parsePackument finds what there is to change. It fails for what is no packument, or one that names anything twice, of which
// registries and clients may take one or the other.
func parsePackument(text io.Reader, name spec.Name) (*wholePackument, error) {
	p := &wholePackument{text: newPacked(), versions: map[spec.Version]edition{}}
	w := walk{decoder: json.NewDecoder(io.TeeReader(text, p.text))}
	err := w.object(func(field string) error {
		switch field {
		case "name":
			var of spec.Name
			if err := w.decoder.Decode(&of); err != nil || of == name {
				return err
			}
			return fmt.Errorf("it is of %.*q", maxMessage, of)
		case "dist-tags":
			return w.decoder.Decode(&p.tags)
		case "versions":
			return w.object(func(number string) error {
				e, err := w.edition()
				p.versions[spec.Version(number)] = e
				return err
			})
		}
		return w.decoder.Decode(new(unread))
	})
	switch {
	case errors.Is(err, io.EOF): // it ends between two tokens
		return nil, io.ErrUnexpectedEOF
	case err != nil:
		return nil, err
	case len(p.versions) == 0:
		return nil, errors.New("it has no versions")
	}
	if _, err := w.decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows it")
	}
	return p, p.text.end()
}

// walk goes through JSON and knows where it is.
type walk struct{ decoder *json.Decoder }

// object calls value for each member of the object that comes next.
func (w walk) object(value func(name string) error) error {
	seen := map[string]bool{}
	if begin, err := w.decoder.Token(); err != nil || begin != json.Delim('{') {
		return errors.Join(err, fmt.Errorf("an object is expected, not %.*q", maxMessage, fmt.Sprint(begin)))
	}
	return membersOf(w.decoder, func(name string) error {
		if seen[name] {
			return fmt.Errorf("it has %.*q twice", maxMessage, name)
		}
		seen[name] = true
		return value(name)
	})
}

// edition reads a version's manifest.
func (w walk) edition() (e edition, err error) {
	e.bare = true
	err = w.object(func(field string) error {
		e.bare = false
		if field != "deprecated" {
			return w.decoder.Decode(new(unread))
		}
		var value json.RawMessage
		if err := w.decoder.Decode(&value); err != nil {
			return err
		}
		to := int(w.decoder.InputOffset())
		e.deprecated = span{to - len(value), to}
		return json.Unmarshal(value, (*text)(&e.message))
	})
	e.end = int(w.decoder.InputOffset()) - 1
	return e, err
}

// text is a message; registries also have true and false there.
type text string

// UnmarshalJSON takes everything.
func (t *text) UnmarshalJSON(data []byte) error {
	var said string
	switch {
	case json.Unmarshal(data, &said) == nil:
		*t = text(said)
	case string(data) != "false" && string(data) != "null":
		*t = text(data)
	}
	return nil
}

// open are the deprecations that versions do not have yet.
func (p *wholePackument) open(wanted map[spec.Version]spec.Deprecation) map[spec.Version]spec.Deprecation {
	open := map[spec.Version]spec.Deprecation{}
	for version, d := range wanted {
		if e, ok := p.versions[version]; ok && e.message != d.Message {
			open[version] = d
		}
	}
	return open
}

// pointing is a dist-tag that points at the version, or "".
func (p *wholePackument) pointing(version spec.Version) spec.DistTag {
	for _, tag := range slices.Sorted(maps.Keys(p.tags)) {
		if p.tags[tag] == version {
			return tag
		}
	}
	return ""
}

// deprecated is the packument with other messages.
func (p *wholePackument) deprecated(wanted map[spec.Version]spec.Deprecation) (func() (io.Reader, error), error) {
	var changes []change
	for version, d := range wanted {
		said, err := json.Marshal(d.Message)
		if err != nil {
			return nil, err
		}
		e := p.versions[version]
		switch {
		case e.deprecated != span{}:
			changes = append(changes, change{e.deprecated, string(said)})
		case e.bare:
			changes = append(changes, change{span{e.end, e.end}, `"deprecated":` + string(said)})
		default:
			changes = append(changes, change{span{e.end, e.end}, `,"deprecated":` + string(said)})
		}
	}
	slices.SortFunc(changes, func(a, b change) int { return a.from - b.from })
	return p.text.with(changes), nil
}
