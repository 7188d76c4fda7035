package report_test

import (
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/report"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// held is a version that waits for approval.
func held(name spec.Name) observed.Package {
	p := absent(name)
	p.State = observed.Staged
	p.Stage = &spec.Stage{ID: "id-of-" + string(name), Name: name, Version: p.Version, DistTag: spec.Latest, Status: spec.StatusStaged}
	return p
}

// stagedReleases are want's, held for approval.
func stagedReleases() reconcile.Desired {
	d := want()
	for i := range d.Releases {
		d.Releases[i].Staged = true
	}
	return d
}

// What a run stages can come to no more, and is no failure of it: the job is green, and so are its tests.
func TestWhatWaitsForApprovalIsNoFailure(t *testing.T) {
	g := NewWithT(t)
	w := all(held)
	w.is["@s/adapter"] = whole("@s/adapter")
	suites := func(d report.Document) string {
		var b strings.Builder
		g.Expect(d.JUnit(&b, time.Unix(0, 0))).To(Succeed())
		return b.String()
	}
	text := suites(result(w.run(t, stagedReleases(), "publish")))
	g.Expect(text).NotTo(ContainSubstring("<failure"))
	g.Expect(text).To(And(ContainSubstring("Next, by a human who may publish it, at a terminal:\n  "+
		"facets-reconcile apply --only approve --tag cli@1.0.0 -f state.yaml"), ContainSubstring("skipped=\"13\"")))
	g.Expect(suites(plan(w, stagedReleases()))).To(ContainSubstring("<failure"), "who looks at what is, is told of it")

	w.is["@s/cli-linux-x64"] = absent("@s/cli-linux-x64")
	text = suites(result(w.run(t, stagedReleases(), "")))
	g.Expect(text).To(And(ContainSubstring("<failure"), ContainSubstring("Next: see to what it waits for")))
}

func TestOneCommandFinishesWhatIsStaged(t *testing.T) {
	const approve, reject = "facets-reconcile apply --only approve", "facets-reconcile apply --only reject"
	for name, c := range map[string]struct {
		is   func(*world)
		says string
	}{
		"all releases": {func(*world) {}, approve + " -f state.yaml"},
		"one release, as the others are served": {func(w *world) {
			w.is["@s/core"], w.is["@s/adapter"] = whole("@s/core"), whole("@s/adapter")
		}, approve + " --tag cli@1.0.0 -f state.yaml"},
		"one that npm has blocked keeps its release back": {func(w *world) {
			p := held("@s/cli-linux-x64")
			p.State, p.Stage = observed.Blocked, nil
			w.is[p.Name], w.is["@s/core"] = p, whole("@s/core")
		}, approve + " --tag @s/adapter@1.0.0 -f state.yaml"},
		"one that was rejected does, too": {func(w *world) {
			w.is["@s/cli-linux-x64"], w.is["@s/core"] = absent("@s/cli-linux-x64"), whole("@s/core")
		}, approve + " --tag @s/adapter@1.0.0 -f state.yaml"},
		"only what is wrong is rejected, before anything is approved": {func(w *world) {
			w.is["cli"].Stage.DistTag = "next"
			w.is["@s/core"], w.is["@s/adapter"] = whole("@s/core"), whole("@s/adapter")
		}, reject + " -f state.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			w := all(held)
			c.is(w)
			text := write(t, plan(w, stagedReleases()), report.Table)
			g.Expect(text).To(ContainSubstring("\n  " + c.says + "\n"))
			g.Expect(strings.Count(text, "  "+approve)+strings.Count(text, "  "+reject)).To(Equal(1), text)
		})
	}
}
