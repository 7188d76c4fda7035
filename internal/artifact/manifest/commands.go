package manifest

import (
	"path"
	"slices"
	"strings"
)

// mendCommands puts the cleaned bin into the manifest. Where directories.bin names a folder of a .tgz, all in it that is not hidden is
// a command, subfolders included: npm says so, and installers link them. Such a directory is not packed here.
func mendCommands(m map[string]any, facts Facts) {
	folder := text(field(m["directories"], "bin"))
	isFolder := folder != "" && !truthy(m["bin"])
	delete(m, "bin")
	bin := map[string]any{}
	for command, target := range facts.Bin {
		bin[command] = target
	}
	if isFolder {
		folder = strings.TrimSuffix(Inside(folder), "/")
		for _, file := range slices.Sorted(slices.Values(facts.Files)) {
			below, ok := strings.CutPrefix("/"+file, path.Join("/", folder)+"/")
			if !ok || isHidden(below) {
				continue
			}
			for ; below != "."; below = path.Dir(below) {
				bin[path.Base(below)] = folder + "/" + below
			}
		}
	}
	if len(bin) > 0 || isFolder {
		m["bin"] = bin
	}
}
