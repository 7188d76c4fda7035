package reconcile_test

import (
	"context"
	"slices"
	"sync"
	"testing"

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
		s.want.Releases = selected(s)
		block := &s.want.Releases[0]
		block.Packages = slices.DeleteFunc(slices.Clone(block.Packages), func(p desired.Package) bool { return p.Role != desired.RolePlatform })
		for i := range block.Packages {
			block.Packages[i].Artifact = artifact
		}
		g.Expect(s.run(t, reconcile.Policy{}).Summary.Converged).To(BeTrue())
		g.Expect(c.names).To(ConsistOf(compared), artifact)
	}
}
