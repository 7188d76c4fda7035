package artifact

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
)

const optionalKey = "optionalDependencies"

// mergeOptional brings the wanted optional dependencies together with those of the artifact: nil where package.json
// stays as it is, else all that have to stand in it. Those outside of within (nil: none are outside) are the package's
// own affair. Where the artifact has others than the wanted ones it is an error, as is a .tgz without them.
func (a *Artifact) mergeOptional(wanted map[string]string, within func(string) bool) (map[string]string, error) {
	if len(wanted) == 0 {
		return nil, nil
	}
	var problems []string
	present := 0
	for _, name := range sortedKeys(a.pkg.optionalDependencies) {
		_, isWanted := wanted[name]
		if !isWanted && within != nil && !within(name) {
			continue
		}
		present++
		if have := a.pkg.optionalDependencies[name]; !isWanted {
			problems = append(problems, fmt.Sprintf("%s@%s is not wanted", name, have))
		} else if have != wanted[name] {
			problems = append(problems, fmt.Sprintf("%s is at %q, not %q", name, have, wanted[name]))
		}
	}
	for _, name := range sortedKeys(wanted) {
		if _, has := a.pkg.optionalDependencies[name]; !has && present > 0 {
			problems = append(problems, fmt.Sprintf("%s@%s is missing", name, wanted[name]))
		}
	}
	problems = append(problems, a.hardDependencies(wanted)...)
	switch {
	case len(problems) > 0:
		return nil, a.wrong("its dependencies are not the release's platforms: %s; "+
			"let the build write exactly these, or leave them out", strings.Join(problems, "; "))
	case present > 0:
		return nil, nil
	case a.packed:
		return nil, a.wrong("its optionalDependencies lack the release's %d platforms, and a .tgz is published as "+
			"it is; write them to package.json before packing, or name the directory", len(wanted))
	}
	merged := maps.Clone(a.pkg.optionalDependencies)
	maps.Copy(merged, wanted)
	return merged, nil
}

// hardDependencies finds platforms that every install would need, whatever its machine.
func (a *Artifact) hardDependencies(wanted map[string]string) []string {
	var problems []string
	dependencies, _ := a.pkg.document["dependencies"].(map[string]any) // npm drops what is no object
	for _, name := range sortedKeys(dependencies) {
		if _, isPlatform := wanted[name]; isPlatform {
			problems = append(problems, fmt.Sprintf("%s stands in dependencies, where it fails to install on other machines", name))
		}
	}
	return problems
}

// withOptional returns package.json with these optional dependencies; all else keeps its order, indented anew.
func (p *packageJSON) withOptional(dependencies map[string]string) ([]byte, error) {
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
	decoder := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(p.raw, []byte("\ufeff"))))
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
