package reconcile_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

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

// unsigning has no provenance signed the first times that it is asked for, be it before the release or for a version.
type unsigning struct {
	reconcile.Publisher
	before, amid atomic.Int32
}

func (u *unsigning) Attestable(context.Context, reconcile.Publication) error {
	return u.fail(&u.before)
}

func (u *unsigning) fail(times *atomic.Int32) error {
	if times.Add(-1) >= 0 {
		return fmt.Errorf("the log is out of order: %w", reconcile.ErrUnsigned)
	}
	return nil
}

func (u *unsigning) Publish(ctx context.Context, p reconcile.Publication) (spec.Integrity, error) {
	if err := u.fail(&u.amid); err != nil {
		return "", err
	}
	p.Release.Provenance = desired.ProvenanceOff // there is nobody here who signs
	return u.Publisher.Publish(ctx, p)
}

func TestProvenanceThatNobodySignsForNowIsWaitedFor(t *testing.T) {
	const forever = 1 << 20
	for name, c := range map[string]struct {
		before, amid int32
		exit, sent   int
	}{
		"a while":                {before: 3 * 10, exit: reconcile.ExitOK, sent: 3},
		"past the deadline":      {before: forever, exit: reconcile.ExitWaiting},
		"once, amid the release": {amid: 1, exit: reconcile.ExitOK, sent: 3},
		"for good, once it was found to answer before": {amid: forever, exit: reconcile.ExitWaiting},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			s := setUp(t, "cli@1.0.0", 0)
			seedAndTrust(t, s)
			before := len(s.puts())
			for i := range s.want.Releases {
				s.want.Releases[i].Provenance = desired.ProvenanceRequired
			}
			u := &unsigning{Publisher: s.world.Publisher}
			u.before.Store(c.before)
			u.amid.Store(c.amid)
			s.world.Attester, s.world.Publisher = u, u
			began := s.clock.Now()
			result := s.run(t, reconcile.Policy{})
			g.Expect(result.ExitCode()).To(Equal(c.exit))
			g.Expect(s.puts()[before:]).To(HaveLen(c.sent))
			if c.exit == reconcile.ExitOK {
				return
			}
			g.Expect(outcomes(result)).To(ContainElement("cli-linux-x64 publish postponed"))
			g.Expect(s.clock.Now().Sub(began)).To(BeNumerically("<=", 2*time.Hour), "the deadline is an hour")
			change := result.Packages()[1].Changes[0]
			g.Expect(change.Message).To(ContainSubstring("which cannot be had at the moment"))
		})
	}
}
