package observed_test

import (
	"context"
	"errors"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// desk is where staged versions lie.
type desk struct {
	list  []spec.Stage
	err   error
	asked []spec.Name
}

func (d *desk) Stages(_ context.Context, name spec.Name) ([]spec.Stage, error) {
	d.asked = append(d.asked, name)
	return d.list, d.err
}

func TestStagesAreListedOnce(t *testing.T) {
	g := NewWithT(t)
	d := &desk{list: []spec.Stage{
		{ID: "1", Name: "cli", Version: "2.0.0", Status: spec.StatusValidating},
		{ID: "2", Name: "cli", Version: "1.0.0", Status: spec.StatusStaged},
		{ID: "3", Name: "lib", Version: "1.0.0"}, // by a registry that scans nothing
		{ID: "4", Name: "lib", Version: "1.1.0", Status: "held"},
		{ID: "5", Name: "other", Version: "1.0.0", Status: spec.StatusStaged},
	}}
	s := observed.ListStages(t.Context(), d, []spec.Name{"cli", "lib"})
	g.Expect(d.asked).To(Equal([]spec.Name{""}))
	g.Expect(s.Err).NotTo(HaveOccurred())
	var reader observed.StatusReader = s
	for _, c := range []struct {
		name    spec.Name
		version spec.Version
		want    spec.Status
	}{
		{"cli", "2.0.0", spec.StatusValidating}, {"cli", "1.0.0", spec.StatusStaged}, {"cli", "3.0.0", ""},
		{"lib", "1.0.0", spec.StatusStaged}, {"lib", "1.1.0", ""}, {"other", "1.0.0", ""},
	} {
		g.Expect(reader.Status(t.Context(), c.name, c.version)).To(Equal(c.want), "%s@%s", c.name, c.version)
	}
	one, staged := s.Of("cli", "1.0.0")
	g.Expect(staged).To(BeTrue())
	g.Expect(one.ID).To(Equal("2"))
	g.Expect(s.Beside("cli", "1.0.0")).To(ConsistOf(HaveField("ID", "1")))
	g.Expect(s.Beside("other", "2.0.0")).To(BeEmpty())
	g.Expect(d.list).To(HaveLen(5))
}

func TestStagesThatCannotBeListedAreUnknown(t *testing.T) {
	g := NewWithT(t)
	s := observed.ListStages(t.Context(), &desk{err: errors.New("503")}, []spec.Name{"cli"})
	g.Expect(s.Err).To(MatchError("503"))
	_, staged := s.Of("cli", "1.0.0")
	g.Expect(staged).To(BeFalse())
	g.Expect(s.Status(t.Context(), "cli", "1.0.0")).To(BeEmpty())
}
