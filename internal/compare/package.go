package compare

import "github.com/agent-facets/facets-reconcile/internal/npm/spec"

// Role is a package's part in its release, in the state file's words.
type Role string

// The roles that make a difference here.
const (
	Entry    Role = "entry"
	Platform Role = "platform"
)

// Package is what one version of a package changes against another.
type Package struct {
	Name spec.Name `json:"name"`
	Role Role      `json:"role"`
	From *Side     `json:"from"`  // null: there is nothing to compare with, so all of it is new
	To   *Side     `json:"to"`    // null: it could not be read, or the release does not have it
	Err  string    `json:"error"` // why there is no comparison, or ""
	Note string    `json:"note"`  // why a side is missing all the same, or ""

	Files  []File  `json:"files"`  // those that differ, by path
	Fields []Field `json:"fields"` // of package.json that differ, by name
}

// Side is one of the two versions.
type Side struct {
	Version   spec.Version   `json:"version"`
	Source    string         `json:"source"` // where its tarball is from: "built", "staged", "served"
	Integrity spec.Integrity `json:"integrity"`
	Packed    int64          `json:"packed"`   // bytes of the tarball
	Unpacked  int64          `json:"unpacked"` // bytes of its files
	Files     int            `json:"files"`    // their number
}

// Change is what became of a file or a field.
type Change string

// The changes.
const (
	Added   Change = "added"
	Removed Change = "removed"
	Changed Change = "changed"
)

// File is a file that differs.
type File struct {
	Path   string     `json:"path"`
	Change Change     `json:"change"`
	From   *FileState `json:"from"` // null: it was added
	To     *FileState `json:"to"`   // null: it was removed

	SameBytes bool `json:"sameBytes"` // only its mode differs
}

// FileState is a file in one version.
type FileState struct {
	Size int64  `json:"size"` // bytes
	Mode string `json:"mode"` // permissions, octal: "0755"
	Kind string `json:"kind"` // of an executable or shared object: "ELF linux x64 glibc"; else ""
}

// Field is a field of package.json that differs. The members of an object, and theirs, are fields of their own.
type Field struct {
	Path   []string `json:"path"` // ["scripts", "postinstall"]
	Change Change   `json:"change"`
	From   any      `json:"from"` // null: it was added
	To     any      `json:"to"`   // null: it was removed

	Follows bool `json:"follows"` // it goes from the one version to the other, as the version itself does
}
