package npm_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func TestSettingsAreSentAsNPMSendsThem(t *testing.T) {
	for name, test := range map[string]struct {
		set  func(context.Context, *npm.Client) error
		body string
	}{
		"tokens forbidden": {func(ctx context.Context, c *npm.Client) error { return c.SetTokens(ctx, "@s/p", spec.TokensForbidden) },
			`{"automation_token_overrides_tfa":false,"publish_requires_tfa":true}`},
		"tokens allowed": {func(ctx context.Context, c *npm.Client) error { return c.SetTokens(ctx, "@s/p", spec.TokensAllowed) },
			`{"automation_token_overrides_tfa":true,"publish_requires_tfa":true}`},
		"access": {func(ctx context.Context, c *npm.Client) error { return c.SetAccess(ctx, "@s/p", spec.AccessRestricted) },
			`{"access":"restricted"}`},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			var sent []string
			client := clientOf(t, "https://registry.example.test", func(o *npm.Options) {
				o.Session = spec.NewSecret(session)
				o.Transport = wire(func(_ http.ResponseWriter, r *http.Request) {
					body, _ := io.ReadAll(r.Body)
					sent = append(sent, r.Method+" "+r.URL.EscapedPath()+" "+r.Header.Get("npm-command")+" "+string(body))
				})
			})
			g.Expect(test.set(t.Context(), client)).To(Succeed())
			g.Expect(sent).To(Equal([]string{"POST /-/package/@s%2fp/access access " + test.body}))
		})
	}
}

func TestWhatARefusedSettingMeans(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		body   string
		means  error
	}{
		"a token's":                    {401, `{"error":"Unauthorized"}`, spec.ErrRefused},
		"without two-factor":           {403, `{"error":"Please enable 2fa for your account"}`, spec.ErrRefused},
		"without write access":         {403, `{}`, spec.ErrRefused},
		"without a plan":               {402, `{"error":"You must sign up for private packages"}`, spec.ErrRefused},
		"of a package that is not":     {404, `{"error":"Not found"}`, spec.ErrNotFound},
		"by a registry without it":     {404, `<html>no such page</html>`, spec.ErrUnsupported},
		"by a registry that does none": {405, ``, spec.ErrUnsupported},
	} {
		t.Run(name, func(t *testing.T) {
			client := serve(t, answer(test.status, test.body), func(o *npm.Options) { o.Session = spec.NewSecret(session) })
			NewWithT(t).Expect(client.SetTokens(t.Context(), "@s/p", spec.TokensForbidden)).To(MatchError(test.means))
		})
	}
}

func TestDeprecationsAreReadForAllVersions(t *testing.T) {
	g := NewWithT(t)
	client := serve(t, answer(200, odd))
	found, err := client.Deprecations(t.Context(), "@s/p")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(found).To(Equal(map[spec.Version]string{"1.0.0": "old", "2.0.0": "", "2.0.1": "", "2.1.0": ""}))
}

// What a client has seen of who may read a package does not outlive its own change of that.
func TestAnAccessThatWasSetIsLookedAtAnew(t *testing.T) {
	g := NewWithT(t)
	var restricted atomic.Bool
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodPost:
			restricted.Store(true)
		case strings.HasSuffix(r.URL.Path, "/whoami"):
			_, _ = io.WriteString(w, `{"username":"somebody"}`)
		case restricted.Load() && r.Header.Get("Authorization") == "":
			w.WriteHeader(http.StatusNotFound)
		default:
			_, _ = io.WriteString(w, `{"latest":"1.0.0"}`)
		}
	}, func(o *npm.Options) {
		o.Session, o.Restricted = spec.NewSecret(session), func(spec.Name) bool { return true }
	}).ReadBy(token(session))
	_, err := client.DistTags(t.Context(), "@s/p")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(client.Access("@s/p")).To(Equal(spec.AccessPublic))
	g.Expect(client.SetAccess(t.Context(), "@s/p", spec.AccessRestricted)).To(Succeed())
	tags, err := client.DistTags(t.Context(), "@s/p")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(tags).To(HaveKeyWithValue(spec.Latest, spec.Version("1.0.0")))
	g.Expect(client.Access("@s/p")).To(Equal(spec.AccessRestricted))
}
