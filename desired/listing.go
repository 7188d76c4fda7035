package desired

import (
	"slices"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Listing is the field of an entry's package.json in which a platform stands.
type Listing string

// The listings.
const (
	UnderOptional     Listing = "optionalDependencies" // npm takes those that fit the machine
	UnderDependencies Listing = "dependencies"         // npm takes them on every machine
	UnderNothing      Listing = "nothing"              // a fallback that users, or another client, add by themselves
)

func listings() []Listing { return []Listing{UnderOptional, UnderDependencies, UnderNothing} }

// validate checks a listing, which may be left out.
func (l Listing) validate(path *field.Path) problemList {
	if l == "" || slices.Contains(listings(), l) {
		return nil
	}
	return problemList{field.NotSupported(path, l, listings())}
}
