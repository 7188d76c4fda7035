package spec

import (
	"fmt"

	"github.com/Masterminds/semver/v3"
)

// maxVersionLength is npm's limit (node-semver's MAX_LENGTH).
const maxVersionLength = 256

// Version is a version in the one form that npm stores: strict semver, no "v", no build metadata. The zero value means
// that no version is known.
type Version string

// ParseVersion checks s as npm does for a version to publish.
func ParseVersion(s string) (Version, error) {
	if len(s) > maxVersionLength {
		return "", fmt.Errorf("a version has at most %d characters", maxVersionLength)
	}
	v, err := semver.StrictNewVersion(s)
	if err != nil {
		return "", fmt.Errorf("%q is not a version of the form 1.2.3 or 1.2.3-rc.1", s)
	}
	if v.Metadata() != "" {
		return "", fmt.Errorf("%q has build metadata (+%s), which npm drops", s, v.Metadata())
	}
	return Version(s), nil
}

// String returns the version as npm writes it.
func (v Version) String() string { return string(v) }

// Prerelease tells whether the version carries a prerelease part.
func (v Version) Prerelease() bool {
	parsed, err := semver.StrictNewVersion(string(v))
	return err == nil && parsed.Prerelease() != ""
}

// Compare orders by semver precedence: -1, 0 or +1. What is no version sorts below every version.
func (v Version) Compare(other Version) int {
	a, errA := semver.StrictNewVersion(string(v))
	b, errB := semver.StrictNewVersion(string(other))
	switch {
	case errA != nil && errB != nil:
		return 0
	case errA != nil:
		return -1
	case errB != nil:
		return 1
	}
	return a.Compare(b)
}

// NextPatch returns the version that follows v without changing what it promises: the patch raised, a prerelease dropped.
func (v Version) NextPatch() Version {
	parsed, err := semver.StrictNewVersion(string(v))
	if err != nil {
		return ""
	}
	return Version(parsed.IncPatch().String())
}
