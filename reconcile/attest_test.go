package reconcile_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// unattesting can give one package no provenance, and publishes all without.
type unattesting struct {
	reconcile.Publisher
	never spec.Name
}

var errUnattestable = errors.New("it can have none")

func (u unattesting) Attestable(_ context.Context, p reconcile.Publication) error {
	if p.Package.Name == u.never {
		return errUnattestable
	}
	return nil
}

func (u unattesting) Publish(ctx context.Context, p reconcile.Publication) (spec.Integrity, error) {
	p.Unattested(errUnattestable)
	return u.Publisher.Publish(ctx, p)
}

func TestRequiredProvenanceOfAnotherNodesPackageStopsTheRelease(t *testing.T) {
	for name, packages := range map[string]struct{ never, mine spec.Name }{
		"another node's": {"cli-linux-x64", "cli-darwin-arm64"},
		"this node's":    {"cli-darwin-arm64", "cli-darwin-arm64"},
		"the entry":      {"cli", "cli-darwin-arm64"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			s := setUp(t, "cli@1.0.0", 0)
			seedAndTrust(t, s)
			before := len(s.puts())
			for i := range s.want.Releases {
				s.want.Releases[i].Provenance = desired.ProvenanceRequired
			}
			s.world.Attester = unattesting{never: packages.never}
			shard, err := reconcile.NewShard(0, 2, s.want)
			g.Expect(err).NotTo(HaveOccurred())
			result := s.run(t, reconcile.Policy{Shard: shard})
			g.Expect(result.ExitCode()).To(Equal(reconcile.ExitError))
			g.Expect(outcomes(result)).To(ContainElement(string(packages.never) + " publish failed"))
			g.Expect(s.puts()[before:]).To(BeEmpty())
		})
	}
}

func TestOnlyWhatWasPublishedIsSaidToBeWithoutProvenance(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, "cli@1.0.0", 0)
	seedAndTrust(t, s)
	s.world.Publisher = unattesting{Publisher: s.world.Publisher}
	s.faults = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPut && r.URL.Path == "/cli-linux-x64" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	}
	result := s.run(t, reconcile.Policy{})
	g.Expect(result.PublishedNow).To(ConsistOf("cli-darwin-arm64@1.0.0"))
	g.Expect(result.Findings).To(HaveLen(1))
	g.Expect(result.Findings[0].Type).To(Equal(reconcile.Unattested))
	g.Expect(result.Findings[0].Package).To(BeEquivalentTo("cli-darwin-arm64"))
}
