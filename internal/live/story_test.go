package live_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"go.uber.org/goleak"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/live"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	entry   = spec.Name("facets")
	mac     = spec.Name("@facets/cli-darwin-arm64")
	linux   = spec.Name("@facets/cli-linux-x64")
	musl    = spec.Name("@facets/cli-linux-x64-baseline-musl")
	windows = spec.Name("@facets/cli-windows-x64")

	version = spec.Version("1.4.0")
	size    = 120_000_000
)

const stateFile = `
apiVersion: reconcile.agentfacets.io/v1alpha1
kind: DesiredState
metadata: {name: test}
spec:
  groups:
    - name: cli
      tag: v{version}
      entry: {package: facets, artifact: dist/facets}
      platforms:
        package: "@facets/cli-{target}"
        artifact: "dist/cli-{target}"
        targets: [darwin-arm64, linux-x64, linux-x64-baseline-musl, windows-x64]
`

// story is a run that is told event by event, in a time of its own.
type story struct {
	now   time.Time
	want  reconcile.Desired
	is    observed.Snapshot
	began map[spec.Name]time.Time
	tell  func(reconcile.Event)
}

// newStory is of a release of which nothing is there; listen is told of its events.
func newStory(t *testing.T, listen func(reconcile.Event)) *story {
	t.Helper()
	g := NewWithT(t)
	state, err := desired.Parse([]byte(stateFile), "test")
	g.Expect(err).NotTo(HaveOccurred())
	releases, err := state.Releases(t.Context(), desired.Selection{Tag: "v1.4.0"}, nil)
	g.Expect(err).NotTo(HaveOccurred())
	s := &story{
		now:  time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC),
		want: reconcile.Desired{Releases: releases}, is: observed.Snapshot{}, began: map[spec.Name]time.Time{}, tell: listen,
	}
	for _, name := range []spec.Name{entry, mac, linux, musl, windows} {
		s.is[name] = observed.Package{Name: name, Existence: observed.Exists, Version: version, State: observed.Absent,
			DistTags: map[spec.DistTag]spec.Version{"latest": "1.3.0"}}
	}
	return s
}

func (s *story) clock() time.Time { return s.now }

func (s *story) begin() { s.tell(reconcile.Event{Type: reconcile.Begun}) }

func (s *story) end() { s.tell(reconcile.Event{Type: reconcile.Ended, Elapsed: 4 * time.Minute}) }

func (s *story) pass(d time.Duration) { s.now = s.now.Add(d) }

// look is a pass that finds what is.
func (s *story) look() {
	plan := reconcile.Diff(s.want, s.is, reconcile.Policy{Token: true})
	s.tell(reconcile.Event{Type: reconcile.Observed, Count: len(s.is), Plan: &plan})
}

// find is a pass that finds packages in another state.
func (s *story) find(state observed.State, names ...spec.Name) {
	for _, name := range names {
		p := s.is[name]
		p.State = state
		if state == observed.Served {
			p.Manifest = &spec.Manifest{Name: name, Version: version}
			p.DistTags = map[spec.DistTag]spec.Version{"latest": version}
			s.tell(reconcile.Event{Type: reconcile.NowServed, Package: name, Version: version, Elapsed: s.now.Sub(s.began[name])})
		}
		s.is[name] = p
	}
	s.look()
}

func (s *story) start(action reconcile.Action, name spec.Name) {
	s.began[name] = s.now
	s.tell(reconcile.Event{Type: reconcile.Started, Action: action, Package: name, Version: version})
}

func (s *story) send(name spec.Name, sent int64) {
	s.tell(reconcile.Event{Type: reconcile.Sending, Action: reconcile.Publish, Package: name, Version: version,
		Sent: sent, Size: size, Elapsed: s.now.Sub(s.began[name])})
}

// upload sends so many tenths of a tarball, one a second.
func (s *story) upload(name spec.Name, tenths int) {
	for i := range tenths + 1 {
		s.send(name, int64(i)*size/10)
		if i < tenths {
			s.pass(time.Second)
		}
	}
}

func (s *story) finish(action reconcile.Action, name spec.Name, outcome reconcile.Outcome, message string) {
	s.tell(reconcile.Event{Type: reconcile.Finished, Action: action, Package: name, Version: version, Outcome: outcome,
		Message: message, Elapsed: s.now.Sub(s.began[name])})
	s.began[name] = s.now
}

func (s *story) wait(next time.Duration, waits map[spec.Name]string) {
	s.tell(reconcile.Event{Type: reconcile.Waiting, Message: "5 packages to be served", Count: len(waits), Next: next, Waits: waits})
}

// middle is where a package is in every phase but failed ones.
func (s *story) middle() {
	s.begin()
	s.look()
	for _, name := range []spec.Name{mac, linux, musl} {
		s.start(reconcile.Publish, name)
	}
	s.upload(mac, 10)
	s.finish(reconcile.Publish, mac, reconcile.Done, "")
	s.upload(linux, 4)
}

// trouble is where something went wrong with each.
func (s *story) trouble() {
	s.begin()
	s.look()
	s.start(reconcile.Publish, mac)
	s.finish(reconcile.Publish, mac, reconcile.Failed, "publishing "+string(mac)+"@1.4.0: the registry answered 413\nit is too large\x1b[2J")
	s.start(reconcile.Publish, linux)
	s.finish(reconcile.Publish, linux, reconcile.Refused, "the token may not publish this package")
	s.start(reconcile.Publish, musl)
	s.finish(reconcile.Publish, musl, reconcile.Doubted, "the connection ended without an answer")
	s.start(reconcile.Publish, windows)
	s.upload(windows, 3)
	s.pass(90 * time.Second)
}

// golden compares with a file of testdata.
func golden(t *testing.T, name, text string) {
	t.Helper()
	g := NewWithT(t)
	file := filepath.Join("testdata", name+".golden")
	if *update {
		g.Expect(os.WriteFile(file, []byte(text), 0o600)).To(Succeed())
	}
	want, err := os.ReadFile(file)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(text).To(Equal(string(want)), "%s: run with -update once it is as it should be", file)
}

// board is a board that a story is told to.
func board(t *testing.T) (*live.Board, *story) {
	t.Helper()
	b := &live.Board{}
	s := newStory(t, nil)
	s.tell = func(e reconcile.Event) { b.Take(e, s.now) }
	return b, s
}
