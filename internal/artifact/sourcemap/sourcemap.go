// Package sourcemap tells whether a source map contains the sources themselves. It only reads; package rules judges.
package sourcemap

import (
	"bufio"
	"errors"
	"io"
	"path"
	"strings"
)

// Named tells by its name whether a file is a source map.
func Named(name string) bool { return strings.EqualFold(path.Ext(name), ".map") }

// key names the sources in a source map, and in each section of an index map.
const key = "sourcesContent"

// HasSources reads a source map until it comes to the text of a source, or to its end. What is no JSON has none. It holds
// nothing but a buffer.
func HasSources(from io.Reader) (bool, error) {
	r := reader{bufio.NewReaderSize(from, 64<<10)}
	found, err := r.find()
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return false, nil
	}
	return found, err
}

// reader reads the texts of a JSON document one by one. What is a text within a text, as the code in a source is, is passed over
// with it.
type reader struct{ *bufio.Reader }

func (r reader) find() (bool, error) {
	for {
		if err := r.skipTo('"'); err != nil {
			return false, err
		}
		isKey, err := r.text()
		if err != nil {
			return false, err
		}
		if !isKey {
			continue
		}
		for _, wanted := range []byte{':', '['} {
			next, err := r.next()
			if err != nil {
				return false, err
			}
			if isKey = next == wanted; !isKey {
				if err := r.UnreadByte(); err != nil {
					return false, err
				}
				break
			}
		}
		if !isKey {
			continue
		}
		if found, err := r.list(); found || err != nil {
			return found, err
		}
	}
}

// list reads the list of sources, each a text or null, until it comes to one that is not empty.
func (r reader) list() (bool, error) {
	for {
		c, err := r.next()
		switch {
		case err != nil:
			return false, err
		case c == '"':
			first, err := r.ReadByte()
			if err != nil || first != '"' {
				return err == nil, err
			}
		case c != ',' && !strings.ContainsRune("nul", rune(c)): // the list ends, or is none
			return false, r.UnreadByte()
		}
	}
}

// text reads what is left of a text, and tells whether it is the key.
func (r reader) text() (isKey bool, err error) {
	length, same := 0, true
	for {
		c, err := r.ReadByte()
		switch {
		case err != nil:
			return false, err
		case c == '"':
			return same && length == len(key), nil
		case c == '\\':
			if _, err := r.ReadByte(); err != nil {
				return false, err
			}
			same = false
		case same:
			same = length < len(key) && c == key[length]
			length++
		}
	}
}

// next is the next byte that is no white space.
func (r reader) next() (byte, error) {
	for {
		if c, err := r.ReadByte(); err != nil || !strings.ContainsRune(" \t\r\n", rune(c)) {
			return c, err
		}
	}
}

func (r reader) skipTo(wanted byte) error {
	for {
		if c, err := r.ReadByte(); err != nil || c == wanted {
			return err
		}
	}
}
