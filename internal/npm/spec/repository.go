package spec

import (
	"encoding/json"
	"regexp"
)

// Repository is the address of a package's source, as its manifest or a git remote gives it: a URL of any kind, or npm's
// short form "owner/repo". It is a hint, so whatever else a manifest holds in its place is none.
type Repository string

// UnmarshalJSON takes an address, or an object with a url.
func (r *Repository) UnmarshalJSON(data []byte) error {
	var object struct{ URL json.RawMessage }
	if json.Unmarshal(data, &object) == nil && object.URL != nil {
		data = object.URL
	}
	var address string
	if json.Unmarshal(data, &address) != nil {
		address = ""
	}
	*r = Repository(address)
	return nil
}

// GitHub returns the repository on GitHub as owner/repo, or "" where it lies elsewhere.
func (r Repository) GitHub() string {
	address := regexp.MustCompile(`^(?:|github:|git@github\.com:|(?:git\+)?(?:https?|ssh|git)://(?:[^@/]*@)?(?:www\.)?github\.com/)` +
		`([A-Za-z0-9-]+/[A-Za-z0-9._-]+?)(?:\.git)?/?(?:#.*)?$`)
	if found := address.FindStringSubmatch(string(r)); found != nil {
		return found[1]
	}
	return ""
}
