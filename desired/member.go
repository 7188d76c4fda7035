package desired

// Member is a package of a workspace.
type Member struct {
	Name    string // as its package.json says; may be "", or no name for npm
	Private bool
	Path    string // of its folder, relative to the workspace's root, with slashes
}

// Members returns the packages of the workspace at root, without the root's own, by path; none for a project that is one
// package. The error is [ErrNoWorkspace] where there is neither. Those that could be read are returned also with another
// error, which speaks of the rest.
func Members(root string) ([]Member, error) {
	packages, err := readWorkspace(root)
	members := make([]Member, len(packages))
	for i, p := range packages {
		members[i] = Member(p)
	}
	return members, err
}
