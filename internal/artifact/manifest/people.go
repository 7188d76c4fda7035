package manifest

import (
	"regexp"
	"strings"
)

// addAuthors lists the lines of the file AUTHORS as contributors where there are none.
func addAuthors(m map[string]any, authors string) {
	if truthy(m["contributors"]) || authors == "" {
		return
	}
	list := []any{}
	for line := range strings.SplitSeq(authors, "\n") {
		if line = trimmed(line); line != "" && !strings.HasPrefix(line, "#") {
			list = append(list, line)
		}
	}
	m["contributors"] = list
}

func mendPeople(m map[string]any) {
	if author := m["author"]; truthy(author) {
		m["author"] = person(author)
	}
	for _, key := range []string{"maintainers", "contributors"} {
		if people, isList := m[key].([]any); isList {
			for i := range people {
				people[i] = person(people[i])
			}
		}
	}
}

// person reads "name <email> (url)" into an object. An object is spelled that way first, and loses all else.
func person(value any) map[string]any {
	line, isText := value.(string)
	if !isText {
		line = spelledPerson(value)
	}
	p := map[string]any{}
	if name := trimmed(line[:max(0, strings.IndexAny(line+"<", "(<"))]); name != "" {
		p["name"] = name
	}
	for key, expression := range map[string]string{"email": `<([^<>]+)>`, "url": `\(([^()]+)\)`} {
		if match := regexp.MustCompile(expression).FindStringSubmatch(line); match != nil {
			p[key] = match[1]
		}
	}
	return p
}

func spelledPerson(value any) string {
	var line string
	if name := field(value, "name"); truthy(name) {
		line = spelled(name)
	}
	for _, part := range [][4]string{{"email", "mail", " <", ">"}, {"url", "web", " (", ")"}} {
		found := field(value, part[0])
		if !truthy(found) {
			found = field(value, part[1])
		}
		if truthy(found) {
			line += part[2] + spelled(found) + part[3]
		}
	}
	return line
}
