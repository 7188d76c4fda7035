package secret

import (
	"regexp"
	"slices"
	"strings"
)

// isValue tells a value from none, from a reference to one that is kept elsewhere ("${NPM_TOKEN}"), and from what stands in an
// example for the reader to replace.
func isValue(written string) bool {
	value := bare(written)
	if value == "" || isReference(value) || isPlaceholder(strings.ToLower(value)) {
		return false
	}
	// A reference may have a value for when it leads nowhere.
	if match := regexp.MustCompile(`^\$\{[^}:?-]*(?::?-|\?)?([^}]*)\}$`).FindStringSubmatch(value); match != nil {
		return match[1] != "" && isValue(match[1])
	}
	return true
}

// bare takes quotes, and what follows them or is a comment, from a value.
func bare(written string) string {
	value := strings.TrimSpace(written)
	if quote := strings.IndexAny(value, `"'`); quote == 0 {
		inside, _, _ := strings.Cut(value[1:], value[:1])
		return strings.TrimSpace(inside)
	}
	if comment := regexp.MustCompile(`(?:^|\s)[#;]`).FindStringIndex(value); comment != nil {
		value = value[:comment[0]]
	}
	value = strings.TrimSpace(value)
	for strings.HasSuffix(value, ",") || strings.HasSuffix(value, "}") && strings.Count(value, "{") < strings.Count(value, "}") {
		value = strings.TrimSpace(value[:len(value)-1]) // it ends what the value stands in
	}
	return value
}

func isReference(value string) bool {
	return regexp.MustCompile(`^(?:\$[A-Za-z_][A-Za-z0-9_]*|\$\(.*\)|%[A-Za-z_][A-Za-z0-9_]*%|\{\{.*\}\}|op://.*|process\.env\..*)$`).
		MatchString(value)
}

// isPlaceholder knows what examples write in the place of a value, in lower case.
func isPlaceholder(value string) bool {
	words := []string{
		"changeme", "change-me", "change_me", "placeholder", "token", "secret", "password", "todo", "tbd", "none", "null", "undefined",
		"redacted", "hidden", "...", "…", "~",
	}
	if slices.Contains(words, value) || strings.Trim(value, "x*.-_0#?") == "" {
		return true
	}
	for _, part := range []string{"your-", "your_", "your ", "example", "placeholder", "changeme", "replace-", "replace_", "replaceme", "xxxxx"} {
		if strings.Contains(value, part) {
			return true
		}
	}
	return strings.HasPrefix(value, "<") && strings.HasSuffix(value, ">") || strings.HasPrefix(value, "your")
}
