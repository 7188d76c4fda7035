package manifest

import (
	"path"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/packagejson"
)

// mendCommands puts the cleaned bin into the manifest. Where directories.bin names a folder instead, all in it that is not hidden is
// a command, subfolders included: npm says so, and installers link them.
func mendCommands(m map[string]any, facts Facts) {
	folder := text(field(m["directories"], "bin"))
	isFolder := folder != "" && (!truthy(m["bin"]) || !facts.Packed && len(facts.Bin) == 0)
	delete(m, "bin")
	bin := map[string]any{}
	for command, target := range facts.Bin {
		bin[command] = target
	}
	if isFolder {
		folder = inside(folder)
		var below []string
		seen := map[string]bool{}
		for _, file := range facts.Files {
			under, ok := strings.CutPrefix("/"+file, path.Join("/", folder)+"/")
			if !ok || isHidden(under) {
				continue
			}
			for ; under != "." && !seen[under]; under = path.Dir(under) {
				seen[under], below = true, append(below, under)
			}
		}
		for command, target := range packagejson.BinFolder(below) {
			bin[command] = folder + "/" + target
		}
	}
	if len(bin) > 0 || isFolder {
		m["bin"] = bin
	}
}
