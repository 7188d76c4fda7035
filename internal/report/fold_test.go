package report_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/report"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// Of thousands of packages that all want the same, a few stand for the rest; one that wants something else is shown.
func TestLargeGroupsAreFolded(t *testing.T) {
	g := NewWithT(t)
	const packages = 5000
	want, is := reconcile.Desired{Placeholder: "0.0.1"}, observed.Snapshot{}
	for i := range packages {
		name := spec.Name(fmt.Sprintf("@s/lib-%04d", i))
		want.Releases = append(want.Releases, desired.Release{Group: "libraries", Version: "1.0.0", DistTag: "latest",
			Selected: true, Packages: []desired.Package{{Name: name, Group: "libraries", Role: desired.RoleLibrary}}})
		is[name] = observed.Package{Name: name, Version: "1.0.0", Existence: observed.Missing, State: observed.Absent}
	}
	odd := is["@s/lib-4321"]
	odd.Existence, odd.State, odd.DistTags = observed.Exists, observed.Accepted, map[spec.DistTag]spec.Version{"latest": "0.9.0"}
	is["@s/lib-4321"] = odd
	document := report.NewPlan(reconcile.Diff(want, is, reconcile.Policy{}), "", "", 0, report.Guide{})
	for _, format := range []report.Format{report.Table, report.Markdown} {
		var out bytes.Buffer
		g.Expect(document.Write(&out, format, false)).To(Succeed())
		g.Expect(strings.Count(out.String(), "lib-")).To(BeNumerically("<", 40), string(format))
		g.Expect(out.String()).To(And(ContainSubstring("lib-4321"), ContainSubstring("4994 more like these")), string(format))
	}
	var out bytes.Buffer
	g.Expect(document.Write(&out, report.JSON, false)).To(Succeed())
	g.Expect(strings.Count(out.String(), `"name": "@s/lib-`)).To(Equal(packages))
}
