package observed_test

import (
	"context"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// office gives its word, and the numbers that were used, and counts how often it was asked.
type office struct {
	word    spec.Status
	numbers spec.Numbers
	err     error
	words   int
	counts  int
}

func (o *office) Status(context.Context, spec.Name, spec.Version) spec.Status {
	o.words++
	return o.word
}

func (o *office) Numbers(context.Context, spec.Name) (spec.Numbers, error) {
	o.counts++
	return o.numbers, o.err
}

// lost are the numbers of a package from which 1.0.0 was removed.
var lost = spec.Numbers{Served: []spec.Version{"0.9.0"}, Removed: []spec.Version{"1.0.0", "3.0.0"}}

func TestTheRegistrysOwnWordSettlesWhatReadsDoNotShow(t *testing.T) {
	type query = observed.Query
	elsewhere := tagged("0.9.0")
	noTarball := func(r *registry) { r.tarballErr = errAbsent }
	for _, c := range []struct {
		name          string
		registry      *registry
		query         query
		office        office
		state         observed.State
		existence     observed.Existence
		words, counts int
	}{
		{"no word", serving(unserved, elsewhere), query{Due: true}, office{}, observed.Absent, observed.Exists, 1, 1},
		{"published, and not shown yet", serving(unserved, elsewhere), query{Due: true}, office{word: spec.StatusPublished}, observed.Accepted, observed.Exists, 1, 1},
		{"validating", serving(unserved, elsewhere), query{Due: true}, office{word: spec.StatusValidating}, observed.Validating, observed.Exists, 1, 0},
		{"validating, taken from us", serving(unserved, elsewhere), query{Due: true, Accepted: true}, office{word: spec.StatusValidating}, observed.Validating, observed.Exists, 1, 0},
		{"validating, the first of its name", serving(unserved, unnamed), query{Due: true}, office{word: spec.StatusValidating}, observed.Validating, observed.Reserved, 1, 0},
		{"staged", serving(unserved, elsewhere), query{Due: true}, office{word: spec.StatusStaged}, observed.Staged, observed.Exists, 1, 1},
		{"staged, the first of its name", serving(unserved, unnamed), query{Due: true}, office{word: spec.StatusStaged}, observed.Staged, observed.Reserved, 1, 0},
		{"blocked, taken from us", serving(unserved, elsewhere), query{Due: true, Accepted: true}, office{word: spec.StatusBlocked}, observed.Blocked, observed.Exists, 1, 1},
		{"blocked, by a dist-tag", serving(unserved), query{Due: true}, office{word: spec.StatusBlocked}, observed.Blocked, observed.Exists, 1, 1},
		{"deleted", serving(unserved, elsewhere), query{Due: true}, office{word: spec.StatusDeleted}, observed.Burnt, observed.Exists, 1, 1},
		{"deleted, taken from us before", serving(unserved, elsewhere), query{Due: true, Accepted: true}, office{word: spec.StatusDeleted}, observed.Burnt, observed.Exists, 1, 1},
		{"a manifest without its tarball, blocked", serving(noTarball), query{Due: true}, office{word: spec.StatusBlocked}, observed.Blocked, observed.Exists, 1, 1},

		{"lost, by its numbers", serving(unserved, elsewhere), query{Due: true}, office{numbers: lost}, observed.Burnt, observed.Exists, 1, 1},
		{"lost by its numbers, though the registry said that the number is taken", serving(unserved, elsewhere), query{Due: true, Taken: true},
			office{numbers: lost}, observed.Burnt, observed.Exists, 1, 1},
		{"… which is not said of another number", serving(unserved, elsewhere), query{Due: true, Taken: true},
			office{numbers: spec.Numbers{Removed: []spec.Version{"3.0.0"}}}, observed.Accepted, observed.Exists, 1, 1},
		{"lost by its numbers, and taken from us", serving(unserved, elsewhere), query{Due: true, Accepted: true, Taken: true},
			office{numbers: lost}, observed.Accepted, observed.Exists, 1, 1},
		{"lost by its numbers, and a dist-tag names it", serving(unserved), query{Due: true}, office{numbers: lost}, observed.Accepted, observed.Exists, 1, 1},
		{"lost by its numbers, and validating", serving(unserved, elsewhere), query{Due: true, Numbers: &lost},
			office{word: spec.StatusValidating}, observed.Validating, observed.Exists, 1, 0},
		{"numbers that were read before", serving(unserved, elsewhere), query{Due: true, Numbers: &lost}, office{}, observed.Burnt, observed.Exists, 1, 0},
		{"numbers that cannot be read", serving(unserved, elsewhere), query{Due: true}, office{numbers: lost, err: errBroken}, observed.Absent, observed.Exists, 1, 1},
		{"a name that is new has used no number", serving(unserved, unnamed), query{Due: true}, office{numbers: lost}, observed.Absent, observed.Missing, 1, 0},

		{"what is served is not asked about", serving(), query{Due: true}, office{word: spec.StatusBlocked, numbers: lost}, observed.Served, observed.Exists, 0, 0},
		{"nor what has other bytes", serving(), query{Due: true, Integrity: theirs}, office{word: spec.StatusDeleted}, observed.Conflict, observed.Exists, 0, 0},
		{"nor what cannot be read", serving(unreadable, elsewhere), query{Due: true}, office{word: spec.StatusDeleted}, observed.Unknown, observed.Exists, 0, 0},
		{"nor what is not due", serving(unserved, elsewhere), query{}, office{word: spec.StatusDeleted, numbers: lost}, observed.Absent, observed.Exists, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			c.query.Name, c.query.Version = "p", "1.0.0"
			o := observed.Observer{Registry: c.registry, Status: &c.office, Numbers: &c.office, Concurrency: 2}
			snapshot, err := o.Observe(t.Context(), []observed.Query{c.query})
			g.Expect(err).NotTo(HaveOccurred())
			p := snapshot["p"]
			g.Expect(p.State).To(Equal(c.state))
			g.Expect(p.Existence).To(Equal(c.existence))
			g.Expect([]int{c.office.words, c.office.counts}).To(Equal([]int{c.words, c.counts}), "how often it was asked")
			if c.counts > 0 {
				g.Expect(p.Numbers).NotTo(BeNil(), "so that they are not asked for again")
			}
			g.Expect(p.State.Coming()).To(Equal(c.state == observed.Accepted || c.state == observed.Validating))
		})
	}
}
