package packagejson

import (
	"cmp"
	"path"
	"slices"
	"strings"
)

// BinFolder names the commands that directories.bin makes of files and folders, whose paths are below that folder. A command is called by
// its base name. Of several with one name npm keeps the last that it finds: it goes down level by level, each in order.
func BinFolder(below []string) map[string]string {
	found := slices.SortedFunc(slices.Values(below), func(a, b string) int {
		return cmp.Or(cmp.Compare(strings.Count(a, "/"), strings.Count(b, "/")), cmp.Compare(a, b))
	})
	commands := map[string]string{}
	for _, file := range found {
		commands[path.Base(file)] = file
	}
	return commands
}
