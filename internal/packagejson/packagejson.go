// Package packagejson reads a package.json as npm does, in one place, so that all who act on it understand it alike: artifacts and their
// rules, the workspace in desired, and internal/initial. It knows the document, not the files beside it. Start reading at [Parse].
package packagejson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Package is a package.json: the whole document, and the fields that this program acts on.
type Package struct {
	Raw      []byte         // as it was read
	Document map[string]any // numbers as json.Number

	Name                 spec.Name
	Version              spec.Version
	Platform             spec.Platform
	Private              bool
	Main, Browser        string
	Bin                  map[string]string // command to path, cleaned as npm does
	Files                []string
	HasFiles             bool
	Scripts              map[string]any // nil where it is no object, which npm drops
	PublishConfig        map[string]any // nil where it is no object, which npm overlooks
	OptionalDependencies map[string]string
}

// Parse reads a package.json of any origin. Its error is a sentence about "its package.json".
func Parse(raw []byte) (*Package, error) {
	p := &Package{Raw: raw}
	decoder := json.NewDecoder(bytes.NewReader(TrimBOM(raw)))
	decoder.UseNumber()
	if err := decoder.Decode(&p.Document); err != nil {
		return nil, fmt.Errorf("its package.json cannot be read: %w", err)
	}
	if p.Document == nil {
		return nil, errors.New("its package.json is null, not an object")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("its package.json has something behind the object")
	}
	if err := errors.Join(p.readIdentity(), p.readContents(), p.checkTexts()); err != nil {
		return nil, fmt.Errorf("its package.json is not one to publish: %s", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	return p, nil
}

func (p *Package) readIdentity() error {
	var errName, errVersion error
	p.Name, errName = spec.ParseName(Text(p.Document["name"]))
	p.Version, errVersion = spec.ParseVersion(Text(p.Document["version"]))
	p.Private = Truthy(p.Document["private"])

	var errs [3]error
	p.Platform.OS, errs[0] = p.stringList("os")
	p.Platform.CPU, errs[1] = p.stringList("cpu")
	p.Platform.Libc, errs[2] = p.stringList("libc")
	return errors.Join(p.needed("name", errName), p.needed("version", errVersion), errors.Join(errs[:]...))
}

// needed is what is wrong with a field that has to be a string; wrong is what is wrong with that.
func (p *Package) needed(field string, wrong error) error {
	switch p.Document[field].(type) {
	case string:
		return wrong
	case nil:
		return fmt.Errorf("the %s is missing", field)
	}
	return fmt.Errorf("the %s is not a string", field)
}

func (p *Package) readContents() error {
	p.Main, p.Browser = Text(p.Document["main"]), Text(p.Document["browser"])
	p.Scripts, _ = p.Document["scripts"].(map[string]any)             // npm drops what is no object
	p.PublishConfig, _ = p.Document["publishConfig"].(map[string]any) // and overlooks it here
	p.Bin = commands(p.Name, p.Document["bin"])

	var errs []error
	if value := p.Document["files"]; Truthy(value) {
		files, isList := value.([]any)
		p.HasFiles = true
		for _, element := range files {
			s, isString := element.(string)
			if !isString {
				isList = false
				continue
			}
			p.Files = append(p.Files, s)
		}
		if !isList {
			errs = append(errs, errors.New("files is not a list of strings"))
		}
	}
	dependencies, ok := p.Document["optionalDependencies"].(map[string]any)
	if value := p.Document["optionalDependencies"]; value != nil && !ok {
		errs = append(errs, errors.New("optionalDependencies is not an object"))
	}
	p.OptionalDependencies = map[string]string{}
	for name, value := range dependencies {
		if p.OptionalDependencies[name], ok = value.(string); !ok {
			errs = append(errs, fmt.Errorf("the range of the optional dependency %q is not a string", name))
		}
	}
	return errors.Join(errs...)
}

// checkTexts refuses control characters in what is shown, or names files.
func (p *Package) checkTexts() error {
	var errs []error
	for _, field := range []string{
		"bin", "browser", "cpu", "dependencies", "devDependencies", "files", "libc", "main", optionalKey, "os", "peerDependencies",
	} {
		for _, s := range texts(p.Document[field]) {
			if strings.ContainsFunc(s, spec.Steering) {
				errs = append(errs, fmt.Errorf("%s holds control characters: %.100q", field, s))
				break
			}
		}
	}
	return errors.Join(errs...)
}

// texts returns the strings of a field that is one, a list of them, or an object, with its keys.
func texts(value any) []string {
	var all []string
	switch value := value.(type) {
	case string:
		all = append(all, value)
	case []any:
		for _, element := range value {
			all = append(all, Text(element))
		}
	case map[string]any:
		for key, element := range value {
			all = append(all, key, Text(element))
		}
		slices.Sort(all)
	}
	return all
}

// stringList reads a field that may be a list of strings or one string.
func (p *Package) stringList(key string) ([]string, error) {
	switch value := p.Document[key].(type) {
	case nil:
		return nil, nil
	case string:
		return []string{value}, nil
	case []any:
		var list []string
		for _, element := range value {
			s, ok := element.(string)
			if !ok {
				return nil, fmt.Errorf("%s holds something that is not a string", key)
			}
			list = append(list, s)
		}
		return list, nil
	}
	return nil, fmt.Errorf("%s is neither a string nor a list of strings", key)
}

// commands reads bin, which npm takes as one path, a list of paths, or an object, and cleans names and paths as npm does.
func commands(name spec.Name, value any) map[string]string {
	named := map[string]any{}
	switch value := value.(type) {
	case string:
		named[name.Base()] = value
	case []any:
		for _, element := range value {
			named[path.Base(Text(element))] = element
		}
	case map[string]any:
		named = value
	}
	bin := map[string]string{}
	for command, target := range named {
		base, file := path.Base(Inside(command)), Inside(Text(target))
		if Text(target) != "" && file != "" && base != "." {
			bin[base] = file
		}
	}
	return bin
}

// Inside cleans a path of package.json so that it stays below the package's root, without a leading "./".
func Inside(p string) string {
	return path.Clean("/" + strings.NewReplacer(`\`, "/", ":", "/").Replace(p))[1:]
}

// Text is a value that is a string, else "": what is no string counts as absent.
func Text(value any) string {
	s, _ := value.(string)
	return s
}

// Truthy tells whether JavaScript takes a value for true. npm reads `private` so, and other fields.
func Truthy(value any) bool {
	switch value := value.(type) {
	case nil:
		return false
	case bool:
		return value
	case string:
		return value != ""
	case float64:
		return value != 0
	case json.Number:
		f, err := value.Float64()
		return err != nil || f != 0
	}
	return true
}
