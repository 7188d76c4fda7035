package packlist

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// MaxPath is the longest path of a file in a package, in bytes: that of Linux.
const MaxPath = 4096

// CheckPath refuses a file or folder whose path, relative to the package, is not unpacked everywhere as what it is. npm packs these all
// the same; nobody packs them on purpose.
func CheckPath(p string) error {
	refused := func(why string) error { return fmt.Errorf("%.*q %s; rename it", MaxPath, p, why) }
	switch {
	case len(p) > MaxPath:
		return refused(fmt.Sprintf("has a path longer than %d bytes", MaxPath))
	case !utf8.ValidString(p):
		return refused("has a name that is not UTF-8")
	case strings.ContainsFunc(p, spec.Steering):
		return refused("has control characters in its name")
	case strings.Contains(p, `\`):
		return refused("has a backslash in its name, which parts folders on Windows")
	case strings.EqualFold(p, "package.json") && p != "package.json":
		return refused("takes the place of package.json on Windows and macOS")
	}
	return nil
}
