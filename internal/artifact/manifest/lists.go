package manifest

import "regexp"

// mendLists makes lists of files and keywords, of strings alone, and drops the field modules, which npm has given up. What is null or
// false is left, as npm leaves it.
func mendLists(m map[string]any) {
	if truthy(m["modules"]) {
		delete(m, "modules")
	}
	if keywords, isText := m["keywords"].(string); isText {
		list := []any{}
		for _, keyword := range regexp.MustCompile(`,[\t-\r\pZ\x{feff}]+`).Split(keywords, -1) {
			list = append(list, keyword)
		}
		m["keywords"] = list
	}
	for _, key := range []string{"files", "keywords"} {
		list, isList := m[key].([]any)
		switch {
		case isList:
			m[key] = onlyTexts(list)
		case truthy(m[key]):
			delete(m, key)
		}
	}
}
