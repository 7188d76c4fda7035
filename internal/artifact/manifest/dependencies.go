package manifest

import (
	"regexp"
	"strings"
)

// mendDependencies makes objects of dependencies that are written as a text or a list, drops what is no range, and writes Git
// repositories of known hosts in one way.
func mendDependencies(m map[string]any) {
	for _, key := range []string{"dependencies", "devDependencies", "optionalDependencies"} {
		if s := text(m[key]); s != "" {
			var names []any
			for _, name := range regexp.MustCompile(`[\t-\r\pZ\x{feff},]+`).Split(trimmed(s), -1) {
				names = append(names, name)
			}
			m[key] = names
		}
		if list, isList := m[key].([]any); isList {
			m[key] = ranges(list)
		}
	}
	for _, key := range []string{"dependencies", "devDependencies"} {
		dependencies, isObject := m[key].(map[string]any)
		if !isObject {
			delete(m, key)
		}
		for name, value := range dependencies {
			wanted, isText := value.(string)
			if !isText {
				delete(dependencies, name)
				continue
			}
			if at, ok := parseRepository(wanted); ok {
				dependencies[name] = at.String()
			}
		}
	}
}

// ranges reads elements like "name@1", "name >=2" and "name".
func ranges(list []any) map[string]any {
	object := map[string]any{}
	for _, element := range list {
		dependency, isText := element.(string)
		if !isText {
			continue
		}
		dependency = trimmed(dependency)
		end := len(dependency)
		if found := regexp.MustCompile(`:?[@\t-\r\pZ\x{feff}><=]`).FindStringIndex(dependency); found != nil {
			end = found[0]
		}
		object[dependency[:end]] = trimmed(strings.TrimPrefix(dependency[end:], "@"))
	}
	return object
}

// mendOverrides keeps overrides that are an object with something in it.
func mendOverrides(m map[string]any) {
	if overrides, _ := m["overrides"].(map[string]any); len(overrides) == 0 {
		delete(m, "overrides")
	}
}
