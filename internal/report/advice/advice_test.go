package advice_test

import (
	"errors"
	"fmt"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/report/advice"
)

func TestAdviceNamesWhatItIsAbout(t *testing.T) {
	for reason, says := range map[npm.Reason]string{
		npm.TagPoints:    "npm dist-tag add @s/p@VERSION latest",
		npm.OtherVersion: "another version than 1.0.0,",
		npm.Busy:         "",
		"":               "",
	} {
		g := NewWithT(t)
		said := advice.On(&npm.Error{Package: "@s/p", Version: "1.0.0", Tag: "latest", Reason: reason})
		g.Expect(said).To(And(ContainSubstring(says), Not(ContainSubstring("{"))))
		g.Expect(said == "").To(Equal(says == ""), string(reason))
	}
}

func TestTroubleIsNoWordOnThePackage(t *testing.T) {
	for says, err := range map[string]error{
		"those who may read it": fmt.Errorf("%w (%w)", &npm.Error{Status: 401, Reason: npm.NotLoggedIn}, spec.ErrNoAccess),
		"less often":            &npm.Error{Status: 429, Reason: npm.Busy},
		"in trouble":            fmt.Errorf("reading: %w", &npm.Error{Status: 503}),
		"not reached":           errors.New("connection refused"),
	} {
		what, next := advice.OnTrouble(err)
		NewWithT(t).Expect(what).To(ContainSubstring(says))
		NewWithT(t).Expect(next).NotTo(BeEmpty())
	}
}
