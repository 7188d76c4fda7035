package artifact

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

// packageJSON is a package.json: the whole document, and the fields that this package acts on.
type packageJSON struct {
	raw      []byte
	document map[string]any // numbers as json.Number

	name                 spec.Name
	version              spec.Version
	platform             spec.Platform
	private              bool
	main, browser        string
	bin                  map[string]string // command to path, cleaned as npm does
	files                []string
	hasFiles             bool
	scripts              map[string]any
	publishConfig        map[string]any
	optionalDependencies map[string]string
}

// parsePackageJSON reads a package.json of any origin.
func parsePackageJSON(raw []byte) (*packageJSON, error) {
	p := &packageJSON{raw: raw}
	decoder := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(raw, []byte("\ufeff"))))
	decoder.UseNumber()
	if err := decoder.Decode(&p.document); err != nil {
		return nil, fmt.Errorf("its package.json cannot be read: %w", err)
	}
	if p.document == nil {
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

func (p *packageJSON) readIdentity() error {
	name, errName := spec.ParseName(text(p.document["name"]))
	version, errVersion := spec.ParseVersion(text(p.document["version"]))
	p.name, p.version = name, version
	switch p.document["name"].(type) {
	case string:
	case nil:
		errName = errors.New("the name is missing")
	default:
		errName = errors.New("the name is not a string")
	}
	switch p.document["version"].(type) {
	case string:
	case nil:
		errVersion = errors.New("the version is missing")
	default:
		errVersion = errors.New("the version is not a string")
	}
	p.private = truthy(p.document["private"])

	var errs [3]error
	p.platform.OS, errs[0] = p.stringList("os")
	p.platform.CPU, errs[1] = p.stringList("cpu")
	p.platform.Libc, errs[2] = p.stringList("libc")
	return errors.Join(errName, errVersion, errors.Join(errs[:]...))
}

func (p *packageJSON) readContents() error {
	p.main, p.browser = text(p.document["main"]), text(p.document["browser"])
	p.scripts, _ = p.document["scripts"].(map[string]any)             // npm drops what is no object
	p.publishConfig, _ = p.document["publishConfig"].(map[string]any) // and overlooks it here
	p.bin = commands(p.name, p.document["bin"])

	var errs []error
	if value, ok := p.document["files"]; ok && value != nil {
		files, isList := value.([]any)
		p.hasFiles = true
		for _, element := range files {
			s, isString := element.(string)
			if !isString || s == "" {
				isList = false
				continue
			}
			p.files = append(p.files, s)
		}
		if !isList {
			errs = append(errs, errors.New("files is not a list of strings"))
		}
	}
	dependencies, ok := p.document["optionalDependencies"].(map[string]any)
	if value := p.document["optionalDependencies"]; value != nil && !ok {
		errs = append(errs, errors.New("optionalDependencies is not an object"))
	}
	p.optionalDependencies = map[string]string{}
	for name, value := range dependencies {
		if p.optionalDependencies[name], ok = value.(string); !ok {
			errs = append(errs, fmt.Errorf("the range of the optional dependency %q is not a string", name))
		}
	}
	return errors.Join(errs...)
}

// checkTexts refuses control characters in what is shown, or names files.
func (p *packageJSON) checkTexts() error {
	var errs []error
	for _, field := range []string{
		"bin", "browser", "cpu", "dependencies", "devDependencies", "files", "libc", "main", optionalKey, "os", "peerDependencies",
	} {
		for _, s := range texts(p.document[field]) {
			if strings.ContainsFunc(s, steering) {
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
			all = append(all, text(element))
		}
	case map[string]any:
		for key, element := range value {
			all = append(all, key, text(element))
		}
		slices.Sort(all)
	}
	return all
}

// stringList reads a field that may be a list of strings or one string.
func (p *packageJSON) stringList(key string) ([]string, error) {
	switch value := p.document[key].(type) {
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
			named[path.Base(text(element))] = element
		}
	case map[string]any:
		named = value
	}
	bin := map[string]string{}
	for command, target := range named {
		base, file := path.Base(inside(command)), inside(text(target))
		if text(target) != "" && file != "" && base != "." {
			bin[base] = file
		}
	}
	return bin
}

// inside cleans a path of package.json so that it stays below the package's root, without a leading "./".
func inside(p string) string {
	return path.Clean("/" + strings.NewReplacer(`\`, "/", ":", "/").Replace(p))[1:]
}

func text(value any) string {
	s, _ := value.(string) // what is no string counts as absent
	return s
}

// truthy is JavaScript's idea of true, by which npm reads `private`.
func truthy(value any) bool {
	switch value := value.(type) {
	case nil:
		return false
	case bool:
		return value
	case string:
		return value != ""
	case json.Number:
		f, err := value.Float64()
		return err != nil || f != 0
	}
	return true
}
