package main

import (
	"bytes"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

func TestWhatIsWrongWithAnIDToken(t *testing.T) {
	const organization, other = "0b5f0a0e-6c2f-4a1e-9d37-111111111111", "99999999-6c2f-4a1e-9d37-999999999999"
	for name, c := range map[string]struct {
		token func(w *sandbox.World) (spec.Secret, error)
		code  int
		says  string
		next  string // {flags} are those of the run, less --auth oidc, which keeps a human's session out
	}{
		"malformed": {func(*sandbox.World) (spec.Secret, error) { return spec.NewSecret("npm_nothing"), nil }, 1,
			"the ID token cannot be used for @demo/core, most likely because\n  1. the ID token is malformed",
			`circleci run oidc get --claims '{"aud":"npm:127.0.0.1"}'` + "\n"},
		"the organisation's": {func(w *sandbox.World) (spec.Secret, error) { return w.IDToken(organization, nil) }, 1,
			"the ID token cannot be used for @demo/core, most likely because\n  1. the ID token is for the organisation",
			`circleci run oidc get --claims '{"aud":"npm:127.0.0.1"}'` + "\n"},
		"another project's": {func(w *sandbox.World) (spec.Secret, error) {
			return w.IDToken(w.Audience(), map[string]any{circleci.ClaimProject: other})
		}, 3,
			"the ID token was refused for @demo/core, most likely because\n  1. the job is of another CircleCI project (" + other,
			"a human runs: facets-reconcile apply --only trust{flags}\n"},
	} {
		t.Run(name, func(t *testing.T) {
			g, r := NewWithT(t), newRehearsed(t)
			r.write("packages/core/package.json", `{"name": "@demo/core", "version": "1.0.0"}`)
			r.run(0, "apply --yes --only seed,trust --package @demo/core")
			file := filepath.Join(r.dir, "desired-state.yaml")
			state, err := desired.Load(file)
			g.Expect(err).NotTo(HaveOccurred())
			trusted := state.TrustedPublishers()
			world, err := sandbox.Open(sandbox.Options{Dir: filepath.Join(r.dir, "world"), Repository: "example/demo", Claims: trusted[0].Claims})
			g.Expect(err).NotTo(HaveOccurred())
			server := httptest.NewServer(world.Handler())
			t.Cleanup(server.Close)
			token, err := c.token(world)
			g.Expect(err).NotTo(HaveOccurred())
			t.Setenv("HOME", t.TempDir())
			t.Setenv("CIRCLECI", "")
			t.Setenv("CIRCLE_OIDC_TOKEN_V2", "")
			t.Setenv("NPM_ID_TOKEN", token.Reveal())

			var out, said bytes.Buffer
			flags := []string{"-f", file, "--registry", server.URL}
			code := run(t.Context(), append([]string{"apply", "--yes", "--auth", "oidc", "--tag", "@demo/core@1.0.0"}, flags...), streams{out: &out, err: &said})
			g.Expect(code).To(Equal(c.code), "%s\n%s", &out, &said)
			g.Expect(said.String()).To(ContainSubstring(c.says))
			next := strings.ReplaceAll(c.next, "{flags}", " "+strings.Join(flags, " "))
			g.Expect(said.String()).To(ContainSubstring(next))
			g.Expect(said.String()).NotTo(ContainSubstring(token.Reveal()))
		})
	}
}
