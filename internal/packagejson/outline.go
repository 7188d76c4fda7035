package packagejson

import (
	"bytes"
	"encoding/json"
	"errors"
)

// Outline is what any package.json tells, also of a package that is not to be published.
type Outline struct {
	Name    string // "" where it has none
	Private bool   // as npm reads it: by JavaScript's idea of true
	License string // an SPDX expression, or npm's SEE LICENSE IN; "" where it has none
}

// Outlined reads the outline of a package.json.
func Outlined(raw []byte) (Outline, error) {
	var document map[string]any // not a struct, for which "Private" would be "private"
	decoder := json.NewDecoder(bytes.NewReader(TrimBOM(raw)))
	decoder.UseNumber()
	if err := decoder.Decode(&document); err != nil {
		return Outline{}, err
	}
	if document == nil {
		return Outline{}, errors.New("it is null, not an object")
	}
	return Outline{
		Name: Text(document["name"]), Private: Truthy(document["private"]), License: Text(document["license"]),
	}, nil
}

// TrimBOM takes away the mark that some editors put before a text, and that is no part of it.
func TrimBOM(raw []byte) []byte { return bytes.TrimPrefix(raw, []byte("\ufeff")) }
