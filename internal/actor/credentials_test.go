package actor_test

import (
	"errors"
	"net/http"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

const exchangePath = "/oidc/token/exchange/"

// trusted prepares packages that the job may publish.
func (s *stage) trusted(t *testing.T, names ...spec.Name) {
	t.Helper()
	s.seed(t, names...)
	for _, name := range names {
		NewWithT(t).Expect(actor.Truster{Registry: s.client}.Trust(t.Context(), name, reconcile.Trusting{Want: spec.TrustedPublishers{s.want}})).To(Succeed())
	}
}

func TestExchangedTokensAreKeptUntilNearTheirEnd(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	s.trusted(t, "p")
	e := s.exchange()
	first, err := e.For(t.Context(), "p")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(first.Empty()).To(BeFalse())
	g.Expect(first.Expires()).To(BeTemporally("~", s.clock.Now().Add(time.Hour), time.Second))
	for _, c := range []struct {
		after     time.Duration
		exchanges int
	}{
		{0, 1},
		{30 * time.Minute, 1},
		{27 * time.Minute, 1},             // 57 minutes in all
		{time.Minute + 30*time.Second, 2}, // less than two before its end: an upload must not outlive it
		{time.Minute, 2},                  // the new one is kept as well
		{2 * time.Hour, 3},
	} {
		s.clock.Pass(c.after)
		held, err := e.For(t.Context(), "p")
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(held.Expired(s.clock.Now())).To(BeFalse())
		g.Expect(s.requests(http.MethodPost, exchangePath)).To(Equal(c.exchanges), "after %s more", c.after)
	}
}

func TestEachPackageHasATokenOfItsOwn(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	s.trusted(t, "p", "q")
	e := s.exchange()
	for _, name := range []spec.Name{"p", "q", "p", "q"} {
		_, err := e.For(t.Context(), name)
		g.Expect(err).NotTo(HaveOccurred())
	}
	g.Expect(s.requests(http.MethodPost, exchangePath)).To(Equal(2))
	g.Expect(s.minted).To(Equal(1), "one young ID token does for both")
}

func TestTheIDTokenIsMintedAnewWhenItIsOld(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	s.trusted(t, "p", "q", "r")
	e := s.exchange()
	for _, c := range []struct {
		name   spec.Name
		after  time.Duration
		minted int
	}{
		{"p", 0, 1},
		{"q", 2 * time.Minute, 1},
		{"r", 4 * time.Minute, 2}, // six in all: the registry would refuse the first
	} {
		s.clock.Pass(c.after)
		_, err := e.For(t.Context(), c.name)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(s.minted).To(Equal(c.minted), string(c.name))
	}
}

func TestARefusedExchangeNamesWhatDiffers(t *testing.T) {
	const unlike = "00000000-0000-4000-8000-00000000dead"
	for _, c := range []struct {
		name   string
		claims map[string]any
		differ []string
		says   []string
	}{
		{"another pipeline", map[string]any{circleci.ClaimPipelineDefinition: unlike},
			[]string{circleci.ClaimPipelineDefinition}, []string{unlike, "00000000-0000-4000-8000-000000000003"}},
		{"another project of another repository", map[string]any{circleci.ClaimProject: unlike, circleci.ClaimVCSOrigin: "github.com/o/fork"},
			[]string{circleci.ClaimProject, circleci.ClaimVCSOrigin}, []string{"github.com/o/fork", "github.com/o/r"}},
		{"no context", map[string]any{circleci.ClaimContexts: nil}, []string{circleci.ClaimContexts}, []string{"context-ids"}},
		{"a rerun with SSH", map[string]any{circleci.ClaimSSHRerun: true}, []string{circleci.ClaimSSHRerun}, []string{"ssh-rerun is [true]"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			s := setUp(t)
			s.trusted(t, "p")
			s.job(c.claims)
			credential, err := s.exchange().For(t.Context(), "p")
			g.Expect(credential.Empty()).To(BeTrue())
			g.Expect(err).To(MatchError(spec.ErrRefused))
			var claims []string
			for _, d := range differences(t, err) {
				claims = append(claims, d.Claim)
			}
			g.Expect(claims).To(Equal(c.differ))
			for _, says := range append(c.says, "404", "OIDC token exchange error - package not found", "exchanging the ID token for p") {
				g.Expect(err).To(MatchError(ContainSubstring(says)))
			}
			g.Expect(err.Error()).NotTo(ContainSubstring("eyJ"), "no token is shown")
		})
	}
}

func differences(t *testing.T, err error) []spec.ClaimDifference {
	t.Helper()
	refused, ok := errors.AsType[*actor.RefusedError](err)
	if !ok {
		t.Fatalf("%v is no refusal", err)
	}
	return refused.Differences
}

func TestARefusalIsNotExplainedByTheJobWhenItFits(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	s.seed(t, "p") // and no trusted publisher
	_, err := s.exchange().For(t.Context(), "p")
	g.Expect(err).To(MatchError(spec.ErrRefused))
	g.Expect(differences(t, err)).To(BeEmpty())
	g.Expect(err.Error()).NotTo(ContainSubstring("state file's trusted publisher"))

	s.job(map[string]any{circleci.ClaimProject: "x"})
	unasked := s.exchange()
	unasked.Want = nil
	_, err = unasked.For(t.Context(), "p")
	g.Expect(differences(t, err)).To(BeEmpty(), "there is nothing to compare with")
}

func TestARefusalIsAskedForAgain(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	s.seed(t, "p")
	e := s.exchange()
	_, err := e.For(t.Context(), "p")
	g.Expect(err).To(MatchError(spec.ErrRefused))
	g.Expect(actor.Truster{Registry: s.client}.Trust(t.Context(), "p", reconcile.Trusting{Want: spec.TrustedPublishers{s.want}})).To(Succeed())
	_, err = e.For(t.Context(), "p")
	g.Expect(err).NotTo(HaveOccurred())
}

func TestAnExchangeThatIsNotAnsweredIsNoRefusal(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	s.trusted(t, "p")
	e := s.exchange()
	s.refuse(http.StatusServiceUnavailable, http.MethodPost, exchangePath, always)
	_, err := e.For(t.Context(), "p")
	g.Expect(err).To(HaveOccurred())
	g.Expect(err).NotTo(MatchError(spec.ErrRefused))
	g.Expect(err).To(MatchError(ContainSubstring("503")))

	s.fail(nil)
	s.job(map[string]any{"fail": true})
	s.clock.Pass(4 * time.Minute)
	_, err = e.For(t.Context(), "p")
	g.Expect(err).NotTo(MatchError(spec.ErrRefused))
	g.Expect(err).To(MatchError(SatisfyAll(ContainSubstring("getting an ID token for p"), ContainSubstring("no ID token today"))))
}

func TestManyMayAskForTokensAtOnce(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	names := []spec.Name{"a", "b", "c"}
	s.trusted(t, names...)
	e := s.exchange()
	var group sync.WaitGroup
	errs := make([]error, 4*len(names))
	for i := range errs {
		group.Go(func() { _, errs[i] = e.For(t.Context(), names[i%len(names)]) })
	}
	group.Wait()
	g.Expect(errs).To(HaveEach(BeNil()))
	g.Expect(s.minted).To(Equal(1))
	before := s.requests(http.MethodPost, exchangePath)
	for _, name := range names {
		_, err := e.For(t.Context(), name)
		g.Expect(err).NotTo(HaveOccurred())
	}
	g.Expect(s.requests(http.MethodPost, exchangePath)).To(Equal(before))
}

func TestASessionIsGoodForAll(t *testing.T) {
	g := NewWithT(t)
	token := spec.NewSecret("npm_session")
	credential, err := actor.Session{Token: token}.For(t.Context(), "p")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(credential).To(Equal(npm.NewCredential(token, time.Time{})))
	g.Expect(credential.Expired(time.Now().AddDate(100, 0, 0))).To(BeFalse())
}
