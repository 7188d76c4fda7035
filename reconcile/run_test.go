package reconcile_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// seedAndTrust prepares the names, as a human does once, long enough before for the registry to serve them.
func seedAndTrust(t *testing.T, s *stage) {
	t.Helper()
	result := s.run(t, reconcile.Policy{Actions: []reconcile.Action{reconcile.Seed, reconcile.Trust}})
	g := NewWithT(t)
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitOK))
	g.Expect(s.clock.Wait(t.Context(), 2*time.Hour)).To(Succeed())
	s.clock.waits = nil
}

func TestRunConvergesFromNothing(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, "cli@1.0.0", 10*time.Minute)
	result := s.run(t, reconcile.Policy{})
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitOK))
	g.Expect(result.Summary).To(Equal(reconcile.Summary{Converged: true}))
	g.Expect(result.PublishedNow).To(Equal([]string{"cli-darwin-arm64@1.0.0", "cli-linux-x64@1.0.0", "cli@1.0.0"}))
	g.Expect(outcomes(result)).To(Equal([]string{
		"cli seed done", "cli trust done", "cli publish done",
		"cli-darwin-arm64 seed done", "cli-darwin-arm64 trust done", "cli-darwin-arm64 publish done",
		"cli-linux-x64 seed done", "cli-linux-x64 trust done", "cli-linux-x64 publish done",
	}))
	g.Expect(s.puts()[len(s.puts())-1]).To(Equal("cli"), "the entry is last")

	before := len(s.puts())
	again := s.run(t, reconcile.Policy{})
	g.Expect(again.ExitCode()).To(Equal(reconcile.ExitOK))
	g.Expect(outcomes(again)).To(BeEmpty())
	g.Expect(s.puts()).To(HaveLen(before), "a second run sends nothing")
}

func TestRunWaitsLongerEachTimeAndSaysForWhat(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, "lib@1.0.0", 3*time.Minute)
	seedAndTrust(t, s)
	s.run(t, reconcile.Policy{})
	g.Expect(s.clock.waits[:4]).To(Equal([]time.Duration{time.Second, 1500 * time.Millisecond, 2250 * time.Millisecond, 3375 * time.Millisecond}))
	g.Expect(s.clock.waits[len(s.clock.waits)-1]).To(BeNumerically("<=", 30*time.Second))
	var said []string
	for _, e := range s.events {
		if e.Type == reconcile.Waiting {
			said = append(said, e.Message)
		}
	}
	g.Expect(said).To(ContainElement("lib to be served"))
}

func TestRunReadsAgainOnlyWhatIsNotSettled(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, "cli@1.0.0", time.Minute)
	seedAndTrust(t, s)
	before := len(s.npm.Requests())
	g.Expect(s.run(t, reconcile.Policy{}).ExitCode()).To(Equal(reconcile.ExitOK))

	library, afterEntry, entrySent := 0, 0, false
	for _, r := range s.npm.Requests()[before:] {
		entrySent = entrySent || r.Method == http.MethodPut && r.Path == "/cli"
		switch {
		case r.Path == "/-/package/lib/dist-tags":
			library++
		case entrySent && strings.Contains(r.Path, "cli-linux-x64"):
			afterEntry++
		}
	}
	g.Expect(library).To(Equal(1), "a release that was not asked for is observed once")
	g.Expect(afterEntry).To(BeZero(), "a platform that is served is settled")
}

func TestRunEndsWhenTheDeadlinePassesAndARerunContinues(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, "cli@1.0.0", 90*time.Minute)
	seedAndTrust(t, s)
	result := s.run(t, reconcile.Policy{})
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitWaiting))
	g.Expect(result.Findings).To(ContainElement(SatisfyAll(
		HaveField("Type", reconcile.Stuck), HaveField("Next", ContainSubstring("1.0.1")))))
	puts := len(s.puts())

	again := s.run(t, reconcile.Policy{}) // a new run knows nothing of the first
	g.Expect(again.ExitCode()).To(Equal(reconcile.ExitWaiting), "the entry was published half an hour ago")
	for _, put := range s.puts()[puts:] {
		g.Expect(count(s.puts(), put)).To(BeNumerically("<=", 3), "the seed, the publish, and one to find out")
	}
	g.Expect(s.run(t, reconcile.Policy{}).ExitCode()).To(Equal(reconcile.ExitOK))
}

func (broken) Inspect(_ context.Context, p reconcile.Publication) (reconcile.Inspection, error) {
	if p.Package.Target != "" {
		return reconcile.Inspection{}, errors.New("a wrong binary in " + string(p.Package.Name))
	}
	return reconcile.Inspection{}, nil
}

func TestRunWithoutAHumanLeavesTheirPartAndPublishesNothing(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, "cli@1.0.0", 0)
	s.world.Seeder, s.world.Truster = nil, nil
	result := s.run(t, reconcile.Policy{})
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitHuman))
	g.Expect(result.Summary.Human).To(Equal(6))
	g.Expect(s.puts()).To(BeEmpty())
}

func TestRunWithoutCredentialsForPublishingLeavesItToCI(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, "cli@1.0.0", 0)
	s.world.Publisher = nil
	result := s.run(t, reconcile.Policy{})
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitHuman))
	g.Expect(outcomes(result)).To(ContainElements("cli trust done", "cli publish"))
}

func TestOneOfManyNodesWaitsForTheOthers(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, "cli@1.0.0", time.Minute)
	seedAndTrust(t, s)
	published := false
	s.clock.then = func() { // another machine publishes the platforms meanwhile
		if !published {
			published = true
			other := s.world
			other.Clock = &clock{now: s.clock.now}
			_, err := reconcile.Run(t.Context(), other, s.want,
				reconcile.Policy{Packages: []spec.Name{"cli-linux-x64", "cli-darwin-arm64"}}, reconcile.Options{Concurrency: 1})
			g.Expect(err).NotTo(HaveOccurred())
		}
	}
	result := s.run(t, reconcile.Policy{Packages: []spec.Name{"cli"}})
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitOK))
	g.Expect(result.PublishedNow).To(Equal([]string{"cli@1.0.0"}))
}

func TestAwaitNeedsNoCredentials(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, "lib@1.0.0", time.Minute)
	waiting := reconcile.World{Observer: observed.Observer{Registry: s.client, Concurrency: 1}, Clock: s.clock}
	want := s.want
	want.TrustedPublishers = nil
	policy := reconcile.Policy{Token: true, Actions: []reconcile.Action{reconcile.Publish}}
	options := reconcile.Options{Timeout: time.Minute, Await: true}
	late, err := reconcile.Run(t.Context(), waiting, want, policy, options)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(late.ExitCode()).To(Equal(reconcile.ExitWaiting))
	s.run(t, reconcile.Policy{})
	served, err := reconcile.Run(t.Context(), waiting, want, policy, options)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(served.ExitCode()).To(Equal(reconcile.ExitOK))
}

func TestRunSettlesWhatOnlyAHumanCanList(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, "lib@1.0.0", 0, func(o *sandbox.Options) { o.NoSecondFactor, o.ConfirmedListing, o.SecondFactorWindow = false, true, -1 })
	s.world.Publisher = nil
	s.world.Observer = observed.Observer{Registry: s.client, Trust: actor.Evidence{Now: s.clock.Now, Session: s.client}, Concurrency: 8}
	policy := reconcile.Policy{Session: true, Actions: []reconcile.Action{reconcile.Seed, reconcile.Trust}}
	result := s.run(t, policy)
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitOK))
	g.Expect(outcomes(result)).To(Equal([]string{"lib seed done", "lib trust done"}))
	publishers, err := s.client.TrustedPublishers(t.Context(), "lib")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(publishers).To(HaveLen(1))

	again := s.run(t, policy)
	g.Expect(again.ExitCode()).To(Equal(reconcile.ExitOK))
	unchanged, err := s.client.TrustedPublishers(t.Context(), "lib")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(unchanged).To(Equal(publishers), "one that fits is left alone")
}

func TestAwaitOfAnOlderVersionIsStillWaiting(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t, "lib@2.0.0", 0)
	seedAndTrust(t, s)
	g.Expect(s.run(t, reconcile.Policy{}).ExitCode()).To(Equal(reconcile.ExitOK))
	want := s.want
	want.TrustedPublishers, want.Releases = nil, slices.Clone(want.Releases)
	for i := range want.Releases {
		if want.Releases[i].Selected {
			want.Releases[i].Version = "1.0.0"
		}
	}
	result, err := reconcile.Run(t.Context(), reconcile.World{Observer: s.world.Observer, Clock: s.clock}, want,
		reconcile.Policy{Token: true, Actions: []reconcile.Action{reconcile.Publish}},
		reconcile.Options{Timeout: time.Minute, Await: true})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(result.ExitCode()).To(Equal(reconcile.ExitWaiting))
}
