package npm_test

import (
	"errors"
	"fmt"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Answers that say of 1.0.0 that its number is taken, or its package in use: each means what its words say, and keeps them.
func TestAnswersAboutANumberAreReadToTheLetter(t *testing.T) {
	there, pending := []error{spec.ErrAlreadyPublished}, []error{spec.ErrAlreadyPublished, spec.ErrPending}
	burnt, staged := []error{spec.ErrBurnt}, []error{spec.ErrStaged}
	doubtful, race := []error{spec.ErrDoubtful}, []error{spec.ErrDoubtful, spec.ErrRace}
	refused := []error{spec.ErrRefused}
	for _, c := range []struct {
		status  int
		message string
		means   []error
		advice  string
	}{
		{403, "You cannot publish over the previously published versions: 1.0.0.", there, ""},
		{403, "You cannot publish over the previously published versions: 0.9.0, 1.0.0.", there, ""},
		{403, "You cannot publish over the previously published version 1.0.0. Try bumping the version to 2.0.0", there, ""},
		{403, "You cannot publish over the previously published versions", there, ""},
		{409, "this package is already present", there, ""},
		{409, "Cannot publish over existing version", there, ""},

		{409, "Cannot publish over previously staged version", pending, "being scanned, or was staged"},
		{409, "Cannot publish over previously staged version 1.0.0", pending, "being scanned, or was staged"},
		{409, "Version 1.0.0 is being scanned", pending, "being scanned"},

		{409, "Cannot publish over previously staged version 1.0.0, which awaits approval", staged, "approves it or rejects it"},

		{400, `Cannot publish over previously published version "1.0.0".`, burnt, "never free again"},
		{403, "Version 1.0.0 was deleted and cannot be published again", burnt, "never free again"},
		{400, "This version has been unpublished", burnt, "never free again"},

		{409, "Cannot publish over previously staged version 0.9.0", doubtful, "another version than 1.0.0"},
		{409, "Cannot publish over previously staged version @s/p@1.0.0-rc.1.", doubtful, "another version than 1.0.0"},
		{409, "cannot modify pre-existing version v1.1.0", doubtful, "another version than 1.0.0"},
		{403, "You cannot publish over the previously published versions: 0.9.0.", doubtful, "another version than 1.0.0"},
		{400, `Cannot publish over previously published version "0.9.0".`, doubtful, "another version than 1.0.0"},
		{409, "cannot modify pre-existing version", doubtful, "may have landed"},
		{409, "busy", doubtful, "may have landed"},

		{409, "Failed to save packument. A common cause is that the package was published at the same time", race, "another change"},
		{409, "Conflict", race, "another change"},
		{409, "conflict: Document update conflict.", race, "another change"},

		{403, "@s/p cannot be republished until 24 hours have passed.", refused, "24 hours"},
		{403, "Your account was deleted", refused, "doctor"},
		{400, "malformed", nil, "correct what it names"},
	} {
		t.Run(fmt.Sprint(c.status, " ", c.message), func(t *testing.T) {
			g := NewWithT(t)
			client := serve(t, answer(c.status, fmt.Sprintf(`{"error":%q}`, c.message)))
			err := client.Publish(t.Context(), publication("content"), credential())
			for _, sentinel := range []error{spec.ErrAlreadyPublished, spec.ErrPending, spec.ErrStaged, spec.ErrBurnt,
				spec.ErrDoubtful, spec.ErrRace, spec.ErrRefused} {
				g.Expect(errors.Is(err, sentinel)).To(Equal(contains(c.means, sentinel)), sentinel.Error())
			}
			g.Expect(err).To(MatchError(And(ContainSubstring(c.message), ContainSubstring(c.advice))), "npm's own words are kept")
		})
	}
}

func contains(all []error, one error) bool {
	for _, err := range all {
		if errors.Is(err, one) {
			return true
		}
	}
	return false
}
