package rules

import (
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// kept refuses a package that loses a command that its served version has: users, scripts and CI jobs call it by that name. A version
// that may break its users, by its number, may drop one, but an entry not its last.
func kept(s *subject) []finding {
	served := s.want.Served
	if served == nil || s.want.Home.Compare(served.Version, s.Version()) >= 0 {
		return nil
	}
	var lost []string
	for _, command := range sortedKeys(served.Bin) {
		if _, has := s.pkg.Bin[command]; !has {
			lost = append(lost, command)
		}
	}
	if len(lost) == 0 {
		return nil
	}
	has := "it has none"
	if len(s.pkg.Bin) > 0 {
		has = "it has " + someOf(sortedKeys(s.pkg.Bin))
	}
	judge := refuse
	if breaking(served.Version, s.Version()) && (len(s.pkg.Bin) > 0 || len(s.want.Members) == 0) {
		judge = warn
	}
	return []finding{judge("put it back in bin, also beside a new name; to drop it, release a new major version",
		"%s, which users have now, has the command %s, and %s", served.Version, someOf(lost), has)}
}

// breaking tells whether a version may break the users of an earlier one: its major number is another, or of 0.x its minor.
func breaking(before, after spec.Version) bool {
	a, errA := semver.StrictNewVersion(strings.TrimSpace(before.String()))
	b, errB := semver.StrictNewVersion(after.String())
	if errA != nil || errB != nil {
		return false
	}
	return a.Major() != b.Major() || a.Major() == 0 && a.Minor() != b.Minor()
}
