package desired_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func accepting(t *testing.T, entries ...string) []desired.Acceptance {
	t.Helper()
	state, err := desired.Parse(fmt.Appendf(nil, "apiVersion: %s\nkind: %s\nspec:\n  accept:\n    - %s\n"+
		"  groups: [{name: a, tag: 'v{version}', packages: [{package: tool}]}]\n",
		desired.APIVersion, desired.Kind, strings.Join(entries, "\n    - ")), "file")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return state.Spec.Accept
}

func TestWhatAnAcceptanceFits(t *testing.T) {
	for _, test := range []struct {
		entry, finding string
		name           spec.Name
		version        spec.Version
		fits           bool
	}{
		{"{finding: Torn, package: tool, reason: r}", "Torn", "tool", "1.0.0", true},
		{"{finding: Torn, package: tool, reason: r}", "Torn", "tool", "", true},
		{"{finding: Torn, package: tool, reason: r}", "Deprecated", "tool", "1.0.0", false},
		{"{finding: Torn, package: tool, reason: r}", "Torn", "tools", "1.0.0", false},
		{"{finding: Torn, package: tool, version: 1.0.0, reason: r}", "Torn", "tool", "1.0.0", true},
		{"{finding: Torn, package: tool, version: 1.0.0, reason: r}", "Torn", "tool", "1.0.1", false},
		{"{finding: Torn, package: tool, version: 1.0.0, reason: r}", "Torn", "tool", "", false},
		{`{finding: Undeclared, package: "@s/*", reason: r}`, "Undeclared", "@s/new", "", true},
		{`{finding: Undeclared, package: "@s/*", reason: r}`, "Undeclared", "new", "", false},
		{`{finding: Undeclared, package: "*", reason: r}`, "Undeclared", "@s/new", "", false},
	} {
		entry := accepting(t, test.entry)[0]
		NewWithT(t).Expect(entry.Fits(test.finding, test.name, test.version)).To(Equal(test.fits), "%v: %s@%s", entry, test.name, test.version)
	}
}

func TestAnAcceptanceHoldsToTheEndOfItsLastDay(t *testing.T) {
	g := NewWithT(t)
	for _, until := range []string{"2027-01-31", `"2027-01-31"`} { // YAML has a kind of its own for days
		entry := accepting(t, "{finding: Torn, package: tool, reason: r, until: "+until+"}")[0]
		end := time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC)
		g.Expect(entry.Expired(end.Add(-time.Second))).To(BeFalse())
		g.Expect(entry.Expired(end)).To(BeTrue())
		g.Expect(entry.Expired(end.In(time.FixedZone("west", -5*3600)))).To(BeTrue(), "the day is that of UTC")
	}
	g.Expect(accepting(t, "{finding: Torn, package: tool, reason: r}")[0].Expired(time.Now().AddDate(100, 0, 0))).To(BeFalse())
}
