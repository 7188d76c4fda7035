package packagejson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

const optionalKey = "optionalDependencies"

// WithOptional returns the document with these optional dependencies; all else keeps its order, indented anew.
func (p *Package) WithOptional(dependencies map[string]string) ([]byte, error) {
	value, err := json.Marshal(dependencies)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteByte('{')
	member := func(key string, value []byte) error {
		name, err := json.Marshal(key)
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(TrimBOM(p.Raw)))
	_, err = decoder.Token() // the opening brace: the document was parsed before
	for err == nil && decoder.More() {
		var key json.Token
		var kept json.RawMessage
		if key, err = decoder.Token(); err == nil {
			err = decoder.Decode(&kept)
		}
		if name, _ := key.(string); err == nil && name != optionalKey {
			err = member(name, kept)
		}
	}
	if err = errors.Join(err, member(optionalKey, value)); err != nil {
		return nil, fmt.Errorf("writing optionalDependencies to package.json: %w", err)
	}
	b.WriteByte('}')
	var indented bytes.Buffer
	if err := json.Indent(&indented, b.Bytes(), "", "  "); err != nil {
		return nil, err
	}
	indented.WriteByte('\n')
	return indented.Bytes(), nil
}
