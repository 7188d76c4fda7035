package desired

import (
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// The placeholders ("holes") in the state file's patterns.
const (
	holeVersion = "{version}"
	holeTarget  = "{target}"
	holePackage = "{package}"
)

// form is a pattern with exactly one hole: "agent-facets@" + version + "".
type form struct{ prefix, suffix string }

// newForm splits pattern at hole; ok is false unless it is there exactly once.
func newForm(pattern, hole string) (f form, ok bool) {
	if strings.Count(pattern, hole) != 1 {
		return form{}, false
	}
	f.prefix, f.suffix, _ = strings.Cut(pattern, hole)
	return f, true
}

func (f form) fill(value string) string { return f.prefix + value + f.suffix }

// value returns what stands in the hole of s; ok is false when s does not fit, or fits with nothing in the hole.
func (f form) value(s string) (value string, ok bool) {
	s, hasPrefix := strings.CutPrefix(s, f.prefix)
	s, hasSuffix := strings.CutSuffix(s, f.suffix)
	return s, hasPrefix && hasSuffix && s != ""
}

// version returns the version in the hole of a tag; ok is false when there is none.
func (f form) version(tag string) (version spec.Version, ok bool) {
	value, ok := f.value(tag)
	if !ok {
		return "", false
	}
	version, err := spec.ParseVersion(value)
	return version, err == nil
}

// shared finds a tag that fits both f and g, if there is one. It is enough to try a few: as versions start with digits and a dot, a common
// tag is always one form filled with a version, which may end with what the longer suffix has more than the shorter one.
func (f form) shared(g form) (tag string, ok bool) {
	if !strings.HasPrefix(f.prefix, g.prefix) && !strings.HasPrefix(g.prefix, f.prefix) ||
		!strings.HasSuffix(f.suffix, g.suffix) && !strings.HasSuffix(g.suffix, f.suffix) {
		return "", false
	}
	longer, shorter := f.suffix, g.suffix
	if len(longer) < len(shorter) {
		longer, shorter = shorter, longer
	}
	rest := strings.TrimSuffix(longer, shorter)
	for _, version := range []string{"1.2.3", "1.2.3-a", "1.2.3" + rest, "1.2.3-a" + rest} {
		for _, tag := range []string{f.fill(version), g.fill(version)} {
			_, fitsF := f.version(tag)
			_, fitsG := g.version(tag)
			if fitsF && fitsG {
				return tag, true
			}
		}
	}
	return "", false
}

// tagForm is the form of the tags that ask for a release of the package.
func (g Group) tagForm(pkg spec.Name) (f form, ok bool) {
	return newForm(strings.ReplaceAll(g.Tag, holePackage, pkg.String()), holeVersion)
}
