package manifest

import (
	"slices"
	"strings"
)

// Facts are what is known of a package besides its package.json.
type Facts struct {
	Name, Version string
	Bin           map[string]string // command to path, cleaned as npm does
	Files         []string          // what gets published, with slashes
	Readme        File              // that which ChooseReadme prefers
	Authors       string            // the text of the file AUTHORS
	GitHead       string            // the commit that is published, or ""
	Packed        bool              // whether it is a .tgz
}

// File is a text file at the package's root.
type File struct{ Name, Text string }

// Normalize returns the manifest for a package.json that has no Faults. The document stays as it is. What the registry's protocol adds
// (_id, dist) is not in the manifest.
func Normalize(document map[string]any, facts Facts) map[string]any {
	m, _ := copied(document).(map[string]any)
	if m == nil {
		m = map[string]any{}
	}
	if !facts.Packed {
		mendBundles(m, false)
		mendScripts(m)
		mendRepository(m)
		mendDependencies(m)
	}
	for key := range m {
		if strings.HasPrefix(key, "_") {
			delete(m, key)
		}
	}
	m["name"], m["version"] = facts.Name, facts.Version

	addGyp(m, facts)
	addAuthors(m, facts.Authors)
	addReadme(m, facts.Readme)
	mendManuals(m, facts.Files)
	mendCommands(m, facts)
	if !truthy(m["gitHead"]) && facts.GitHead != "" {
		m["gitHead"] = facts.GitHead
	}
	addTypes(m, facts)

	renameBundles(m)
	mendBundles(m, true)
	mendOverrides(m)
	mendScripts(m)
	mendRepository(m)
	mendDependencies(m)
	mendDescription(m)
	mendLists(m)
	mendBugs(m)
	listBundled(m)
	mendHomepage(m)
	mendPeople(m)
	delete(m, "patchedDependencies")
	return m
}

func (f Facts) has(path string) bool { return slices.Contains(f.Files, path) }
