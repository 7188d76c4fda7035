// Package shrinkwrap reads npm-shrinkwrap.json. Up to version 11, npm installs a package's dependencies by this file instead of its
// package.json. The package only reads; package rules judges what it found.
package shrinkwrap

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// File is the name of the file, which counts at a package's root only.
const File = "npm-shrinkwrap.json"

// maxSize is the largest that is judged, in bytes. That of a package with thousands of dependencies has two or three million.
const maxSize = 8 << 20

// Shrinkwrap is what the file pins, or why it pins nothing: then npm installs nothing of what the package needs.
type Shrinkwrap struct {
	Pins    []Pin
	Problem string // "it is no JSON", about the file; "": it was read
}

// Pin is a package that npm installs by the file.
type Pin struct {
	Place                        string // "node_modules/@s/p", below the package
	Name                         string // that the file gives, where it differs from the place
	Version, Resolved, Integrity string
	Link                         bool // to a folder, which no package has
}

// pinned is one entry of either form of the file.
type pinned struct {
	Name, Version, Resolved, Integrity any
	Link                               any
	Dependencies                       json.RawMessage // of the older form; else ranges
}

// Read reads the file. What is wrong with its contents is its Problem; the error is of reading.
func Read(from io.Reader, size int64) (*Shrinkwrap, error) {
	if size > maxSize {
		return &Shrinkwrap{Problem: fmt.Sprintf("it has more than %d MiB, which is not read here", maxSize>>20)}, nil
	}
	data, err := io.ReadAll(io.LimitReader(from, maxSize))
	if err != nil {
		return nil, err
	}
	var document struct {
		Packages     map[string]pinned
		Dependencies json.RawMessage
	}
	if err := json.Unmarshal(data, &document); err != nil {
		return &Shrinkwrap{Problem: reason(err)}, nil
	}
	s := &Shrinkwrap{}
	if document.Packages == nil { // npm then reads the older form, whatever lockfileVersion says
		if err := s.addNested(document.Dependencies, "", 0); err != nil {
			return &Shrinkwrap{Problem: reason(err)}, nil
		}
	}
	for place, p := range document.Packages {
		if place != "" {
			s.add(place, p)
		}
	}
	slices.SortFunc(s.Pins, func(a, b Pin) int { return strings.Compare(a.Place, b.Place) })
	return s, nil
}

func reason(err error) string {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return "it is no JSON"
	}
	return "it is not of the form that npm writes"
}

// maxDepth is how deep dependencies stand in each other.
const maxDepth = 100

// addNested adds those of the older form, in which dependencies stand in each other.
func (s *Shrinkwrap) addNested(dependencies json.RawMessage, below string, depth int) error {
	if len(dependencies) == 0 {
		return nil
	}
	if depth > maxDepth {
		return errors.New("too deep")
	}
	var named map[string]pinned
	if err := json.Unmarshal(dependencies, &named); err != nil {
		return err
	}
	for name, p := range named {
		place := below + "node_modules/" + name
		s.add(place, p)
		if err := s.addNested(p.Dependencies, place+"/", depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (s *Shrinkwrap) add(place string, p pinned) {
	link, _ := p.Link.(bool)
	s.Pins = append(s.Pins, Pin{
		Place: place, Name: text(p.Name), Version: text(p.Version), Resolved: text(p.Resolved), Integrity: text(p.Integrity), Link: link,
	})
}

// At returns the pin of what the package itself finds by a name, which is what stands in its own node_modules.
func (s *Shrinkwrap) At(name string) (Pin, bool) {
	i, found := slices.BinarySearchFunc(s.Pins, "node_modules/"+name, func(p Pin, place string) int { return strings.Compare(p.Place, place) })
	if !found {
		return Pin{}, false
	}
	return s.Pins[i], true
}

// Hidden returns where a name is pinned below another package, where the package itself does not find it; "" for nowhere.
func (s *Shrinkwrap) Hidden(name string) string {
	for _, p := range s.Pins {
		if p.Place != "node_modules/"+name && strings.HasSuffix(p.Place, "/node_modules/"+name) {
			return p.Place
		}
	}
	return ""
}

func text(value any) string {
	s, _ := value.(string)
	return s
}
