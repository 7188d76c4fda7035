package npm

import (
	"net/http"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// meaningOfTaken reads an answer that says of a publish that its number is taken, or its package in use. What follows differs
// by few words: npm says 400 `Cannot publish over previously published version "1.0.0"` of a version that was deleted
// (npm/cli#3076), 403 `You cannot publish over the previously published versions: 1.0.0` of one that is there, or in earlier days was
// deleted, 409 `Cannot publish over previously staged version` of one that it scans or that waits for its approval, and has named
// another version than that which was sent (MentraOS/MentraOS#4043).
func meaningOfTaken(a answer, ours spec.Version) Reason {
	if a.status/100 != 4 {
		return ""
	}
	conflict := a.status == http.StatusConflict
	over := a.says("cannot publish over", "already present", "already exists")
	gone := a.says("version") && a.says("deleted", "unpublished") ||
		over && a.says("previously published") && a.status == http.StatusBadRequest
	switch {
	case (over || gone || conflict && a.says("version")) && a.namesOther(ours):
		return OtherVersion
	case (over || conflict) && a.says("approval", "approve"):
		return Staged
	case gone && (a.status == http.StatusBadRequest || a.status == http.StatusForbidden):
		return Burnt
	case conflict && a.says("previously staged", "being scanned", "being validated", "validating"):
		return TakenEarlier
	case over:
		return Published
	case conflict && !a.says("version") && a.says("packument", "conflict"):
		return Raced
	}
	return ""
}

// namesOther tells whether the message names versions, and ours is none of them.
func (a answer) namesOther(ours spec.Version) bool {
	apart := func(r rune) bool { return !strings.ContainsRune(".-+", r) && !isAlphanumeric(r) }
	var named []spec.Version
	for _, word := range strings.FieldsFunc(a.message, apart) {
		if version, err := spec.ParseVersion(strings.TrimPrefix(strings.TrimRight(word, ".-"), "v")); err == nil {
			named = append(named, version)
		}
	}
	return len(named) > 0 && !slices.Contains(named, ours)
}

func isAlphanumeric(r rune) bool {
	return '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}
