package rules

import (
	"maps"
	"path"
	"slices"
)

// empty looks for files that are started and hold nothing: a build that failed leaves such ones.
func empty(s *subject) (found []finding) {
	named := s.named()
	for _, command := range sortedKeys(s.pkg.Bin) {
		if f, has := s.file(s.pkg.Bin[command]); has && f.Size == 0 {
			found = append(found, refuse("build it", "its command %s is %s, which is empty", command, f.Path))
		}
	}
	for _, f := range s.files {
		isNative := slices.Contains([]string{".node", ".exe", ".dll", ".dylib", ".so"}, path.Ext(f.Path))
		isProgram := s.want.Binary && f.Mode&0o111 != 0
		if f.Size == 0 && (isNative || isProgram) && !s.isCommand(f.Path) {
			found = append(found, finding{s.want.Binary || named[f.Path], f.Path + " is empty", "build it, or leave it out"})
		}
	}
	return found
}

// isCommand tells whether a command starts the file at a path.
func (s *subject) isCommand(at string) bool {
	return slices.Contains(slices.Collect(maps.Values(s.pkg.Bin)), at)
}
