package packlist

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/artifact/glob"
	"github.com/agent-facets/facets-reconcile/internal/packagejson"
)

// aboveMember returns the lines of the ignore files above a member of a workspace: that of the workspace's root and those of the
// folders between, one a folder. npm finds the root by itself, as the nearest package.json above whose `workspaces` takes dir in.
func aboveMember(dir string) (lines []string, err error) {
	member, err := filepath.Abs(dir)
	if err == nil {
		member, err = filepath.EvalSymlinks(member)
	}
	if err != nil {
		return nil, unreadable(dir, err)
	}
	for root := filepath.Dir(member); ; root = filepath.Dir(root) {
		below, err := filepath.Rel(root, member)
		if err != nil {
			return nil, unreadable(root, err)
		}
		below = filepath.ToSlash(below)
		if patternsOf(workspacesAt(root)).take(below) {
			return between(root, path.Dir(below))
		}
		if root == filepath.Dir(root) {
			return nil, nil
		}
	}
}

// between reads the ignore files from root down to below.
func between(root, below string) (lines []string, err error) {
	folders := []string{root}
	if below != "." {
		for part := range strings.SplitSeq(below, "/") {
			folders = append(folders, filepath.Join(folders[len(folders)-1], part))
		}
	}
	for _, folder := range folders {
		for _, name := range []string{".npmignore", ".gitignore"} {
			if _, err := os.Stat(filepath.Join(folder, name)); errors.Is(err, fs.ErrNotExist) {
				continue
			}
			more, err := readLines(folder, name)
			if err != nil {
				return nil, err
			}
			lines = append(lines, more...)
			break
		}
	}
	return lines, nil
}

// workspacesAt reads `workspaces` of a folder's package.json; what cannot be read has none.
func workspacesAt(folder string) any {
	lines, err := readLines(folder, "package.json")
	if err != nil {
		return nil
	}
	return packagejson.Workspaces([]byte(strings.Join(lines, "\n")))
}

// hasMembers tells whether `workspaces` finds any package below root.
func hasMembers(root *os.Root, workspaces any) (has bool, err error) {
	patterns := patternsOf(workspaces)
	for _, pattern := range patterns.included {
		err := find(root, ".", pattern, func(name string, entry fs.DirEntry) {
			if entry.IsDir() && patterns.take(name) {
				_, err := root.Stat(path.Join(name, "package.json"))
				has = has || err == nil
			}
		})
		if has || err != nil {
			return has, err
		}
	}
	return false, nil
}

// patterns are those of `workspaces`.
type patterns struct{ included, excluded []glob.Pattern }

// take tells whether a folder below the root is a member.
func (p patterns) take(name string) bool {
	match := func(all []glob.Pattern) bool {
		return slices.ContainsFunc(all, func(p glob.Pattern) bool { return p.Match(name) || p.Match(name+"/") })
	}
	return match(p.included) && !match(p.excluded)
}

// patternsOf reads `workspaces`, a list or an object with one. A pattern cancels those with '!' before it that take it, and is
// cancelled by such a one behind it. Those that cannot be read find nothing.
func patternsOf(workspaces any) (read patterns) {
	if object, is := workspaces.(map[string]any); is {
		workspaces = object["packages"]
	}
	list, _ := workspaces.([]any)
	var included, excluded []string
	for _, element := range list {
		text := packagejson.Text(element)
		pattern := strings.TrimLeft(text, "!")
		negated := (len(text)-len(pattern))%2 == 1
		pattern = regexp.MustCompile(`^\.?/+`).ReplaceAllString(pattern, "")
		switch {
		case negated:
			excluded = append(excluded, pattern)
		case pattern != "":
			excluded = slices.DeleteFunc(excluded, func(e string) bool { return takes(e, pattern) })
			included = append(included, pattern)
		}
	}
	for _, e := range excluded {
		included = slices.DeleteFunc(included, func(i string) bool { return takes(e, i) })
	}
	for _, text := range included {
		if p, err := glob.New(strings.TrimSuffix(text, "/")+"/", glob.Options{Plain: true}); err == nil {
			read.included = append(read.included, p)
		}
	}
	for _, text := range append(excluded, "**/node_modules/**") {
		if p, err := glob.New(text, glob.Options{Plain: true, Dots: true}); err == nil {
			read.excluded = append(read.excluded, p)
		}
	}
	return read
}

func takes(pattern, text string) bool {
	p, err := glob.New(pattern, glob.Options{})
	return err == nil && p.Match(text)
}
