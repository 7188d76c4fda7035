package rules

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
)

// nested refuses an entry that holds its platforms' packages: without files in package.json npm packs what the build has left below
// it, too, and every user downloads every platform.
func nested(s *subject) []finding {
	folders := s.nestedPlatforms()
	if len(folders) == 0 {
		return nil
	}
	var bytes int64
	natives := 0
	inside := func(f artifact.File) bool {
		return slices.ContainsFunc(folders, func(folder string) bool { return f.Path == folder || strings.HasPrefix(f.Path, folder+"/") })
	}
	var rest []artifact.File
	for _, f := range s.files {
		if !inside(f) {
			rest = append(rest, f)
			continue
		}
		bytes += f.Size
		if f.Native != nil || strings.HasSuffix(f.Path, ".tgz") {
			natives++
		}
	}
	next := fmt.Sprintf(`in its package.json, write "files": %s`, filesLine(rest, folders))
	if natives == 0 {
		return []finding{warn(next, "it holds the packages of its platforms: %s", someOf(folders))}
	}
	return []finding{refuse(next, "it holds the packages of its platforms, with %d bytes that every user would download: %s",
		bytes, someOf(folders))}
}

// nestedPlatforms are the paths of the entry's platforms in it: where the state file says that the build leaves them, and where a
// package.json has the name of one.
func (s *subject) nestedPlatforms() []string {
	if len(s.want.Members) == 0 {
		return nil
	}
	found := map[string]bool{}
	for _, f := range s.files {
		for _, m := range s.want.Members {
			if at := headLike(f.Path, m.Folder); at != "" {
				found[at] = true
			}
		}
		if folder := path.Dir(f.Path); f.Package != "" && folder != "." && s.isPlatform(f.Package) {
			found[folder] = true
		}
	}
	return sortedKeys(found)
}

func (s *subject) isPlatform(name string) bool {
	_, optional := s.want.OptionalDependencies[name]
	_, hard := s.want.Dependencies[name]
	return optional || hard || s.want.PlatformPattern != nil && s.want.PlatformPattern(name, "")
}

// headLike returns the head of a file's path that fits a folder's pattern; "" where none does.
func headLike(file, folder string) string {
	if folder == "" {
		return ""
	}
	parts := strings.Split(file, "/")
	depth := strings.Count(folder, "/") + 1
	if len(parts) < depth {
		return ""
	}
	head := strings.Join(parts[:depth], "/")
	if fits, err := path.Match(folder, head); err != nil || !fits {
		return ""
	}
	return head
}

// filesLine is a value of files in package.json that takes in what is to stay, and none of the folders.
func filesLine(rest []artifact.File, folders []string) string {
	var tops []string
	for _, f := range rest {
		top, _, isBelow := strings.Cut(f.Path, "/")
		if isBelow {
			top += "/"
		}
		if !alwaysPacked(top) && !slices.Contains(tops, top) {
			tops = append(tops, top)
		}
	}
	slices.Sort(tops)
	var lines []string
	for _, top := range tops {
		lines = append(lines, fmt.Sprintf("%q", top))
	}
	for _, folder := range grouped(folders) {
		if slices.ContainsFunc(tops, func(top string) bool { return strings.HasPrefix(folder, top) }) {
			lines = append(lines, fmt.Sprintf("%q", "!"+folder))
		}
	}
	return "[" + strings.Join(lines, ", ") + "]"
}

// grouped writes folders that stand beside each other, and begin alike, as one pattern.
func grouped(folders []string) (patterns []string) {
	byParent := map[string][]string{}
	for _, folder := range folders {
		byParent[path.Dir(folder)] = append(byParent[path.Dir(folder)], path.Base(folder))
	}
	for _, parent := range sortedKeys(byParent) {
		bases := byParent[parent]
		common := bases[0]
		for _, base := range bases[1:] {
			for !strings.HasPrefix(base, common) {
				common = common[:len(common)-1]
			}
		}
		if len(bases) > 1 {
			common += "*"
		}
		patterns = append(patterns, path.Join(parent, common))
	}
	return patterns
}

// alwaysPacked are those that npm packs whatever files says.
func alwaysPacked(name string) bool {
	lower := strings.ToLower(name)
	for _, base := range []string{"readme", "license", "licence", "copying"} {
		if lower == base || strings.HasPrefix(lower, base+".") {
			return true
		}
	}
	return lower == "package.json"
}
