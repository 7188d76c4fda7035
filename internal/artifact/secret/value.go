package secret

import (
	"slices"
	"strings"
	"unicode"
)

// isValue tells a value from none, from a reference to one that is kept elsewhere ("${NPM_TOKEN}"), and from what stands in an
// example for the reader to replace.
func isValue(written string) bool {
	value := bare(written)
	if value == "" || isReference(value) || isPlaceholder(strings.ToLower(value)) {
		return false
	}
	if inside, ok := strings.CutPrefix(value, "${"); ok && strings.IndexByte(inside, '}') == len(inside)-1 {
		// A reference may have a value for when it leads nowhere: ${VAR-value} or ${VAR:-value}.
		_, otherwise, _ := strings.Cut(strings.TrimSuffix(inside, "}"), "-")
		return otherwise != "" && isValue(otherwise)
	}
	return true
}

// bare takes quotes, and what follows them or is a comment, from a value.
func bare(written string) string {
	value := strings.TrimSpace(written)
	if value == "" {
		return ""
	}
	if quote := value[:1]; quote == `"` || quote == "'" {
		inside, _, _ := strings.Cut(value[1:], quote)
		return strings.TrimSpace(inside)
	}
	for i, c := range value {
		if (c == '#' || c == ';') && (i == 0 || strings.ContainsRune(" \t", rune(value[i-1]))) {
			value = value[:i]
			break
		}
	}
	value = strings.TrimRight(strings.TrimSpace(value), ", ")
	for foreign := strings.Count(value, "}") - strings.Count(value, "{"); foreign > 0; foreign-- { // they end what it stands in
		value = strings.TrimRight(strings.TrimSuffix(value, "}"), ", ")
	}
	return value
}

// isReference tells whether a value is only named here: to a shell, to cmd.exe, in a template, in a vault.
func isReference(value string) bool {
	within := func(before, after string) bool {
		return strings.HasPrefix(value, before) && strings.HasSuffix(value, after)
	}
	isName := func(text string) bool {
		return text != "" && !strings.ContainsFunc(text, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	}
	variable, isVariable := strings.CutPrefix(value, "$")
	return isVariable && isName(variable) || within("$(", ")") || within("%", "%") && isName(strings.Trim(value, "%")) ||
		within("{{", "}}") || strings.HasPrefix(value, "op://") || strings.HasPrefix(value, "process.env.")
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
	for _, part := range []string{
		"your-", "your_", "your ", "example", "placeholder", "changeme", "replace-", "replace_", "replaceme", "xxxxx",
	} {
		if strings.Contains(value, part) {
			return true
		}
	}
	return strings.HasPrefix(value, "<") && strings.HasSuffix(value, ">") || strings.HasPrefix(value, "your")
}
