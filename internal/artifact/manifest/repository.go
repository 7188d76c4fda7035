package manifest

import "strings"

// mendRepository makes an object of repository, with a URL that Git understands where its host is known.
func mendRepository(m map[string]any) {
	if several := m["repositories"]; truthy(several) {
		delete(m, "repository")
		switch several := several.(type) {
		case []any:
			if len(several) > 0 {
				m["repository"] = several[0]
			}
		case string:
			m["repository"] = string([]rune(several)[:1])
		case map[string]any:
			if first, has := several["0"]; has {
				m["repository"] = first
			}
		}
	}
	if url := text(m["repository"]); url != "" {
		m["repository"] = map[string]any{"type": "git", "url": url}
	}
	if at, ok := parseRepository(repositoryURL(m)); ok {
		url := at.String()
		if at.form == shortcut {
			url = at.https()
		}
		repository, _ := m["repository"].(map[string]any) // it has a URL
		repository["url"] = url
	}
}

func repositoryURL(m map[string]any) string { return text(field(m["repository"], "url")) }

// mendBugs makes an object of bugs with a valid URL and address, or takes the repository's page of them.
func mendBugs(m map[string]any) {
	value := m["bugs"]
	if !truthy(value) {
		if at, ok := parseRepository(repositoryURL(m)); ok && at.bugs() != "" {
			m["bugs"] = map[string]any{"url": at.bugs()}
		}
		return
	}
	if bugs, isText := value.(string); isText {
		switch {
		case isEmail(bugs):
			m["bugs"] = map[string]any{"email": bugs}
		case isURL(bugs):
			m["bugs"] = map[string]any{"url": bugs}
		default: // neither, a text without fields: npm drops it
			delete(m, "bugs")
		}
		return
	}
	bugs := map[string]any{}
	fields, _ := value.(map[string]any) // nothing else has fields
	url := fields["url"]
	for _, alias := range []string{"name", "web"} {
		if found, has := fields[alias]; has {
			url = found
		}
	}
	if truthy(url) && isURL(spelled(url)) {
		bugs["url"] = url
	}
	if email := text(fields["email"]); isEmail(email) {
		bugs["email"] = email
	}
	if m["bugs"] = bugs; len(bugs) == 0 {
		delete(m, "bugs")
	}
}

func isEmail(s string) bool {
	at := strings.IndexByte(s, '@')
	return at >= 0 && at < strings.LastIndexByte(s, '.')
}

func mendHomepage(m map[string]any) {
	if !truthy(m["homepage"]) {
		if at, ok := parseRepository(repositoryURL(m)); ok {
			m["homepage"] = at.docs()
		}
	}
	homepage, isText := m["homepage"].(string)
	switch {
	case !truthy(m["homepage"]):
	case !isText:
		delete(m, "homepage")
	case !isURL(homepage):
		m["homepage"] = "http://" + homepage
	}
}
