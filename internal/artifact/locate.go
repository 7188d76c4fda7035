package artifact

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// maxListed is how many matches an error lists where there are too many.
const maxListed = 10

// Locate expands an artifact's path, as the state file has it, below root, and returns the one path that it names. Each {key} is replaced
// by its value in vars, taken literally; '*', '?' and '[…]' match as in path.Match. More than one match is an error. If nothing matches,
// the error wraps fs.ErrNotExist.
func Locate(root, pattern string, vars map[string]string) (string, error) {
	expanded, err := expand(pattern, vars)
	if err != nil {
		return "", err
	}
	cleaned := path.Clean(expanded)
	if path.IsAbs(cleaned) || filepath.IsAbs(cleaned) || cleaned == ".." || strings.HasPrefix(cleaned, "../") {
		return "", fmt.Errorf("the artifact path %q leads outside %s; name one below it", pattern, root)
	}
	matches, err := fs.Glob(os.DirFS(root), cleaned)
	if err != nil {
		return "", fmt.Errorf("the artifact path %q is no valid glob: %w", pattern, err)
	}
	switch len(matches) {
	case 1:
		return filepath.Join(root, filepath.FromSlash(matches[0])), nil
	case 0:
		return "", fmt.Errorf("nothing at %s (artifact path %q): %w; build it, or correct the path in the state file",
			filepath.Join(root, filepath.FromSlash(unescape(cleaned))), pattern, fs.ErrNotExist)
	}
	listed := strings.Join(matches[:min(len(matches), maxListed)], ", ")
	if len(matches) > maxListed {
		listed += fmt.Sprintf(" and %d more", len(matches)-maxListed)
	}
	return "", fmt.Errorf("the artifact path %q matches %d paths below %s, not one: %s; "+
		"remove what is left of earlier builds, or name it more closely", pattern, len(matches), root, listed)
}

// expand replaces the placeholders of pattern by vars' values, escaped so that no value acts as a glob.
func expand(pattern string, vars map[string]string) (string, error) {
	var b strings.Builder
	for rest := pattern; rest != ""; {
		before, after, found := strings.Cut(rest, "{")
		b.WriteString(before)
		if !found {
			break
		}
		key, remaining, closed := strings.Cut(after, "}")
		value, known := vars[key]
		switch {
		case !closed:
			return "", fmt.Errorf("the artifact path %q has a { without its }", pattern)
		case !known:
			keys := slices.Sorted(maps.Keys(vars))
			return "", fmt.Errorf("the artifact path %q has the unknown placeholder {%s}; known are {%s}",
				pattern, key, strings.Join(keys, "}, {"))
		}
		b.WriteString(escape(value))
		rest = remaining
	}
	if b.Len() == 0 {
		return "", fmt.Errorf("the artifact path is empty")
	}
	return b.String(), nil
}

func escape(literal string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(literal)
}

func unescape(pattern string) string {
	return strings.NewReplacer(`\\`, `\`, `\*`, `*`, `\?`, `?`, `\[`, `[`).Replace(pattern)
}
