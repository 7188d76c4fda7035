package githubactions_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/ci/githubactions"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

const (
	audience = "npm:registry.example.test"
	secret   = "sssecret"
	url      = "ACTIONS_ID_TOKEN_REQUEST_URL"
	bearer   = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
)

func TestTheJob(t *testing.T) {
	for name, test := range map[string]struct {
		env  map[string]string
		want ci.Job
	}{
		"a pushed tag": {
			env: map[string]string{"GITHUB_REF_TYPE": "tag", "GITHUB_REF_NAME": "@o/p@1.0.0", "GITHUB_SHA": "c0ffee",
				"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "o/r", "GITHUB_RUN_ID": "7"},
			want: ci.Job{Tag: "@o/p@1.0.0", Commit: "c0ffee", Page: "https://github.com/o/r/actions/runs/7", NoIDTokens: true},
		},
		"one that may have ID tokens": {env: map[string]string{url: "https://pipelines.example.test/"}},
		"a branch is no tag":          {env: map[string]string{"GITHUB_REF_TYPE": "branch", "GITHUB_REF_NAME": "v1.0.0"}, want: ci.Job{NoIDTokens: true}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			_, in := githubactions.Provider{}.Job(func(name string) string { return test.env[name] })
			g.Expect(in).To(BeFalse())
			test.env["GITHUB_ACTIONS"] = "true"
			job, in := githubactions.Provider{}.Job(func(name string) string { return test.env[name] })
			g.Expect(in).To(BeTrue())
			test.want.TagVariable, test.want.NoIDTokens = "GITHUB_REF_NAME", test.env["ACTIONS_ID_TOKEN_REQUEST_URL"] == ""
			g.Expect(job).To(Equal(test.want))
		})
	}
}

func TestMintingAsksGitHubAlone(t *testing.T) {
	const at, query = "https://pipelines.example.test/7/idtoken?api-version=2.0", "audience=npm%3Aregistry.example.test"
	for name, test := range map[string]struct {
		url, bearer, answer string
		err                 error
		asked, want         string
		problem             []string
	}{
		"an ID token": {url: at, bearer: secret, answer: `{"count":1,"value":"a.b.c"}`, want: "a.b.c", asked: at + "&" + query},
		"without a query": {url: "https://x.example.test/", bearer: secret, answer: `{"value":"a.b.c"}`, want: "a.b.c",
			asked: "https://x.example.test/?" + query},
		"on this machine": {url: "http://127.0.0.1:1/?a=b", bearer: secret, answer: `{"value":"a.b.c"}`, want: "a.b.c",
			asked: "http://127.0.0.1:1/?a=b&" + query},
		"no address":       {bearer: secret, problem: []string{"$" + url + " is not set", "id-token: write}`"}},
		"no secret":        {url: at, problem: []string{"$" + bearer + " is not set", "id-token: write}`"}},
		"not https":        {url: "http://pipelines.example.test/", bearer: secret, problem: []string{"not https", "pipelines.example.test"}},
		"a user name":      {url: "https://u:p@pipelines.example.test/", bearer: secret, problem: []string{"not the address"}},
		"no URL":           {url: "%zz", bearer: secret, problem: []string{"not the address"}},
		"another scheme":   {url: "file:///etc/passwd", bearer: secret, problem: []string{"not the address"}},
		"refused":          {url: at, bearer: secret, err: errors.New("pipelines.example.test answered 500"), problem: []string{"answered 500"}},
		"an empty answer":  {url: at, bearer: secret, answer: `{}`, problem: []string{"no ID token"}},
		"a page in HTML":   {url: at, bearer: secret, answer: `<html>` + secret, problem: []string{"no ID token"}},
		"another document": {url: at, bearer: secret, answer: `{"value":{"` + secret + `":1}}`, problem: []string{"no ID token"}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			var asked string
			raw, err := githubactions.Provider{}.Mint(t.Context(), audience, ci.Means{
				Env: func(name string) string { return map[string]string{url: test.url, bearer: test.bearer}[name] },
				Get: func(_ context.Context, address string, with spec.Secret) ([]byte, error) {
					asked = address
					g.Expect(with.Reveal()).To(Equal(secret))
					return []byte(test.answer), test.err
				},
			})
			g.Expect(raw).To(Equal(test.want))
			if test.asked != "" {
				g.Expect(asked).To(Equal(test.asked))
			}
			if test.problem == nil {
				g.Expect(err).NotTo(HaveOccurred())
			}
			for _, part := range test.problem {
				g.Expect(err).To(MatchError(ContainSubstring(part)))
				g.Expect(err.Error()).NotTo(ContainSubstring(secret))
			}
		})
	}
}

func TestTheForm(t *testing.T) {
	g := NewWithT(t)
	p := githubactions.Workflow{Repository: "o/r", Workflow: "publish.yml", Environment: "npm"}.Publisher(spec.PermissionPublish)
	g.Expect(p.Permissions).To(Equal([]string{spec.PermissionPublish}))
	g.Expect(githubactions.Provider{}.Fields(p)).To(Equal([][2]string{
		{"Organization or user", "o"}, {"Repository", "r"}, {"Workflow filename", "publish.yml"}, {"Environment name", "npm"}}))
	g.Expect(githubactions.Provider{}.Title(p)).To(Equal("github o/r publish.yml in npm"))
	g.Expect(githubactions.Provider{}.Repository(p)).To(Equal("github.com/o/r"))

	p = githubactions.Workflow{Repository: "o/r", Workflow: "a b.yml"}.Publisher()
	g.Expect(githubactions.Provider{}.Fields(p)).To(HaveLen(3))
	command, err := githubactions.Provider{}.Start(p, "@o/p@1.0.0'")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(command).To(Equal(`gh workflow run 'a b.yml' --repo o/r --ref '@o/p@1.0.0'\'''`))

	_, err = githubactions.Provider{}.Start(spec.TrustedPublisher{}, "v1")
	g.Expect(err).To(MatchError(ContainSubstring("workflow_dispatch")))
	g.Expect(githubactions.Provider{}.Repository(spec.TrustedPublisher{})).To(BeEmpty())
	g.Expect(fmt.Sprint(githubactions.Provider{}.Fields(spec.TrustedPublisher{}))).To(Equal("[]"))
}
