package reconcile_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// verifying notes what is compared with its artifact.
type verifying struct {
	mu    sync.Mutex
	names []spec.Name
}

func (c *verifying) Verify(_ context.Context, p reconcile.Publication, _ spec.Manifest) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.names = append(c.names, p.Package.Name)
	return nil
}

func TestWhatAnotherPipelinePublishesIsComparedWithNoArtifact(t *testing.T) {
	for artifact, compared := range map[string][]spec.Name{"dist/{target}": {"cli-darwin-arm64", "cli-linux-x64"}, "": nil} {
		g := NewWithT(t)
		s := setUp(t, "cli@1.0.0", 0)
		seedAndTrust(t, s)
		g.Expect(s.run(t, reconcile.Policy{}).Summary.Converged).To(BeTrue())
		c := &verifying{}
		s.world.Verifier = c
		s.want.Releases = []desired.Release{blockOf(selected(s)[0], artifact)}
		g.Expect(s.run(t, reconcile.Policy{}).Summary.Converged).To(BeTrue())
		g.Expect(c.names).To(ConsistOf(compared), artifact)
	}
}

// blockOf are the platforms of a release, as if they were released apart from their entry.
func blockOf(r desired.Release, artifact string) desired.Release {
	r.Packages = slices.DeleteFunc(slices.Clone(r.Packages), func(p desired.Package) bool { return p.Role != desired.RolePlatform })
	for i := range r.Packages {
		r.Packages[i].Artifact = artifact
	}
	return r
}

// unbuilt has no artifact where the state file names none.
type unbuilt struct{ reconcile.Inspector }

func (u unbuilt) Inspect(ctx context.Context, what reconcile.Publication) (reconcile.Inspection, error) {
	if what.Package.Artifact == "" {
		return reconcile.Inspection{}, errors.New("no artifact")
	}
	return u.Inspector.Inspect(ctx, what)
}

func TestWhatAnotherPipelinePublishesMeanwhileIsNoFailure(t *testing.T) {
	for comes, exit := range map[bool]int{true: reconcile.ExitOK, false: reconcile.ExitError} {
		g := NewWithT(t)
		s := both(t, nil)
		here, elsewhere := s.want, s.want
		here.Releases = []desired.Release{blockOf(s.want.Releases[0], ""), s.want.Releases[1]}
		elsewhere.Releases = []desired.Release{blockOf(s.want.Releases[0], "dist/{target}")}
		there := s.world
		var begun atomic.Bool
		s.clock.then = func() {
			if comes && begun.CompareAndSwap(false, true) {
				result, err := reconcile.Run(t.Context(), there, elsewhere, reconcile.Policy{}, reconcile.Options{Concurrency: 8, Timeout: time.Hour})
				g.Expect(err).NotTo(HaveOccurred())
				g.Expect(result.ExitCode()).To(Equal(reconcile.ExitOK))
			}
		}
		s.want, s.world.Inspector = here, unbuilt{s.world.Inspector}
		result := s.run(t, reconcile.Policy{})
		g.Expect(result.ExitCode()).To(Equal(exit))
		g.Expect(result.Summary.Converged).To(Equal(comes))
	}
}

func TestAnEntryWaitsForWhatAnotherPipelinePublishes(t *testing.T) {
	for comes, exit := range map[bool]int{true: reconcile.ExitOK, false: reconcile.ExitError} {
		g := NewWithT(t)
		s := both(t, nil)
		cli := s.want.Releases[0]
		entry := cli
		entry.Packages = cli.Packages[:1]
		for _, platform := range cli.Packages[1:] {
			entry.Apart = append(entry.Apart, desired.Apart{Package: platform, Version: cli.Version})
		}
		elsewhere, there := s.want, s.world
		elsewhere.Releases = []desired.Release{blockOf(cli, "dist/{target}")}
		waited := 0
		s.clock.then = func() {
			if waited++; comes && waited == 3 {
				_, err := reconcile.Run(t.Context(), there, elsewhere, reconcile.Policy{}, reconcile.Options{Concurrency: 8, Timeout: time.Hour})
				g.Expect(err).NotTo(HaveOccurred())
			}
		}
		s.want.Releases, s.world.Inspector = []desired.Release{entry, blockOf(cli, "")}, unbuilt{s.world.Inspector}
		result := s.run(t, reconcile.Policy{})
		g.Expect(result.ExitCode()).To(Equal(exit))
		g.Expect(result.Summary.Converged).To(Equal(comes))
		g.Expect(waited).To(BeNumerically(">=", 3))
	}
}
