package manifest

import (
	"fmt"
	"slices"
)

// Fault is a reason why npm would publish nothing with a package.json.
type Fault struct {
	Message string // what is wrong, about "it"
	Next    string // what a person does about it
}

// Faults are all of them, of a directory or a .tgz. Most are no checks of npm's, but end it with an error of its language.
func Faults(document map[string]any, isPacked bool) []Fault {
	var faults []Fault
	add := func(is bool, next, format string, args ...any) {
		if is {
			faults = append(faults, Fault{Message: fmt.Sprintf(format, args...), Next: next})
		}
	}
	add(isOdd(document["main"]), "name one file there", "its main is not a text")
	add(isOdd(field(document["directories"], "man")) && !truthy(copied(document["man"])), "name one folder there",
		"its directories.man is not a text")
	add(isOdd(field(document["directories"], "bin")) && !truthy(copied(document["bin"])), "name one folder there",
		"its directories.bin is not a text")
	add(isOdd(document["readme"]) && !truthy(copied(document["description"])),
		"take the field out, as the file README.md is shown", "its readme is not a text")
	commands, _ := document["bin"].([]any) // of an object, npm drops what is no path
	add(slices.ContainsFunc(commands, isNoText), "name one file for each command", "its bin lists something that is no path")
	for _, key := range []string{"contributors", "maintainers"} {
		people, _ := document[key].([]any) // npm overlooks what is no list
		add(slices.Contains(people, nil), "take it out", "its %s have a null among them", key)
	}
	for _, key := range []string{"dependencies", "devDependencies", "optionalDependencies", "peerDependencies"} {
		add(!isPacked && hasNoText(document[key]), `write versions as texts, like "^1.2.3"`, "its %s have something that is no version", key)
	}
	_, has := document["packageExtensions"]
	add(has, "move them to the package.json of the workspace's root", "it has packageExtensions, which must not be published: "+
		"they count at the root of a project only")
	return faults
}

// isOdd tells whether a value is there, by JavaScript's idea of that, and no text.
func isOdd(value any) bool {
	value = copied(value)
	return isNoText(value) && truthy(value)
}

func isNoText(value any) bool {
	_, isText := value.(string)
	return !isText
}

// hasNoText tells whether something in an object or a list is no text.
func hasNoText(value any) bool {
	switch value := value.(type) {
	case map[string]any:
		for _, element := range value {
			if isNoText(element) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(value, isNoText)
	}
	return false
}
