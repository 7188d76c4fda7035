package spec

// Status is a registry's own word on one version (npm/api-documentation, package-version-status).
type Status string

// The statuses that are known. What else a registry may say is no word.
const (
	StatusPublished  Status = "published"  // there to be installed
	StatusValidating Status = "validating" // being scanned
	StatusStaged     Status = "staged"     // held until a human approves or rejects it
	StatusBlocked    Status = "blocked"    // refused after it was taken, and never served
	StatusDeleted    Status = "deleted"    // its number is never free again
)

// Known tells whether the status is one of those.
func (s Status) Known() bool {
	switch s {
	case StatusPublished, StatusValidating, StatusStaged, StatusBlocked, StatusDeleted:
		return true
	}
	return false
}
