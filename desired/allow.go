package desired

import (
	"path"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Allowed has the patterns of files that may be published although a check against leaks refuses them. [Entry] says how they are written.
type Allowed struct {
	Own    []string // written at this package
	Shared []string // written for several packages
}

// setAllowed sets Allowed of each package.
func (s *State) setAllowed(packages []Package) {
	for i, p := range packages {
		at := slices.IndexFunc(s.Spec.Groups, func(g Group) bool { return g.Name == p.Group })
		group := s.Spec.Groups[at]
		allowed := Allowed{Shared: s.Spec.ArtifactAllow}
		switch p.Role {
		case RoleEntry:
			allowed.Own = group.Entry.ArtifactAllow
		case RolePlatform:
			allowed.Shared = slices.Concat(allowed.Shared, p.Allowed.Shared)
		case RoleLibrary:
			own := slices.IndexFunc(group.Packages, func(l Library) bool { return l.Package == p.Name })
			allowed.Own = group.Packages[own].ArtifactAllow
		}
		packages[i].Allowed = allowed
	}
}

// validateAllowed checks the patterns of an artifactAllow.
func validateAllowed(at *field.Path, patterns []string) problemList {
	var problems problemList
	for i, pattern := range patterns {
		at := at.Index(i)
		parts := strings.Split(pattern, "/")
		isOpen := func(part string) bool { return strings.Trim(part, "*") == "" }
		switch {
		case pattern == "":
			problems = append(problems, field.Required(at, "a pattern of paths in the package, such as test/keys/*.pem"))
		case strings.HasPrefix(pattern, "/") || strings.Contains(pattern, `\`) || path.Clean(pattern) != pattern || parts[0] == "..":
			problems = append(problems, field.Invalid(at, pattern,
				"must be a path in the package, with slashes, such as test/keys/*.pem"))
		case !slices.ContainsFunc(parts, func(part string) bool { return !isOpen(part) }):
			problems = append(problems, field.Invalid(at, pattern, "would allow every file; name what is meant"))
		default:
			problems = append(problems, validateGlob(at, pattern)...)
		}
	}
	return problems
}
