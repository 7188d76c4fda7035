package reconcile_test

import (
	"context"
	"errors"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// fitless shows a snapshot of which nothing fits what is wanted besides, and remembers what was asked.
type fitless struct {
	is    observed.Snapshot
	err   error // that it cannot be read
	asked [][]observed.Query
}

func (f *fitless) Observe(_ context.Context, queries []observed.Query) (observed.Snapshot, error) {
	f.asked = append(f.asked, queries)
	read := observed.Snapshot{}
	for _, q := range queries {
		p := f.is[q.Name]
		p.Fits = map[string]observed.Component{}
		for _, wanted := range q.Wanted {
			p.Fits[wanted] = observed.Component{Name: q.Name, Wanted: wanted, State: observed.Absent}
			if f.err != nil {
				p.Fits[wanted] = observed.Component{Name: q.Name, Wanted: wanted, State: observed.Unknown, Err: f.err}
			}
		}
		read[q.Name] = p
	}
	return read, nil
}

func (f *fitless) Audit(context.Context, []observed.AuditQuery) ([]observed.History, error) {
	return nil, nil
}

// A range that only the manifest of a served version names is looked up in a check and in a plan, too, though they look once.
func TestChecksAndPlansFindWhatIsServedWithoutWhatItNeeds(t *testing.T) {
	for wanted, found := range map[string]bool{"^2.0.0": true, "next": true, "^1.0.0": false, "git+https://git.example.test/o/lib.git": false} {
		user := is("user", func(p *observed.Package) { p.Manifest.Dependencies = map[string]string{"lib": wanted} })
		of := func(name spec.Name) desired.Release {
			return desired.Release{Group: "libraries", Version: "1.0.0", DistTag: "latest", Selected: true,
				Packages: []desired.Package{{Name: name, Role: desired.RoleLibrary}}}
		}
		want := reconcile.Desired{Placeholder: "0.0.1", Releases: []desired.Release{of("user"), of("lib"), of("other")}}
		for command, find := range map[string]func(reconcile.World, *fitless) (reconcile.Plan, error){
			"drift": func(w reconcile.World, f *fitless) (reconcile.Plan, error) {
				return reconcile.Drift(t.Context(), w, f, want, reconcile.Policy{}, 3)
			},
			"plan": func(w reconcile.World, _ *fitless) (reconcile.Plan, error) {
				plan, _, err := reconcile.Survey(t.Context(), w, want, reconcile.Policy{}, reconcile.Options{})
				return plan, err
			},
		} {
			t.Run(command+" "+wanted, func(t *testing.T) {
				g := NewWithT(t)
				f := &fitless{is: observed.Snapshot{"user": user, "lib": is("lib"), "other": is("other")}}
				plan, err := find(reconcile.World{Observer: f, Clock: &clock{}}, f)
				g.Expect(err).NotTo(HaveOccurred())
				if !found {
					g.Expect(plan.Findings).To(BeEmpty())
					g.Expect(f.asked).To(HaveLen(1))
					return
				}
				g.Expect(plan.Findings).To(ConsistOf(And(HaveField("Type", reconcile.Unmet), HaveField("Package", spec.Name("user")))))
				g.Expect(plan.ExitCode()).To(Equal(reconcile.ExitPending))
				g.Expect(f.asked).To(HaveLen(2))
				g.Expect(f.asked[1]).To(HaveLen(1), "no more is read twice")
			})
		}
	}
}

func TestACheckSaysWhichNeedsItCouldNotLookUp(t *testing.T) {
	g := NewWithT(t)
	of := func(name spec.Name) desired.Release {
		return desired.Release{Group: "libraries", Version: "1.0.0", DistTag: "latest", Selected: true,
			Packages: []desired.Package{{Name: name, Role: desired.RoleLibrary}}}
	}
	f := &fitless{err: errors.New("the registry answered 503"), is: observed.Snapshot{"lib": is("lib"), "user": is("user",
		func(p *observed.Package) { p.Manifest.Dependencies = map[string]string{"lib": "^2.0.0"} })}}
	want := reconcile.Desired{Placeholder: "0.0.1", Releases: []desired.Release{of("user"), of("lib")}}
	plan, err := reconcile.Drift(t.Context(), reconcile.World{Observer: f, Clock: &clock{}}, f, want, reconcile.Policy{}, 3)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(plan.Findings).To(ConsistOf(And(HaveField("Type", reconcile.Unreadable), HaveField("Package", spec.Name("lib")),
		HaveField("Message", ContainSubstring("lib@^2.0.0, which others need, could not be read: the registry answered 503")))))
	g.Expect(plan.ExitCode()).To(Equal(reconcile.ExitError))
}
