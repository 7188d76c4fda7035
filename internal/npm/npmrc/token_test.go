package npmrc_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/npmrc"
)

func TestToken(t *testing.T) {
	const host = "https://r.test/"
	for name, test := range map[string]struct {
		registry      string
		project, user string
		environ       []string
		want          string
	}{
		"none":              {registry: host},
		"the user's":        {registry: host, user: "//r.test/:_authToken=u", want: "u"},
		"without the slash": {registry: "https://r.test", user: "//r.test:_authToken=u", want: "u"},
		"the project's before it": {
			registry: host, project: "//r.test/:_authToken=p", user: "//r.test/:_authToken=u",
			want: "p",
		},
		"hidden by the project": {registry: host, project: "//r.test/:_authToken=", user: "//r.test/:_authToken=u"},
		"the environment's": {
			registry: host, project: "//r.test/:_authToken=p", environ: []string{"npm_config_//r.test/:_authToken=e"},
			want: "e",
		},
		"from a variable": {
			registry: host, project: "//r.test/:_authToken=${T}", environ: []string{"T=v"},
			want: "v",
		},
		"from an optional variable": {registry: host, project: "//r.test/:_authToken=${T?}"},
		"a quoted reference": {
			registry: host, project: `//r.test/:_authToken="\\${T}"`, environ: []string{"T=v"},
			want: "${T}",
		},
		"escaped signs": {registry: host, project: `//r.test/:_authToken=a\#b\;c\\d\e`, want: `a#b;c\d\e`},
		"with = inside": {registry: host, user: "//r.test/:_authToken=a=b==", want: "a=b=="},
		"the longest path": {
			registry: host + "a/b", user: "//r.test/:_authToken=short\n//r.test/a/:_authToken=long",
			want: "long",
		},
		"a path not led to": {
			registry: host + "a", user: "//r.test/a/b/:_authToken=x\n//r.test/ab/:_authToken=y",
		},
		"dots leave the path":     {registry: host + "a/../b/", user: "//r.test/a/:_authToken=x"},
		"the scheme's own port":   {registry: "https://R.test:443/", user: "//r.test/:_authToken=u", want: "u"},
		"another port":            {registry: "https://r.test:4873/", user: "//r.test/:_authToken=u"},
		"another host, by suffix": {registry: "https://r.test.evil.test/", user: "//r.test/:_authToken=u"},
		"another host, by user":   {registry: "https://r.test@evil.test/", user: "//r.test/:_authToken=u"},
		"a project that redirects": {
			registry: "https://evil.test/", project: "registry=https://evil.test/", user: "//r.test/:_authToken=u",
		},
		"a token of no registry": {registry: host, user: "_authToken=u"},
		"no host at all":         {registry: "file:///x", user: "///:_authToken=u\n//:_authToken=v"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			token, from, err := load(t, test.project, test.user, test.environ...).Token(parseURL(t, test.registry))
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(token.Reveal()).To(Equal(test.want))
			g.Expect(from == "").To(Equal(test.want == ""))
		})
	}
}

func TestTokenThatCannotBeHad(t *testing.T) {
	for name, test := range map[string]struct {
		text    string
		kind    error
		message string
	}{
		"no variable": {
			"//h.test/:_authToken=pre${NPM_TOKEN}", npmrc.ErrUnset, ".npmrc:1: //h.test/:_authToken needs NPM_TOKEN",
		},
		"basic": {"//h.test/:_auth=sssecret", npmrc.ErrUnsupported, "//h.test/:_auth"},
		"password": {
			"//h.test/:username=u\n//h.test/:_password=sssecret", npmrc.ErrUnsupported, ".npmrc:2: //h.test/:_password",
		},
		"certificate": {"//h.test/:certfile=sssecret", npmrc.ErrUnsupported, "//h.test/:certfile"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			config := load(t, test.text, "")
			token, _, err := config.Token(parseURL(t, "https://h.test/"))
			g.Expect(err).To(MatchError(test.kind))
			g.Expect(err).To(MatchError(ContainSubstring(test.message)))
			g.Expect(err.Error()).NotTo(Or(ContainSubstring("sssecret"), ContainSubstring("pre$")))
			g.Expect(token.Empty()).To(BeTrue())

			_, _, err = config.Token(parseURL(t, "https://other.test/"))
			g.Expect(err).NotTo(HaveOccurred(), "what is not used does not matter")
		})
	}
}

func TestRegistryNeedsItsVariable(t *testing.T) {
	_, _, err := load(t, "registry=https://${HOST}/", "").Registry("")
	NewWithT(t).Expect(err).To(And(MatchError(npmrc.ErrUnset), MatchError(ContainSubstring("HOST"))))
}
