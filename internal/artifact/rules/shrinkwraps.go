package rules

import (
	"fmt"
	"net/url"
	"path"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/artifact/shrinkwrap"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// shrinkwraps judges an npm-shrinkwrap.json. npm up to 11 installs by it in place of package.json, on every machine alike: an entry gets
// what it pins, be it the wrong platforms or none, and npm reports success.
func shrinkwraps(s *subject) (found []finding) {
	f, ok := s.file(shrinkwrap.File)
	if !ok || f.Shrinkwrap == nil {
		return nil
	}
	if len(s.want.OptionalDependencies) == 0 {
		return []finding{warn(leaveItOut, "its %s holds its users to the versions that it pins: npm up to 11 installs by it, npm 12 does not",
			shrinkwrap.File)}
	}
	if f.Shrinkwrap.Problem != "" {
		return []finding{refuse(leaveItOut, "of its %s: %s; npm up to 11 then installs the entry without any platform, and reports success",
			shrinkwrap.File, f.Shrinkwrap.Problem)}
	}
	var wrong []string
	for _, name := range sortedKeys(s.want.OptionalDependencies) {
		if problem := s.pinProblem(f.Shrinkwrap, name); problem != "" {
			wrong = append(wrong, problem)
		}
	}
	if len(wrong) > 0 {
		return []finding{refuse(leaveItOut+", or let it pin each platform at the release's version",
			"npm up to 11 installs by its %s, which does not pin the release's platforms: %s", shrinkwrap.File, strings.Join(wrong, "; "))}
	}
	return []finding{warn(leaveItOut, "by its %s npm up to 11 installs all %d platforms on every machine; npm 12 does not read it",
		shrinkwrap.File, len(s.want.OptionalDependencies))}
}

const leaveItOut = "leave npm-shrinkwrap.json out of the package"

// pinProblem is why npm would not install a platform by a shrinkwrap, or another; "" where it would.
func (s *subject) pinProblem(by *shrinkwrap.Shrinkwrap, name string) string {
	wanted := s.want.OptionalDependencies[name]
	pin, ok := by.At(name)
	switch hidden := by.Hidden(name); {
	case !ok && hidden != "":
		return fmt.Sprintf("%s is pinned at %s only, where the entry does not find it", name, hidden)
	case !ok:
		return name + " is missing"
	case pin.Link:
		return name + " is a link to a folder"
	case pin.Name != "" && pin.Name != name:
		return fmt.Sprintf("%s is pinned as %s", name, pin.Name)
	case pin.Version != wanted:
		return fmt.Sprintf("%s is pinned at %q, not %q", name, pin.Version, wanted)
	case pin.Resolved != "" && !s.tarballOf(pin.Resolved, spec.Name(name), wanted):
		return fmt.Sprintf("%s is to come from %s", name, pin.Resolved)
	case pin.Integrity != "" && s.want.Integrity != nil:
		integrity, known := s.want.Integrity(spec.Name(name))
		if !known {
			return fmt.Sprintf("%s is pinned with an integrity, which cannot be known before it is packed", name)
		}
		if !strings.Contains(" "+pin.Integrity+" ", " "+integrity.String()+" ") {
			return fmt.Sprintf("%s is pinned with another integrity than its artifact has", name)
		}
	}
	return ""
}

// tarballOf tells whether an address is that of a version's tarball in the registry that is published to.
func (s *subject) tarballOf(resolved string, name spec.Name, version string) bool {
	address, err := url.Parse(resolved)
	if err != nil || address.Scheme != "https" && address.Scheme != "http" || s.want.Registry != "" && address.Host != s.want.Registry {
		return false
	}
	return strings.HasSuffix(address.Path, path.Join("/", name.String(), "-", name.Base()+"-"+version+".tgz"))
}
