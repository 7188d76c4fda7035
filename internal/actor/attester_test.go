package actor_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/artifact/standin"
	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/ci/githubactions"
	"github.com/agent-facets/facets-reconcile/internal/ci/gitlab"
	"github.com/agent-facets/facets-reconcile/internal/ci/idtoken"
	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/provenance/sigstore"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// inJob is a job of GitHub Actions, of a public repository, on a machine of GitHub's.
func inJob() (*actor.Attester, idtoken.Token) {
	token := idtoken.Token{Secret: spec.NewSecret("x"), Claims: ci.Claims{Issuer: "https://token.actions.githubusercontent.com", Job: spec.Claims{
		githubactions.ClaimVisibility: "public", githubactions.ClaimRunner: "github-hosted",
	}}}
	return &actor.Attester{
		System: githubactions.Provider{}, InJob: true, Packages: visible{public: true},
		Lookup: func(name string) (string, bool) {
			value, ok := map[string]string{"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "o/r"}[name]
			if !ok {
				value = "1"
			}
			return value, true
		},
	}, token
}

type visible struct {
	public bool
	err    error
}

func (v visible) Public(context.Context, spec.Name, npm.Credential) (bool, error) {
	return v.public, v.err
}

type tokens struct {
	token idtoken.Token
	err   error
}

func (t tokens) Token(context.Context) (idtoken.Token, error) { return t.token, t.err }

// exchanging is a registry that takes every ID token.
func exchanging(t *testing.T) *url.URL {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		rw.WriteHeader(http.StatusCreated)
		_, _ = rw.Write([]byte(`{"token_type": "oidc", "token": "t", "created": "2026-11-01T12:00:00Z", "expires": "2999-11-01T12:00:00Z"}`))
	}))
	t.Cleanup(server.Close)
	address, err := url.Parse(server.URL)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return address
}

func TestWhatHasProvenance(t *testing.T) {
	const repository = "https://github.com/o/r"
	session := actor.Session{Token: spec.NewSecret("s")}
	for name, test := range map[string]struct {
		shape func(a *actor.Attester, t *tokens, what *reconcile.Publication)
		none  bool // it gets no provenance
	}{
		"a public package":   {func(*actor.Attester, *tokens, *reconcile.Publication) {}, false},
		"a name that is new": {func(a *actor.Attester, _ *tokens, w *reconcile.Publication) { a.Packages, w.First = visible{}, true }, false},
		"a package of which nothing is served": {func(a *actor.Attester, _ *tokens, _ *reconcile.Publication) {
			a.Packages = visible{err: spec.ErrNotFound}
		}, true},
		"a package of which nothing is served, that is to be public": {func(a *actor.Attester, _ *tokens, w *reconcile.Publication) {
			a.Packages, w.Package.Access = visible{err: spec.ErrNotFound}, spec.AccessPublic
		}, false},
		"off": {func(_ *actor.Attester, _ *tokens, w *reconcile.Publication) {
			w.Release.Provenance = desired.ProvenanceOff
		}, true},
		"CircleCI":    {func(a *actor.Attester, _ *tokens, _ *reconcile.Publication) { a.System = circleci.Provider{} }, true},
		"no job":      {func(a *actor.Attester, _ *tokens, _ *reconcile.Publication) { a.InJob = false }, true},
		"no ID token": {func(_ *actor.Attester, t *tokens, _ *reconcile.Publication) { t.err = errors.New("no") }, true},
		"an ID token of another issuer": {func(_ *actor.Attester, t *tokens, _ *reconcile.Publication) {
			t.token.Claims.Issuer = "https://ghe.example.test"
		}, true},
		"a private repository": {func(_ *actor.Attester, t *tokens, _ *reconcile.Publication) {
			t.token.Claims.Job[githubactions.ClaimVisibility] = "private"
		}, true},
		"a runner of one's own": {func(_ *actor.Attester, t *tokens, _ *reconcile.Publication) {
			t.token.Claims.Job[githubactions.ClaimRunner] = "self-hosted"
		}, true},
		"claims that do not say": {func(_ *actor.Attester, t *tokens, _ *reconcile.Publication) { t.token.Claims.Job = spec.Claims{} }, true},
		"a restricted package":   {func(a *actor.Attester, _ *tokens, _ *reconcile.Publication) { a.Packages = visible{} }, true},
		"a package that cannot be read": {func(a *actor.Attester, _ *tokens, _ *reconcile.Publication) {
			a.Packages = visible{err: errors.New("502")}
		}, true},
		"a new name that is to be restricted": {func(_ *actor.Attester, _ *tokens, w *reconcile.Publication) {
			w.First, w.Package.Access = true, spec.AccessRestricted
		}, true},
		"a job that does not say where it runs": {func(a *actor.Attester, _ *tokens, _ *reconcile.Publication) {
			a.Lookup = func(string) (string, bool) { return "", false }
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			a, token := inJob()
			given := &tokens{token: token}
			what := reconcile.Publication{Package: desired.Package{Name: "p"}, Release: desired.Release{Version: "1.0.0", Provenance: desired.ProvenanceAuto}}
			test.shape(a, given, &what)
			a.IDTokens = given
			want := repository
			if test.none {
				want = ""
			}
			g.Expect(a.Repository(t.Context(), what, nil, session)).To(BeEmpty(), "npm makes none where a token publishes")
			exchange := &actor.Exchange{Registry: clientOf(t, exchanging(t), spec.Secret{}), IDTokens: given, Now: time.Now}
			g.Expect(a.Repository(t.Context(), what, nil, exchange)).To(Equal(want))
			if what.Release.Provenance == desired.ProvenanceAuto {
				what.Release.Provenance = desired.ProvenanceRequired
			}
			g.Expect(a.Repository(t.Context(), what, nil, session)).To(Equal(want), "where it is required a token will do")

			publisher := actor.Publisher{Attester: a, Credentials: session}
			if what.Release.Provenance == desired.ProvenanceRequired && test.none {
				g.Expect(publisher.Attestable(t.Context(), what)).To(MatchError(ContainSubstring("p@1.0.0 needs provenance (provenance: required), and can have none: ")))
			}
		})
	}
}

// A package's own word comes before that of npm's configuration, as it does to npm.
func TestWhatSomebodyWantsNoProvenanceOf(t *testing.T) {
	const variable = "provenance=false in NPM_CONFIG_PROVENANCE"
	session := actor.Session{Token: spec.NewSecret("s")}
	for name, test := range map[string]struct {
		publishConfig map[string]any
		configured    string
		none          bool
	}{
		"nobody":                              {},
		"its package.json":                    {publishConfig: map[string]any{"provenance": false}, none: true},
		"its package.json, in words":          {publishConfig: map[string]any{"provenance": "false"}, none: true},
		"npm's configuration":                 {configured: variable, none: true},
		"that, of a package that wants some":  {publishConfig: map[string]any{"provenance": true}, configured: variable},
		"that, of a package that says null":   {publishConfig: map[string]any{"provenance": nil}, configured: variable, none: true},
		"that, of a package with other words": {publishConfig: map[string]any{"access": "public"}, configured: variable, none: true},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			a, token := inJob()
			a.IDTokens, a.Unwanted = tokens{token: token}, test.configured
			what := reconcile.Publication{Package: desired.Package{Name: "p"},
				Release: desired.Release{Version: "1.0.0", Provenance: desired.ProvenanceRequired}}
			g.Expect(a.Repository(t.Context(), what, test.publishConfig, session) == "").To(Equal(test.none))
			if test.configured != "" {
				g.Expect(actor.Publisher{Attester: a, Credentials: session}.Attestable(t.Context(), what)).To(MatchError(
					ContainSubstring("can have none: " + variable + " wants none: take that out")))
			}
		})
	}
}

func TestOnlyWhatIsAskedForIsAttestable(t *testing.T) {
	g := NewWithT(t)
	publisher := actor.Publisher{Credentials: actor.Session{Token: spec.NewSecret("s")}} // nobody here makes provenance
	what := reconcile.Publication{Package: desired.Package{Name: "p"}, Release: desired.Release{Version: "1.0.0"}}
	for _, fine := range []desired.Provenance{"", desired.ProvenanceAuto, desired.ProvenanceOff} {
		what.Release.Provenance = fine
		g.Expect(publisher.Attestable(t.Context(), what)).To(Succeed(), string(fine))
	}
	what.Release.Provenance = desired.ProvenanceRequired
	g.Expect(publisher.Attestable(t.Context(), what)).To(MatchError(ContainSubstring("this is no CI job")))
	publisher.Attester = &actor.Attester{System: gitlab.Provider{}, InJob: true, IDTokens: tokens{err: errors.New("write id_tokens")}}
	g.Expect(publisher.Attestable(t.Context(), what)).To(MatchError(ContainSubstring("write id_tokens")))
}

// refusing are credentials that are not to be had.
type refusing struct{}

func (refusing) For(context.Context, spec.Name) (npm.Credential, error) {
	return npm.Credential{}, errors.New("no credential")
}

func TestNothingIsSignedThatMayNotBeSent(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	what := s.publication(t, "lib@1.0.0", "lib")
	what.Release.Provenance = desired.ProvenanceRequired
	root := t.TempDir()
	g.Expect(standin.Write(filepath.Join(root, "dist/lib-1.0.0"), actor.Needed(what), nil, "https://github.com/o/r")).To(Succeed())
	log := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was signed") }))
	t.Cleanup(log.Close)
	attester, token := inJob()
	attester.IDTokens = tokens{token: token}
	var err error
	attester.Signer, err = sigstore.New(sigstore.Options{Fulcio: log.URL, Rekor: log.URL})
	g.Expect(err).NotTo(HaveOccurred())
	p := s.publisher(t, refusing{})
	p.Artifacts, p.Attester = actor.Folder{Root: root}, attester
	_, err = p.Publish(t.Context(), what)
	g.Expect(err).To(MatchError(ContainSubstring("no credential")))
}

// What signs is asked anew as long as it may recover, and no more once it has answered.
func TestProvenanceThatCannotBeHadForNow(t *testing.T) {
	g := NewWithT(t)
	var fulcio, rekor atomic.Int32
	var asked atomic.Int32
	answering := func(status *atomic.Int32) string {
		status.Store(http.StatusOK)
		server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
			asked.Add(1)
			rw.WriteHeader(int(status.Load()))
		}))
		t.Cleanup(server.Close)
		return server.URL
	}
	attester, token := inJob()
	attester.IDTokens = tokens{token: token}
	var err error
	attester.Signer, err = sigstore.New(sigstore.Options{Fulcio: answering(&fulcio), Rekor: answering(&rekor)})
	g.Expect(err).NotTo(HaveOccurred())
	publisher := actor.Publisher{Attester: attester, Credentials: actor.Session{Token: spec.NewSecret("s")}}
	what := reconcile.Publication{Package: desired.Package{Name: "p"},
		Release: desired.Release{Version: "1.0.0", Provenance: desired.ProvenanceRequired}}
	attestable := func() error { return publisher.Attestable(t.Context(), what) }

	rekor.Store(http.StatusServiceUnavailable)
	g.Expect(attestable()).To(And(MatchError(reconcile.ErrUnsigned), MatchError(ContainSubstring("Rekor")), MatchError(ContainSubstring("503"))))
	fulcio.Store(http.StatusNotFound)
	g.Expect(attestable()).NotTo(MatchError(reconcile.ErrUnsigned), "no time brings that on")
	fulcio.Store(http.StatusBadGateway)
	rekor.Store(http.StatusNotFound)
	g.Expect(attestable()).NotTo(MatchError(reconcile.ErrUnsigned), "nor this")
	fulcio.Store(http.StatusOK)
	rekor.Store(http.StatusOK)
	g.Expect(attestable()).To(Succeed())
	before := asked.Load()
	g.Expect(attestable()).To(Succeed())
	g.Expect(asked.Load()).To(Equal(before))

	attester.Packages = visible{err: &npm.Error{Status: http.StatusBadGateway}}
	g.Expect(attestable()).To(MatchError(reconcile.ErrUnsigned), "nor the registry says for now whether the package is public")
}
