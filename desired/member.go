package desired

// Member is a package of a workspace.
type Member struct {
	Name    string // as its package.json says; may be "", or no name for npm
	Private bool
	Path    string // of its folder, relative to the workspace's root, with slashes
}

// Members returns the packages of the workspace at root, without the root's own, sorted by path; none for a project that is one package.
// The error is [ErrNoWorkspace] where root is neither. Every other error is about packages that could not be read; the others are returned
// with it.
func Members(root string) ([]Member, error) {
	packages, err := readWorkspace(root)
	members := make([]Member, len(packages))
	for i, p := range packages {
		members[i] = Member(p)
	}
	return members, err
}
