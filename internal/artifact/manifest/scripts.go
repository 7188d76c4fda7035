package manifest

import (
	"path"
	"regexp"
	"strings"
)

// mendScripts drops what is no script, and the folder that npm finds commands in anyway.
func mendScripts(m map[string]any) {
	inBin := regexp.MustCompile(`^(?:\.[/\\])?node_modules[/\\].bin[\\/]`)
	switch scripts := m["scripts"].(type) {
	case map[string]any:
		for name, script := range scripts {
			if line, isText := script.(string); isText {
				scripts[name] = inBin.ReplaceAllString(line, "")
			} else {
				delete(scripts, name)
			}
		}
	case []any: // of no use, but npm sends it, with gaps
		for i, script := range scripts {
			if line, isText := script.(string); isText {
				scripts[i] = inBin.ReplaceAllString(line, "")
			} else {
				scripts[i] = nil
			}
		}
	case nil: // absent, or null, which npm sends
	default:
		delete(m, "scripts")
	}
}

// addGyp adds the script that npm runs without being told, node-gyp's. Only a file that is packed counts: of another, npm tells
// those who install about a build that they cannot make.
func addGyp(m map[string]any, facts Facts) {
	if isOff, isBool := m["gypfile"].(bool); isBool && !isOff {
		return
	}
	scripts := m["scripts"]
	if truthy(field(scripts, "install")) || truthy(field(scripts, "preinstall")) {
		return
	}
	for _, file := range facts.Files {
		if path.Dir(file) != "." || path.Ext(file) != ".gyp" || strings.HasPrefix(file, ".") {
			continue
		}
		m["gypfile"] = true
		if !truthy(scripts) {
			scripts = map[string]any{}
			m["scripts"] = scripts
		}
		if object, isObject := scripts.(map[string]any); isObject {
			object["install"] = "node-gyp rebuild"
		}
		return
	}
}
