package idtoken_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/ci/githubactions"
	"github.com/agent-facets/facets-reconcile/internal/ci/gitlab"
	"github.com/agent-facets/facets-reconcile/internal/ci/idtoken"
)

const jobSecret = "sssecret-of-the-job"

// actions is a Source in a job of GitHub Actions whose ID tokens come from a server.
func actions(t *testing.T, answer http.HandlerFunc) *idtoken.Source {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	env := map[string]string{"GITHUB_ACTIONS": "true", "ACTIONS_ID_TOKEN_REQUEST_URL": server.URL + "/?api-version=2.0",
		"ACTIONS_ID_TOKEN_REQUEST_TOKEN": jobSecret}
	return idtoken.NewSource(idtoken.Options{Issuer: githubactions.Provider{}, Audience: audience,
		Env: func(name string) string { return env[name] }, Now: func() time.Time { return noon }})
}

func TestATokenIsAskedForAtTheJobsAddress(t *testing.T) {
	g := NewWithT(t)
	raw := token(t, noon, nil)
	trouble := 1
	source := actions(t, func(rw http.ResponseWriter, r *http.Request) {
		if trouble--; trouble >= 0 {
			rw.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		if r.Header.Get("Authorization") != "Bearer "+jobSecret || r.URL.Query().Get("audience") != audience ||
			r.URL.Query().Get("api-version") != "2.0" {
			rw.WriteHeader(http.StatusUnauthorized)
			return
		}
		if err := json.NewEncoder(rw).Encode(map[string]any{"count": 1, "value": raw}); err != nil {
			t.Error(err)
		}
	})
	got, err := source.Token(t.Context())
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(got.Secret.Reveal()).To(Equal(raw))
	g.Expect(got.From).To(Equal("$ACTIONS_ID_TOKEN_REQUEST_URL"))
}

func TestTheJobsSecretGoesNowhereElse(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a redirect was followed") }))
	t.Cleanup(elsewhere.Close)
	for name, answer := range map[string]http.HandlerFunc{
		"answered 302": func(rw http.ResponseWriter, r *http.Request) { http.Redirect(rw, r, elsewhere.URL, http.StatusFound) },
		"answered 403": func(rw http.ResponseWriter, r *http.Request) {
			rw.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(rw, r.Header.Get("Authorization"))
		},
		"no ID token": func(rw http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(rw, r.Header.Get("Authorization"))
		},
		"not a JWT": func(rw http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(rw, `{"value":"`+jobSecret+`"}`) },
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			_, err := actions(t, answer).Token(t.Context())
			g.Expect(err).To(MatchError(ContainSubstring(name)))
			g.Expect(err.Error()).NotTo(ContainSubstring(jobSecret))
			g.Expect(idtoken.Passing(err)).To(BeFalse())
		})
	}
}

func TestAServiceThatIsDownIsToldWithoutItsAddress(t *testing.T) {
	server := httptest.NewServer(nil)
	address := server.URL
	server.Close()
	env := map[string]string{"GITHUB_ACTIONS": "true", "ACTIONS_ID_TOKEN_REQUEST_URL": address + "/?job=" + jobSecret,
		"ACTIONS_ID_TOKEN_REQUEST_TOKEN": jobSecret}
	source := idtoken.NewSource(idtoken.Options{Issuer: githubactions.Provider{}, Audience: audience,
		Env: func(name string) string { return env[name] }})
	synctest.Test(t, func(t *testing.T) { // it is asked again after a pause
		g := NewWithT(t)
		_, err := source.Token(t.Context())
		g.Expect(err).To(MatchError(ContainSubstring("connection refused")))
		g.Expect(err.Error()).NotTo(ContainSubstring(jobSecret))
		g.Expect(idtoken.Passing(err)).To(BeTrue())
	})
}

// TestGitLabsTokensAreAsOldAsTheJob: a job gets no other, so an old one is better than none until it has expired.
func TestGitLabsTokensAreAsOldAsTheJob(t *testing.T) {
	g := NewWithT(t)
	raw := token(t, noon, nil)
	env := map[string]string{"GITLAB_CI": "true", "NPM_ID_TOKEN": raw}
	now := noon
	source := idtoken.NewSource(idtoken.Options{Issuer: gitlab.Provider{}, Audience: audience,
		Env: func(name string) string { return env[name] }, Now: func() time.Time { return now }})
	for _, after := range []time.Duration{0, 4 * time.Minute, 50 * time.Minute} {
		now = noon.Add(after)
		got, err := source.Token(t.Context())
		g.Expect(err).NotTo(HaveOccurred(), "after %s", after)
		g.Expect(got.Secret.Reveal()).To(Equal(raw))
		g.Expect(got.From).To(Equal("NPM_ID_TOKEN"))
	}
	now = noon.Add(2 * time.Hour)
	_, err := source.Token(t.Context())
	g.Expect(err).To(MatchError(And(ContainSubstring("NPM_ID_TOKEN is too old"), ContainSubstring("start the job again"))))
	delete(env, "NPM_ID_TOKEN")
	g.Expect(source.Available()).To(BeTrue(), "in a job no other credential takes its place")
	_, err = source.Token(t.Context())
	g.Expect(err).To(MatchError(ContainSubstring(`id_tokens: {NPM_ID_TOKEN: {aud: "npm:registry.example.test"}}`)))
}

func TestATokenForAnotherThanTheRegistryIsNeverTheUsers(t *testing.T) {
	for name, test := range map[string]struct {
		sigstore, says string // says "": it is had
	}{
		"good":      {token(t, noon.Add(-50*time.Minute), map[string]any{"aud": "sigstore"}), ""},
		"old":       {token(t, noon.Add(-2*time.Hour), map[string]any{"aud": "sigstore"}), "start the job again"},
		"another":   {token(t, noon, nil), "sigstore takes only those"},
		"not there": {"", "$SIGSTORE_ID_TOKEN is not set"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			source := idtoken.NewSource(idtoken.Options{Issuer: gitlab.Provider{}, Audience: "sigstore", Minted: true, Now: func() time.Time { return noon },
				Env: func(name string) string {
					return map[string]string{"GITLAB_CI": "true", "NPM_ID_TOKEN": token(t, noon, nil), "SIGSTORE_ID_TOKEN": test.sigstore}[name]
				}})
			got, err := source.Token(t.Context())
			if test.says == "" {
				g.Expect(err).NotTo(HaveOccurred())
				g.Expect(got.Secret.Reveal()).To(Equal(test.sigstore))
				return
			}
			g.Expect(err).To(MatchError(And(ContainSubstring(test.says), Not(ContainSubstring("NPM_ID_TOKEN")))))
		})
	}
}
