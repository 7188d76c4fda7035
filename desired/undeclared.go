package desired

import (
	"errors"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Undeclared is a public package of a workspace that the state file does not declare.
type Undeclared struct {
	Group string // whose workspace it was found in
	Name  spec.Name
	Path  string // of its folder, relative to the state file's, with slashes
}

// Undeclared searches the groups' workspaces for public packages that the file should declare by the workspace's patterns. They are sorted
// by group and path. Root is the state file's folder.
//
// A workspace may be missing, as when the state file is used away from its project. The others are searched then, and the error is
// [ErrNoWorkspace], which is a notice. Every other error is a failure. What was found is returned in either case.
func (s *State) Undeclared(root string) ([]Undeclared, error) {
	declared := map[spec.Name]bool{}
	for _, p := range s.Packages() {
		declared[p.Name], declared[p.OnNpm()] = true, true
	}
	var found []Undeclared
	var missing, failures []error
	for _, group := range s.Spec.Groups {
		if group.Workspace == nil {
			continue
		}
		packages, err := readWorkspace(filepath.Join(root, filepath.FromSlash(group.Workspace.Root)))
		if errors.Is(err, ErrNoWorkspace) {
			missing = append(missing, err)
		} else {
			failures = append(failures, err)
		}
		for _, p := range packages {
			if name := spec.Name(p.Name); p.Name != "" && !p.Private && !declared[name] && group.Workspace.covers(p.Name) {
				found = append(found, Undeclared{Group: group.Name, Name: name, Path: path.Join(group.Workspace.Root, p.Path)})
			}
		}
	}
	if err := errors.Join(failures...); err != nil {
		return found, err
	}
	return found, errors.Join(missing...)
}

// covers tells whether the workspace's patterns ask for a package of this name to be declared.
func (w Workspace) covers(name string) bool {
	matches := func(pattern string) bool {
		ok, err := path.Match(pattern, name)
		return err == nil && ok
	}
	return (len(w.Include) == 0 || slices.ContainsFunc(w.Include, matches)) && !slices.ContainsFunc(w.Exclude, matches)
}

// explainUnknownTag searches the workspaces for the package that an unknown tag names, for a better error.
func (s *State) explainUnknownTag(unknown *TagError, root string) error {
	packages, err := s.workspaces(root)
	for _, p := range packages {
		if p.Name == "" || !s.taggedAs(unknown.Tag, p.Name) {
			continue
		}
		if p.Private {
			return &PrivatePackageError{Tag: unknown.Tag, Package: spec.Name(p.Name), Path: p.Path}
		}
		unknown.Detail = p.Name + " (" + p.Path + ") is not declared in the state file"
	}
	if err != nil {
		return errors.Join(unknown, err)
	}
	return unknown
}

// taggedAs tells whether a tag could be that of a package which the file does not declare: by one of the forms that the file gives to
// libraries, or by the usual name@version.
func (s *State) taggedAs(tag, name string) bool {
	forms := []Group{{Tag: holePackage + "@" + holeVersion}}
	for _, group := range s.Spec.Groups {
		if strings.Contains(group.Tag, holePackage) {
			forms = append(forms, group)
		}
	}
	return slices.ContainsFunc(forms, func(g Group) bool {
		f, ok := g.tagForm(spec.Name(name))
		_, fits := f.version(tag)
		return ok && fits
	})
}
