package manifest_test

import (
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
)

// difference is one on purpose between what npm sends and what is sent here: instead brings npm's manifest to ours.
type difference struct {
	why     string
	clients string // those that differ; "" for all
	instead func(sent map[string]any, p drawn, a *artifact.Artifact)
}

// deliberate is the whole list. docs/artifacts.md has it in words.
func deliberate() []difference {
	return []difference{
		{"npm 12 no longer starts server.js unasked, and the newest client counts", "npm 11", withoutStart},
		{"npm 12 sends overrides only if they are an object with something in it", "npm 11", withoutOverrides},
		{"npm 12 keeps patchedDependencies to the project that patches", "npm 11", without("patchedDependencies")},
		{"where npm was started to publish a .tgz, on which machine, is nobody's business", "",
			without("_integrity", "_resolved", "_from")},
		{"declarations, manual pages and commands that are not packed are of no use to those who install", "", withoutUnpacked},
		{"manual pages of a folder are sorted: npm's order depends on the speed of the disk", "", sortedManuals},
	}
}

// refusedHere are the words by which package.jsons are refused that npm would publish: each would be of no use to those who install.
func refusedHere() []string {
	return []string{
		"files is not a list of strings",         // npm packs everything then
		"optionalDependencies is not an object",  // an entry's platforms stand there
		"optional dependency",                    // as above
		"neither a string nor a list of strings", // os, cpu, libc
		"something that is not a string",         // as above
		"has build metadata", "is not a version", // npm strips a v and build data in the manifest and not in the tarball, which differ then
	}
}

// refusedThere are the words by which npm refuses what is published here.
func refusedThere() []string {
	return []string{
		"code EOVERRIDE", // npm reads the overrides of a package that it publishes, which count for nobody who installs it
	}
}

func without(keys ...string) func(map[string]any, drawn, *artifact.Artifact) {
	return func(sent map[string]any, _ drawn, _ *artifact.Artifact) {
		for _, key := range keys {
			delete(sent, key)
		}
	}
}

func withoutOverrides(sent map[string]any, _ drawn, _ *artifact.Artifact) {
	if overrides, _ := sent["overrides"].(map[string]any); len(overrides) == 0 {
		delete(sent, "overrides")
	}
}

func sortedManuals(sent map[string]any, p drawn, _ *artifact.Artifact) {
	if man, isList := sent["man"].([]any); isList && !strings.Contains(p.files["package.json"], `"man": [`) {
		slices.SortFunc(man, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
	}
}

func withoutStart(sent map[string]any, p drawn, _ *artifact.Artifact) {
	scripts, _ := sent["scripts"].(map[string]any)
	if scripts["start"] != "node server.js" {
		return
	}
	switch delete(scripts, "start"); {
	case len(scripts) > 0 || strings.Contains(p.files["package.json"], `"scripts": {`):
	case strings.Contains(p.files["package.json"], `"scripts": null`):
		sent["scripts"] = nil
	default:
		delete(sent, "scripts")
	}
}

func withoutUnpacked(sent map[string]any, p drawn, a *artifact.Artifact) {
	packed := func(at any) bool {
		path := path.Clean(at.(string))
		return a.Has(path) || slices.ContainsFunc(a.Files(), func(f string) bool { return strings.HasPrefix(f, path+"/") })
	}
	if types, _ := sent["types"].(string); !strings.Contains(p.files["package.json"], `"types"`) && !a.Has(path.Clean(types)) {
		delete(sent, "types")
	}
	folders, _ := sent["directories"].(map[string]any)
	if pages, isList := sent["man"].([]any); isList && folders["man"] != nil && !strings.Contains(p.files["package.json"], `"man": [`) {
		pages = slices.DeleteFunc(pages, func(page any) bool { return !packed(page) })
		if sent["man"] = pages; len(pages) == 0 {
			delete(sent, "man")
		}
	}
	if commands, isObject := sent["bin"].(map[string]any); isObject && folders["bin"] != nil {
		maps.DeleteFunc(commands, func(_ string, file any) bool { return strings.HasPrefix(file.(string), "bin/") && !packed(file) })
	}
}
