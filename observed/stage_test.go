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

func TestWhatIsStagedIsListed(t *testing.T) {
	staged := func(s spec.Status) []spec.Stage {
		return []spec.Stage{
			{ID: "1", Name: "p", Version: "1.0.0", Status: s},
			{ID: "2", Name: "p", Version: "0.9.0", Status: spec.StatusStaged},
			{ID: "3", Name: "other", Version: "1.0.0", Status: spec.StatusStaged},
		}
	}
	type query = observed.Query
	for name, c := range map[string]struct {
		registry *registry
		query    query
		desk     desk
		state    observed.State
		id       string // of what is found; "": nothing
		asked    int
	}{
		"held":                      {serving(unserved, otherTag), query{Staged: true}, desk{list: staged(spec.StatusStaged)}, observed.Staged, "1", 1},
		"by who scans nothing":      {serving(unserved, otherTag), query{Staged: true}, desk{list: staged("")}, observed.Staged, "1", 1},
		"being scanned":             {serving(unserved, otherTag), query{Staged: true}, desk{list: staged(spec.StatusValidating)}, observed.Validating, "1", 1},
		"blocked":                   {serving(unserved, otherTag), query{Staged: true}, desk{list: staged(spec.StatusBlocked)}, observed.Blocked, "1", 1},
		"by a word that is new":     {serving(unserved, otherTag), query{Staged: true}, desk{list: staged("held")}, observed.Validating, "1", 1},
		"approved by this run":      {serving(unserved, otherTag), query{Staged: true, Accepted: true}, desk{list: staged(spec.StatusStaged)}, observed.Accepted, "", 1},
		"served by now":             {serving(), query{Staged: true}, desk{list: staged(spec.StatusStaged)}, observed.Served, "", 1},
		"staged by this run":        {serving(unserved, otherTag), query{Staged: true, Held: true}, desk{}, observed.Staged, "", 1},
		"of a release that is not":  {serving(unserved, otherTag), query{}, desk{list: staged(spec.StatusStaged)}, observed.Absent, "", 0},
		"it cannot be listed":       {serving(unserved, otherTag), query{Staged: true}, desk{err: errors.New("503")}, observed.Absent, "", 1},
		"of a name that is new":     {serving(unserved, unnamed), query{Staged: true}, desk{list: staged(spec.StatusStaged)}, observed.Staged, "1", 1},
		"nothing was staged so far": {serving(unserved, otherTag), query{Staged: true}, desk{}, observed.Absent, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			c.query.Name, c.query.Version = "p", "1.0.0"
			snapshot, err := observed.Observer{Registry: c.registry, Stages: &c.desk, Concurrency: 2}.Observe(t.Context(), []query{c.query})
			g.Expect(err).NotTo(HaveOccurred())
			p := snapshot["p"]
			g.Expect(p.State).To(Equal(c.state))
			g.Expect(c.desk.asked).To(HaveLen(c.asked))
			g.Expect(p.Existence).NotTo(Equal(observed.Missing))
			if c.id == "" {
				g.Expect(p.Stage).To(BeNil())
			} else {
				g.Expect(p.Stage).To(HaveValue(HaveField("ID", c.id)))
			}
			if len(c.desk.list) > 0 && c.asked > 0 {
				g.Expect(p.Beside).To(ConsistOf(HaveField("ID", "2")))
			}
			if c.desk.err == nil {
				g.Expect(p.StageErr).NotTo(HaveOccurred())
			} else {
				g.Expect(p.StageErr).To(MatchError(c.desk.err), "so that nothing follows from what is not listed")
			}
		})
	}
}
