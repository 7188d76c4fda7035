package secret

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// isEnvironment tells .env, .env.production and .env-mine from code of such a name, from what is encrypted to be shared, and from examples,
// which have values that everybody may know.
func isEnvironment(base string) bool {
	behind, ok := strings.CutPrefix(base, ".env")
	if !ok || behind != "" && strings.IndexByte("._-", behind[0]) < 0 {
		return false
	}
	code := []string{".js", ".cjs", ".mjs", ".ts", ".cts", ".mts", ".md", ".vault"}
	return !slices.Contains(code, path.Ext(base)) && !isExample(base)
}

func isExample(base string) bool {
	return regexp.MustCompile(`[._-](?:example|sample|template|tmpl|dist|default|defaults|schema)s?(?:[._-]|$)`).MatchString(base)
}

// environment finds a variable that has a value.
func environment(data []byte) Kind {
	variable := regexp.MustCompile(`(?m)^[ \t]*(?:export[ \t]+)?[A-Za-z_][A-Za-z0-9_.-]*[ \t]*[=:](.*)$`)
	for _, match := range variable.FindAllSubmatch(data, -1) {
		if isValue(string(match[1])) {
			return "variables with values"
		}
	}
	return ""
}
