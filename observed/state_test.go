package observed_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

func TestStateAndExistence(t *testing.T) {
	type query = observed.Query
	noTarball := func(r *registry) { r.tarballErr = errAbsent }
	brokenTarball := func(r *registry) { r.tarballErr = errBroken }
	integrity := func(i spec.Integrity) func(*registry) { return func(r *registry) { r.manifest.Dist.Integrity = i } }
	beta := func(r *registry) { r.tags["beta"] = "1.0.0" }
	empty := func(r *registry) { r.tags = nil }
	for _, c := range []struct {
		name      string
		registry  *registry
		query     query
		state     observed.State
		existence observed.Existence
		errors    int // requests that failed for another reason than an absence
	}{
		{"served", serving(), query{}, observed.Served, observed.Exists, 0},
		{"served with the bytes that are known", serving(), query{Integrity: mine}, observed.Served, observed.Exists, 0},
		{"served with those among older hashes", serving(integrity("sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk= " + mine + "?x")),
			query{Integrity: mine}, observed.Served, observed.Exists, 0},
		{"served without a tag", serving(tagged("0.9.0")), query{}, observed.Served, observed.Exists, 0},
		{"served, and the dist-tags lag behind", serving(unnamed), query{}, observed.Served, observed.Exists, 0},
		{"served, and the dist-tags cannot be read", serving(tagless), query{}, observed.Served, observed.Exists, 1},

		{"other bytes", serving(), query{Integrity: theirs}, observed.Conflict, observed.Exists, 0},
		{"other bytes, accepted from us", serving(), query{Integrity: theirs, Accepted: true}, observed.Conflict, observed.Exists, 0},
		{"other bytes without their tarball", serving(noTarball), query{Integrity: theirs}, observed.Conflict, observed.Exists, 0},
		{"other bytes, and no dist-tags", serving(unnamed), query{Integrity: theirs}, observed.Conflict, observed.Exists, 0},
		{"a malformed integrity where none is expected", serving(integrity("sha512-AAAA")), query{}, observed.Served, observed.Exists, 0},

		{"a manifest without its tarball", serving(noTarball), query{}, observed.Accepted, observed.Exists, 0},
		{"in its scan, by our own 2xx", serving(unserved, tagged("0.9.0")), query{Accepted: true}, observed.Accepted, observed.Exists, 0},
		{"in its scan, by a dist-tag", serving(unserved), query{}, observed.Accepted, observed.Exists, 0},
		{"in its scan, by another dist-tag", serving(unserved, tagged("2.0.0"), beta), query{}, observed.Accepted, observed.Exists, 0},
		{"the first of its name in its scan", serving(unserved, unnamed), query{Accepted: true, Seeded: true}, observed.Accepted, observed.Reserved, 0},
		{"accepted, and the dist-tags cannot be read", serving(unserved, tagless), query{Accepted: true}, observed.Accepted, observed.Reserved, 1},

		{"absent", serving(unserved, tagged("0.9.0")), query{}, observed.Absent, observed.Exists, 0},
		{"absent, whatever was expected", serving(unserved, tagged("0.9.0")), query{Integrity: mine}, observed.Absent, observed.Exists, 0},
		{"absent in a package with nothing in it", serving(unserved, empty), query{}, observed.Absent, observed.Exists, 0},
		{"no such name", serving(unserved, unnamed), query{}, observed.Absent, observed.Missing, 0},
		{"a placeholder in its scan", serving(unserved, unnamed), query{Seeded: true}, observed.Absent, observed.Reserved, 0},
		{"taken by the registry's security team", serving(unserved, tagged("0.0.1-security")), query{}, observed.Absent, observed.Withdrawn, 0},

		{"the manifest cannot be read", serving(unreadable, tagged("0.9.0")), query{}, observed.Unknown, observed.Exists, 1},
		{"the manifest cannot be read, though a tag names it", serving(unreadable), query{}, observed.Unknown, observed.Exists, 1},
		{"the manifest cannot be read, though we published it", serving(unreadable), query{Accepted: true}, observed.Unknown, observed.Exists, 1},
		{"the tarball cannot be read", serving(brokenTarball), query{}, observed.Unknown, observed.Exists, 1},
		{"the tarball cannot be read, with other bytes", serving(brokenTarball), query{Integrity: theirs}, observed.Unknown, observed.Exists, 1},
		{"only the dist-tags cannot be read", serving(unserved, tagless), query{}, observed.Unknown, observed.Unsure, 1},
		{"… of a name that we took", serving(unserved, tagless), query{Seeded: true}, observed.Unknown, observed.Reserved, 1},
		{"the manifest cannot be read, and the dist-tags show nothing", serving(unreadable, unnamed), query{}, observed.Unknown, observed.Unsure, 1},
		{"nothing can be read", serving(unreadable, tagless), query{}, observed.Unknown, observed.Unsure, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			c.query.Name, c.query.Version = "p", "1.0.0"
			p := observe(t, c.registry, c.query)
			g.Expect(p.State).To(Equal(c.state))
			g.Expect(p.Existence).To(Equal(c.existence))
			g.Expect(p.Manifest != nil).To(Equal(c.registry.manifestErr == nil), "a manifest that was read is kept")
			if c.errors == 0 {
				g.Expect(p.Err).NotTo(HaveOccurred())
				return
			}
			g.Expect(p.Err).To(MatchError(errBroken))
			g.Expect(failures(p.Err)).To(HaveLen(c.errors), "every failure is told")
		})
	}
}

func failures(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}

func TestAnAnswerAboutAnotherVersionIsUnknown(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer spec.Manifest
	}{
		{"another name", spec.Manifest{Name: "q", Version: "1.0.0"}},
		{"another scope", spec.Manifest{Name: "@s/p", Version: "1.0.0"}},
		{"another version", spec.Manifest{Name: "p", Version: "1.0.1"}},
		{"an empty document", spec.Manifest{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			r := serving(func(r *registry) { r.manifest = c.answer })
			p := observe(t, r, observed.Query{Name: "p", Version: "1.0.0", Accepted: true})
			g.Expect(p.State).To(Equal(observed.Unknown))
			g.Expect(p.Manifest).To(BeNil())
			g.Expect(p.Err).To(MatchError(ContainSubstring("asked for p@1.0.0")))
			g.Expect(p.Err).To(MatchError(ContainSubstring(string(c.answer.Name) + "@" + string(c.answer.Version))))
			g.Expect(r.requests).NotTo(ContainElement(ContainSubstring("tarball")))
		})
	}
}

func TestBytesThatCannotBeComparedAreUnknown(t *testing.T) {
	for _, integrity := range []spec.Integrity{"", "sha512-AAAA", "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk="} {
		t.Run(string(integrity), func(t *testing.T) {
			g := NewWithT(t)
			r := serving(func(r *registry) { r.manifest.Dist.Integrity = integrity })
			p := observe(t, r, observed.Query{Name: "p", Version: "1.0.0", Integrity: mine, Accepted: true})
			g.Expect(p.State).To(Equal(observed.Unknown), "a conflict is final and loud: it takes another digest")
			g.Expect(p.Existence).To(Equal(observed.Exists))
			g.Expect(p.Err).To(MatchError(ContainSubstring("p@1.0.0")))
			g.Expect(observe(t, r, observed.Query{Name: "p", Version: "1.0.0"}).State).To(Equal(observed.Served), "where nothing is expected")
		})
	}
}

func TestOnlyTheNameMayBeAskedFor(t *testing.T) {
	g := NewWithT(t)
	r := serving()
	p := observe(t, r, observed.Query{Name: "p"})
	g.Expect(p.State).To(BeEmpty())
	g.Expect(p.Existence).To(Equal(observed.Exists))
	g.Expect(p.DistTags).To(Equal(map[spec.DistTag]spec.Version{"latest": "1.0.0"}))
	g.Expect(r.requests).To(Equal([]string{"tags of p"}))

	for _, c := range []struct {
		registry *registry
		seeded   bool
		want     observed.Existence
	}{
		{serving(unnamed), false, observed.Missing},
		{serving(unnamed), true, observed.Reserved},
		{serving(tagless), false, observed.Unsure},
		{serving(tagless), true, observed.Reserved},
		{serving(tagged("0.0.1-security")), true, observed.Withdrawn},
	} {
		g.Expect(observe(t, c.registry, observed.Query{Name: "p", Seeded: c.seeded}).Existence).To(Equal(c.want))
	}
}
