package rules

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/packagejson"
)

// protocols refuses dependencies that npm cannot install from a registry. What it can is listed; all else is refused, whatever
// tool knows it: a range, a dist-tag, an alias of these, an address of a tarball or of a git repository.
func protocols(s *subject) (found []finding) {
	for _, block := range []string{"dependencies", "devDependencies", "optionalDependencies", "peerDependencies"} {
		dependencies, _ := s.pkg.Document[block].(map[string]any) // npm drops what is no object
		for _, name := range sortedKeys(dependencies) {
			wanted := packagejson.Text(dependencies[name])
			if block == "devDependencies" { // nobody installs those of a package; but a package manager replaces some when it packs
				if protocol, _, _ := strings.Cut(wanted, ":"); !s.Packed() && slices.Contains(replaced(), protocol) {
					found = append(found, refuse(packIt, "its %s need %s as %q, which only a package manager can resolve", block, name, wanted))
				}
				continue
			}
			switch source := sourceOf(wanted); source {
			case fromRegistry:
			case fromAddress, fromGit:
				found = append(found, warn("depend on a version in the registry",
					"its %s need %s as %q: npm 12 installs nothing from %s unless its user allows it", block, name, wanted, source))
			case fromNowhere:
				found = append(found, refuse(s.wayOut(wanted), "its %s need %s as %q, which npm cannot install from a registry", block, name, wanted))
			}
		}
	}
	return found
}

// replaced are the protocols of devDependencies that a directory must not have: those that a workspace's tools know.
func replaced() []string { return []string{"workspace", "catalog", "file", "link", "portal"} }

// wayOut is what helps with a dependency that npm cannot install.
func (s *subject) wayOut(wanted string) string {
	protocol, _, has := strings.Cut(strings.ToLower(wanted), ":")
	switch {
	case has && (protocol == "workspace" || protocol == "catalog"):
		if s.Packed() {
			return "pack it again with pnpm, Yarn or Bun, which write the version in its place; npm pack does not"
		}
		return "write the version, or pack it with pnpm, Yarn or Bun, which do, and name the .tgz"
	case has && protocol == "patch":
		return "depend on a version in the registry, or bundle the patched code into the build"
	case has && protocol == "jsr":
		return "bundle it into the build, or depend on a package of the registry: npm's users have no access to JSR's"
	}
	return "publish what it needs and depend on its version, or bundle it into the build"
}

// source is where npm gets a dependency from.
type source string

const (
	fromRegistry source = "the registry"
	fromAddress  source = "an address"
	fromGit      source = "git"
	fromNowhere  source = ""
)

// sourceOf reads a dependency as npm does: first as a path, then as an alias, a git host's short form, an address, and last as a range
// or a dist-tag.
func sourceOf(wanted string) source {
	lower := strings.ToLower(wanted)
	scheme, rest, hasScheme := strings.Cut(lower, ":")
	switch {
	case isPath(wanted):
		return fromNowhere
	case scheme == "npm" && hasScheme:
		return aliased(wanted[len("npm:"):])
	case hasScheme && slices.Contains([]string{"github", "gitlab", "bitbucket", "gist", "sourcehut"}, scheme):
		return of(rest != "", fromGit)
	case hasScheme && slices.Contains([]string{"git", "git+ssh", "git+https", "git+http"}, scheme):
		return of(len(rest) > len("//"), fromGit)
	case hasScheme && (scheme == "http" || scheme == "https"):
		address, err := url.Parse(wanted)
		switch {
		case err != nil || address.Host == "":
			return fromNowhere
		case strings.HasSuffix(address.Path, ".git"):
			return fromGit
		}
		return fromAddress
	case regexp.MustCompile(`^(ssh://)?[^@/\s]+@(gist\.)?(github\.com|gitlab\.com|bitbucket\.org)[:/].+$`).MatchString(wanted):
		return fromGit
	case regexp.MustCompile(`^[^@%/:\s.-][^:@%/\s]*/[^:@%/\s]+(#.*)?$`).MatchString(wanted): // user/project, of GitHub
		return fromGit
	}
	return of(isRangeOrTag(wanted), fromRegistry)
}

func of(ok bool, s source) source {
	if ok {
		return s
	}
	return fromNowhere
}

// isPath tells whether npm takes it for a path on the machine that installs.
func isPath(wanted string) bool {
	return regexp.MustCompile(`(?i)^(\.|~/|/|\\|[a-z]:|file:)`).MatchString(wanted) ||
		!strings.Contains(wanted, ":") && regexp.MustCompile(`(?i)\.(tgz|tar\.gz|tar)$`).MatchString(wanted)
}

// aliased reads what follows "npm:": a name, and behind an @ a range or dist-tag.
func aliased(wanted string) source {
	name, version := wanted, ""
	if at := strings.LastIndex(wanted, "@"); at > 0 {
		name, version = wanted[:at], wanted[at+1:]
	}
	if _, err := spec.ParseName(name); err != nil || isPath(version) {
		return fromNowhere
	}
	return of(isRangeOrTag(version), fromRegistry)
}

// isRangeOrTag tells whether it is a range, or could be a dist-tag, which has no character that an address would have to escape.
func isRangeOrTag(wanted string) bool {
	trimmed := strings.TrimSpace(wanted)
	if _, ok := newRange(trimmed); ok {
		return true
	}
	odd := regexp.MustCompile(`^[\s<>=~^|0-9A-Za-z.+*-]*[0-9*xX][\s<>=~^|0-9A-Za-z.+*-]*$`) // a range in a form that only npm knows
	return odd.MatchString(trimmed) || regexp.MustCompile(`^[A-Za-z0-9\-_.!~*'()]*$`).MatchString(trimmed)
}
