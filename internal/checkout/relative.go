package checkout

import (
	"os"
	"path/filepath"
)

// Relative is the path of a file from the root of the checkout that it lies in, with forward slashes: as the pages of a pull request or a
// merge request know it. It asks no git, which a job may not have. Where there is no checkout it is the path from the working directory.
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
