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

// Undeclared looks through the workspaces of all groups that have one, for packages that are not private and that the file
// should declare by the workspace's patterns; sorted by group, then path. Root is the state file's folder.
//
// Where a workspace is not there, as when the state file is used away from its project, the others are looked through and
// the error is [ErrNoWorkspace], a notice rather than a failure. An error that is not is a failure; what was found is
// returned in either case.
func (s *State) Undeclared(root string) ([]Undeclared, error) {
	declared := map[spec.Name]bool{}
	for _, p := range s.Packages() {
		declared[p.Name] = true
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

// covers tells whether the workspace's patterns want a package of this name declared.
func (w Workspace) covers(name string) bool {
	matches := func(pattern string) bool {
		ok, err := path.Match(pattern, name)
		return err == nil && ok
	}
	return (len(w.Include) == 0 || slices.ContainsFunc(w.Include, matches)) && !slices.ContainsFunc(w.Exclude, matches)
}

// explain looks through the workspaces for the package whose tag names no release.
func (s *State) explain(unknown *TagError, root string) error {
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

// taggedAs tells whether tag has one of the forms that the file gives to libraries, or the common name@version, for a
// package that need not be in the file.
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
