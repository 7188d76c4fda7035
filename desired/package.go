package desired

import (
	"fmt"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Role is the part that a package plays in its group.
type Role string

// The roles.
const (
	RoleEntry    Role = "entry"    // what users install; published last
	RolePlatform Role = "platform" // the entry's package for one target
	RoleLibrary  Role = "library"  // has a version and tag of its own
)

// Package is one npm package that should exist, with everything that the state file says about it. What was read of it is an
// observed.Package, what is to be done about it a reconcile.Package.
type Package struct {
	Name     spec.Name // by which the entry names it; on npm it may be at home elsewhere
	Home     spec.Home // where its versions are
	Role     Role
	Group    string
	Target   string        // of a platform
	Platform spec.Platform // of a platform; otherwise anywhere

	ListedUnder Listing // of a platform: where its entry names it

	// Artifact is the path of what to publish, relative to the state file, with {target} and {package} filled in; globs and
	// {version} are left. Without one the package cannot be published from here.
	Artifact string

	Allowed Allowed // files that may be in the artifact
	// Access is sent with the first publish of the name. The access of an existing name is changed only where SetAccess says so.
	Access     spec.Access
	SetAccess  bool
	Tokens     spec.Tokens   // whether tokens may publish it; "": as it is
	Deprecated []Deprecation // the first that includes a version counts
}

// Packages returns every package of the file, in its order, an entry before its platforms.
func (s *State) Packages() []Package {
	var packages []Package
	for _, group := range s.Spec.Groups {
		packages = append(packages, group.expand(s.Spec)...)
	}
	s.setAllowed(packages)
	return packages
}

// expand returns the group's packages. What they do not say of themselves is what usual says of all.
func (g Group) expand(usual Spec) []Package {
	var packages []Package
	if g.Entry != nil {
		packages = append(packages, g.entry(usual))
	}
	for _, block := range g.Platforms {
		packages = append(packages, block.expand(g, usual)...)
	}
	for _, library := range g.Packages {
		p := g.newPackage(library.Package, RoleLibrary, library.Artifact)
		packages = append(packages, usual.settle(p, own{library.Access, library.Settings}))
	}
	return packages
}

// OnNpm is the package of npm that has its versions.
func (p Package) OnNpm() spec.Name {
	if p.Home.Own() {
		return p.Name
	}
	return p.Home.Name
}

// On is the version that npm has of a release, as "name@version".
func (p Package) On(release spec.Version) string {
	return fmt.Sprintf("%s@%s", p.OnNpm(), p.Home.Version(release))
}

// entry returns the entry, which the group has.
func (g Group) entry(usual Spec) Package {
	return usual.settle(g.newPackage(g.Entry.Package, RoleEntry, g.Entry.Artifact), own{g.Entry.Access, g.Entry.Settings})
}

func (g Group) newPackage(name spec.Name, role Role, artifact string) Package {
	return Package{Name: name, Role: role, Group: g.Name,
		Artifact: strings.ReplaceAll(artifact, holePackage, name.String())}
}
