package observed_test

import (
	"context"
	"errors"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// veiled shows its package, @s/p with the version 1.0.0, only after it was unveiled.
type veiled struct {
	there    bool
	err      error // of unveiling
	hides    error // what reads end with before
	cached   bool  // everybody may read it, and a cache still shows nothing
	unveiled bool
}

func (v *veiled) Versions(context.Context, spec.Name) ([]spec.Version, error) { return nil, errAbsent }

func (v *veiled) Unveil(context.Context, spec.Name) (bool, error) {
	v.unveiled = v.there && !v.cached
	return v.there, v.err
}

func (v *veiled) Access(spec.Name) spec.Access {
	if v.unveiled {
		return spec.AccessRestricted
	}
	return ""
}

func (v *veiled) DistTags(context.Context, spec.Name) (map[spec.DistTag]spec.Version, error) {
	if !v.unveiled {
		return nil, v.hides
	}
	return map[spec.DistTag]spec.Version{"latest": "1.0.0"}, nil
}

func (v *veiled) Manifest(context.Context, spec.Name, spec.Version) (spec.Manifest, error) {
	if !v.unveiled {
		return spec.Manifest{}, v.hides
	}
	return spec.Manifest{Name: "@s/p", Version: "1.0.0"}, nil
}

func (v *veiled) TarballExists(context.Context, spec.Name, string) error { return nil }

func (v *veiled) Unpublished(context.Context, spec.Name) (time.Time, error) { return time.Time{}, nil }

func TestWhatIsNotShownToEverybodyIsLookedForWithWhatIsAtHand(t *testing.T) {
	for name, c := range map[string]struct {
		veiled    veiled
		seeded    bool // the registry said so
		existence observed.Existence
		state     observed.State
		access    spec.Access
	}{
		"there":                {veiled{there: true, hides: spec.ErrNotFound}, false, observed.Exists, observed.Served, spec.AccessRestricted},
		"there, and seeded":    {veiled{there: true, hides: spec.ErrNotFound}, true, observed.Exists, observed.Served, spec.AccessRestricted},
		"there for everybody":  {veiled{there: true, cached: true, hides: spec.ErrNotFound}, false, observed.Reserved, observed.Absent, ""},
		"not there":            {veiled{hides: spec.ErrNotFound}, false, observed.Missing, observed.Absent, ""},
		"seeded, and scanned":  {veiled{hides: spec.ErrNotFound}, true, observed.Reserved, observed.Absent, ""},
		"it could not be told": {veiled{hides: spec.ErrNotFound, err: errors.New("503")}, false, observed.Unsure, observed.Absent, ""},
		"nobody may":           {veiled{there: true, hides: spec.ErrNoAccess}, false, observed.Unsure, observed.Unknown, ""},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			v := c.veiled
			snapshot, err := observed.Observer{Registry: &v, Veil: &v, Concurrency: 2}.Observe(t.Context(),
				[]observed.Query{{Name: "@s/p", Version: "1.0.0", Seeded: c.seeded}})
			g.Expect(err).NotTo(HaveOccurred())
			p := snapshot["@s/p"]
			g.Expect(p.Existence).To(Equal(c.existence))
			g.Expect(p.State).To(Equal(c.state))
			g.Expect(p.Access).To(Equal(c.access))
			if c.veiled.err != nil {
				g.Expect(p.Err).To(MatchError(c.veiled.err))
			}
		})
	}
}
