package reconcile_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// meeting lets nobody's inspection end before all have begun.
type meeting struct {
	reconcile.Inspector
	all *sync.WaitGroup
}

func (m meeting) Inspect(ctx context.Context, what reconcile.Publication) (reconcile.Inspection, error) {
	m.all.Done()
	here := make(chan struct{})
	go func() { m.all.Wait(); close(here) }()
	select {
	case <-here:
		return m.Inspector.Inspect(ctx, what)
	case <-ctx.Done():
		return reconcile.Inspection{}, ctx.Err()
	}
}

func TestRunInspectsReleasesSideBySide(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, "cli@1.0.0", 0)
	library := setUp(t, "lib@1.0.0", 0)
	unselected := func(r desired.Release) bool { return !r.Selected }
	s.want.Releases = slices.DeleteFunc(append(s.want.Releases, library.want.Releases...), unselected)
	g.Expect(s.want.Releases).To(HaveLen(2))
	seedAndTrust(t, s)
	var all sync.WaitGroup
	all.Add(4)
	s.world.Inspector = meeting{s.world.Inspector, &all}
	ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, errors.New("they never met"))
	defer cancel()
	result, err := reconcile.Run(ctx, s.world, s.want, reconcile.Policy{}, reconcile.Options{Concurrency: 8, Timeout: time.Hour})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitOK))
	g.Expect(result.PublishedNow).To(HaveLen(4))
}

// comparing keeps what an artifact was to be compared with.
type comparing struct{ tagged *spec.Version }

func (c comparing) Inspect(_ context.Context, what reconcile.Publication) (reconcile.Inspection, error) {
	*c.tagged = what.Tagged
	return reconcile.Inspection{}, nil
}

func TestAnArtifactIsComparedWithNoPlaceholder(t *testing.T) {
	for latest, with := range map[spec.Version]spec.Version{"0.0.1": "", spec.StagePlaceholder: "", "0.9.0": "0.9.0"} {
		tagged := spec.Version("none")
		f := &fitless{is: observed.Snapshot{"lib": is("lib", state(observed.Absent), func(p *observed.Package) {
			p.DistTags = map[spec.DistTag]spec.Version{"latest": latest}
		})}}
		want := reconcile.Desired{Placeholder: "0.0.1", Releases: []desired.Release{{Group: "libraries", Version: "1.0.0", DistTag: "latest",
			Selected: true, Packages: []desired.Package{{Name: "lib", Role: desired.RoleLibrary}}}}}
		_, _, err := reconcile.Survey(t.Context(), reconcile.World{Observer: f, Inspector: comparing{&tagged}, Clock: &clock{}}, want,
			reconcile.Policy{}, reconcile.Options{})
		g := NewWithT(t)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(tagged).To(Equal(with), string(latest))
	}
}
