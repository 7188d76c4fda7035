package secret

import (
	"bytes"
	"path"
	"regexp"
	"slices"
	"strings"
)

// isConfiguration tells by its name whether a file configures something, rather than being code or prose.
func isConfiguration(base string) bool {
	extensions := []string{
		".json", ".jsonc", ".json5", ".yml", ".yaml", ".toml", ".ini", ".cfg", ".conf", ".config", ".properties", ".env", ".envrc",
		".sh", ".bash", ".zsh", ".ps1", ".bat", ".cmd",
	}
	return slices.Contains(extensions, path.Ext(base)) || strings.HasPrefix(base, ".env") ||
		strings.HasPrefix(base, ".") && strings.HasSuffix(base, "rc")
}

// Token finds an access token by the prefix that its issuer gives it.
func Token(data []byte) Kind {
	for _, form := range []struct {
		prefix, rest string // the rest as a regular expression
		kind         Kind
	}{
		{"npm_", `[A-Za-z0-9]{36}`, "an npm token"},
		{"ghp_", `[A-Za-z0-9]{36}`, "a GitHub token"},
		{"gho_", `[A-Za-z0-9]{36}`, "a GitHub token"},
		{"ghu_", `[A-Za-z0-9]{36}`, "a GitHub token"},
		{"ghs_", `[A-Za-z0-9]{36}`, "a GitHub token"},
		{"ghr_", `[A-Za-z0-9]{36}`, "a GitHub token"},
		{"github_pat_", `[A-Za-z0-9]{22}_[A-Za-z0-9]{59}`, "a GitHub token"},
		{"glpat-", `[A-Za-z0-9_-]{20}`, "a GitLab token"},
		{"xoxb-", `[0-9]{8,}-[A-Za-z0-9-]{16,}`, "a Slack token"},
		{"xoxp-", `[0-9]{8,}-[A-Za-z0-9-]{16,}`, "a Slack token"},
		{"sk_live_", `[A-Za-z0-9]{24,}`, "a Stripe key"},
		{"CCIPAT_", `[A-Za-z0-9]{22}_[a-f0-9]{40}`, "a CircleCI token"},
	} {
		if !bytes.Contains(data, []byte(form.prefix)) { // which is told sooner than the expression is read
			continue
		}
		whole := regexp.MustCompile(`(?:^|[^A-Za-z0-9_-])(` + form.prefix + form.rest + `)(?:[^A-Za-z0-9_-]|$)`)
		for _, match := range whole.FindAllSubmatch(data, -1) {
			if isRandom(string(match[1])) {
				return form.kind
			}
		}
	}
	return awsPair(data)
}

// awsPair finds an access key's ID, which is no secret alone, together with what is.
func awsPair(data []byte) Kind {
	if !bytes.Contains(data, []byte("AKIA")) && !bytes.Contains(data, []byte("ASIA")) {
		return ""
	}
	id := regexp.MustCompile(`(?:^|[^A-Za-z0-9])((?:AKIA|ASIA)[A-Z2-7]{16})(?:[^A-Za-z0-9]|$)`).FindSubmatch(data)
	key := regexp.MustCompile(`(?i)secret[^\n]{0,40}[^A-Za-z0-9/+]([A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+=]|$)`).FindSubmatch(data)
	if id == nil || key == nil || !isRandom(string(id[1])) || !isRandom(string(key[1])) {
		return ""
	}
	return "an AWS credential"
}

// isRandom tells a token from one that was typed for an example: of few different characters, or with a word in it.
func isRandom(token string) bool {
	different := map[rune]bool{}
	for _, r := range token {
		different[r] = true
	}
	lower := strings.ToLower(token)
	return len(different) >= 12 && !isPlaceholder(lower) && !strings.Contains(lower, "1234567") && !strings.Contains(lower, "abcdefg")
}
