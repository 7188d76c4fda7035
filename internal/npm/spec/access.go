package spec

// Access is who may read a package. The zero value says nothing: on a publish it leaves the access as it is.
type Access string

// The accesses, in npm's words.
const (
	AccessPublic     Access = "public"
	AccessRestricted Access = "restricted" // to those whom its owners let in; only a name with a scope can be
)

// String returns npm's word for it.
func (a Access) String() string { return string(a) }

// Known tells whether it is one of npm's.
func (a Access) Known() bool { return a == AccessPublic || a == AccessRestricted }
