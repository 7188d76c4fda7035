package spec

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// maxNameLength is npm's limit for a name, scope included (validate-npm-package-name).
const maxNameLength = 214

// Name is the name of an npm package, with its scope: "agent-facets", "@agent-facets/adapter".
type Name string

// ParseName checks s against npm's rules for names of new packages and returns it as a Name. The error lists every rule
// that s breaks.
func ParseName(s string) (Name, error) {
	var problems []error
	broken := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }

	if s == "" {
		return "", errors.New("a package name must not be empty")
	}
	if len(s) > maxNameLength {
		broken("a package name has at most %d characters", maxNameLength)
	}
	if strings.ToLower(s) != s {
		broken("a package name has no upper-case letters")
	}
	base := s
	if rest, scoped := strings.CutPrefix(s, "@"); scoped {
		var scope string
		var ok bool
		if scope, base, ok = strings.Cut(rest, "/"); !ok || scope == "" {
			broken("a scoped package name has the form @scope/name")
		}
		if err := checkPart("scope", scope); scope != "" && err != nil {
			problems = append(problems, err)
		}
	}
	if err := checkPart("name", base); err != nil {
		problems = append(problems, err)
	}
	if slices.Contains([]string{"node_modules", "favicon.ico"}, s) {
		broken("the name %q is reserved", s)
	}
	if err := errors.Join(problems...); err != nil {
		return "", fmt.Errorf("%q is not a package name: %s", s, strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	return Name(s), nil
}

func checkPart(what, part string) error {
	switch {
	case part == "":
		return fmt.Errorf("the %s is empty", what)
	case strings.ContainsRune("._-", rune(part[0])):
		return fmt.Errorf("the %s must not start with %q", what, part[:1])
	}
	for _, r := range part {
		isLetter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' // the case is reported on its own
		if !isLetter && (r < '0' || r > '9') && !strings.ContainsRune("._-", r) {
			return fmt.Errorf("the %s holds %q; only a-z, 0-9, '.', '_' and '-' are allowed", what, r)
		}
	}
	return nil
}

// String returns the name as npm writes it.
func (n Name) String() string { return string(n) }

// SaysMusl tells whether a word of the name, without its scope, says that the package is for musl, the C library: "cli-linux-x64-musl",
// "cli-linux-arm-musleabihf", "cli-linuxmusl-x64"; not "muslin".
func (n Name) SaysMusl() bool {
	words := strings.FieldsFunc(n.Base(), func(r rune) bool { return strings.ContainsRune("-_.", r) })
	return slices.ContainsFunc(words, func(word string) bool {
		abi, is := strings.CutPrefix(strings.TrimPrefix(word, "linux"), "musl")
		return is && slices.Contains([]string{"", "eabi", "eabihf", "abi64", "abin32", "sf", "x32"}, abi)
	})
}

// Scope returns "@scope", or "" for a name without one.
func (n Name) Scope() string {
	if scope, _, ok := strings.Cut(string(n), "/"); ok {
		return scope
	}
	return ""
}

// Base returns the name without its scope.
func (n Name) Base() string {
	_, base, ok := strings.Cut(string(n), "/")
	if !ok {
		return string(n)
	}
	return base
}

// Escaped returns the name as it stands in a registry's URL: the slash of a scope as lower-case %2f, as npm sends it.
func (n Name) Escaped() string { return strings.Replace(string(n), "/", "%2f", 1) }

// CutName cuts the path of a registry's URL, "@scope/name/rest" or "name/rest", behind the name, which is not checked.
func CutName(path string) (name Name, rest string) {
	first, rest, _ := strings.Cut(path, "/")
	if !strings.HasPrefix(first, "@") {
		return Name(first), rest
	}
	base, rest, _ := strings.Cut(rest, "/")
	return Name(first + "/" + base), rest
}
