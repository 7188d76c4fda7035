package manifest

import (
	"errors"
	"fmt"
)

// Faults are the reasons why npm would publish nothing with this package.json: each says which field and what mends it.
func Faults(document map[string]any) []error {
	var faults []error
	fault := func(is bool, format string, args ...any) {
		if is {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	isTextOrNothing := func(value any) bool {
		value = copied(value)
		_, isText := value.(string)
		return isText || !truthy(value)
	}
	fault(!isTextOrNothing(document["main"]), "its main is not a text; name one file there")
	fault(!isTextOrNothing(field(document["directories"], "man")), "its directories.man is not a text; name one folder there")
	fault(!isTextOrNothing(document["readme"]) && !truthy(copied(document["description"])),
		"its readme is not a text; take the field away, the file README.md is shown")
	if commands, isList := document["bin"].([]any); isList {
		for _, command := range commands {
			if _, isText := command.(string); !isText {
				faults = append(faults, errors.New("its bin lists something that is no path; name one file for each command"))
				break
			}
		}
	}
	for _, key := range []string{"contributors", "maintainers"} {
		people, _ := document[key].([]any) // npm overlooks what is no list
		for _, one := range people {
			if one == nil {
				faults = append(faults, fmt.Errorf("its %s have a null among them; take it out", key))
				break
			}
		}
	}
	_, has := document["packageExtensions"]
	fault(has, "it has packageExtensions, which count at the root of a project only, and must not be published; "+
		"move them to the package.json of the workspace's root")
	return faults
}
