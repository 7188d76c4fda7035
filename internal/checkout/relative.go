package checkout

import (
	"os"
	"path/filepath"
)

// Relative returns the path of a file from the root of its checkout, with forward slashes, as the pages of pull requests and merge
// requests have it. It does not ask git, which a job may not have. Outside of a checkout it is the path from the working directory.
func Relative(path string) string {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return filepath.ToSlash(filepath.Clean(path))
	}
	root, err := os.Getwd()
	for dir := filepath.Dir(absolute); ; dir = filepath.Dir(dir) {
		if _, missing := os.Lstat(filepath.Join(dir, ".git")); missing == nil { // a folder, or a file in a worktree
			root, err = dir, nil
			break
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	if err != nil {
		return filepath.ToSlash(filepath.Clean(path))
	}
	relative, err := filepath.Rel(root, absolute)
	if err != nil || !filepath.IsLocal(relative) {
		return filepath.ToSlash(filepath.Clean(path))
	}
	return filepath.ToSlash(relative)
}
