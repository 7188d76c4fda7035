package ci

import (
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Joined writes a claim of a trusted publisher; "" where it has none.
func Joined(p spec.TrustedPublisher, claim string) string {
	return strings.Join(p.Claims.Values(claim), ", ")
}

// Filled leaves out the fields of a form that stay empty.
func Filled(fields [][2]string) [][2]string {
	return slices.DeleteFunc(fields, func(field [2]string) bool { return field[1] == "" })
}

// Quote writes a word as a shell takes it: in quotes, where it may mean more than itself.
func Quote(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("@%+=:,./_-", r)
	}
	if word != "" && !strings.ContainsFunc(word, func(r rune) bool { return !plain(r) }) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
