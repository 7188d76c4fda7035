package manifest

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// mendManuals makes man a list of paths below the package's root. Where directories.man names a folder, the pages in it are listed;
// sorted, as npm's own order depends on how fast folders are read.
func mendManuals(m map[string]any, files []string) {
	if folder := field(m["directories"], "man"); truthy(folder) && !truthy(m["man"]) {
		m["man"] = manuals(Inside(text(folder)), files)
	}
	pages, isList := m["man"].([]any)
	if !isList {
		pages = []any{m["man"]}
	}
	paths := []any{}
	for _, page := range pages {
		if page, isText := page.(string); isText && (isList || page != "") {
			paths = append(paths, Inside(page))
		}
	}
	if len(paths) == 0 {
		delete(m, "man")
		return
	}
	m["man"] = paths
}

func manuals(folder string, files []string) []any {
	page := regexp.MustCompile(`\.[0-9]$`)
	found := []any{}
	for _, file := range slices.Sorted(slices.Values(files)) {
		if below, ok := strings.CutPrefix("/"+file, path.Join("/", folder)+"/"); ok && page.MatchString(below) && !isHidden(below) {
			found = append(found, file)
		}
	}
	return found
}

// isHidden tells whether a part of the path starts with a dot, which npm's patterns pass over.
func isHidden(file string) bool { return strings.Contains("/"+file, "/.") }

// Inside cleans a path of package.json as npm does, so that it stays below the package's root: without a leading "./", and a folder
// keeps its slash. It is "" for the root itself.
func Inside(p string) string {
	p = strings.NewReplacer(`\`, "/", ":", "/").Replace(p)
	clean := path.Clean("/" + p)[1:]
	if clean != "" && strings.HasSuffix(p, "/") {
		clean += "/"
	}
	return clean
}
