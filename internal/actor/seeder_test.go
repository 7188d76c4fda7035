package actor_test

import (
	"encoding/json"
	"net/http"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func TestAPlaceholderSaysWhatItIs(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	scratch := t.TempDir()
	t.Setenv("TMPDIR", scratch)
	seeder := actor.Seeder{Registry: s.client, Session: s.session(), Repository: "o/r"}
	g.Expect(seeder.Seed(t.Context(), desired.Package{Name: "@s/p"}, "0.0.1")).To(Succeed())
	beEmptyFolder(t, scratch)

	files := s.contents(t, "@s/p", "0.0.1")
	g.Expect(files).To(HaveLen(2))
	g.Expect(files["README.md"]).To(SatisfyAll(
		HavePrefix("# @s/p\n"), ContainSubstring("placeholder"), ContainSubstring("https://github.com/o/r")))
	var manifest map[string]any
	g.Expect(json.Unmarshal([]byte(files["package.json"]), &manifest)).To(Succeed())
	g.Expect(manifest).To(SatisfyAll(
		HaveKeyWithValue("name", "@s/p"), HaveKeyWithValue("version", "0.0.1"), HaveKeyWithValue("license", "MIT"),
		HaveKeyWithValue("description", ContainSubstring("Placeholder")),
		HaveKeyWithValue("repository", HaveKeyWithValue("url", "git+https://github.com/o/r.git"))))
	g.Expect(s.tags(t, "@s/p")).To(HaveKeyWithValue(spec.DistTag("placeholder"), spec.Version("0.0.1")))
}

func TestAPlaceholderWithoutARepositoryNamesNone(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	s.seed(t, "p")
	files := s.contents(t, "p", "0.0.1")
	g.Expect(files["README.md"]).NotTo(ContainSubstring("http"))
	g.Expect(files["package.json"]).NotTo(ContainSubstring("repository"))
}

func TestAPlaceholderNeverTakesLatestFromARealVersion(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	_, err := s.publisher(t, s.session()).Publish(t.Context(), s.publication(t, "lib@1.0.0", "lib"))
	g.Expect(err).NotTo(HaveOccurred())
	s.seed(t, "lib") // by somebody who saw the name vacant before
	g.Expect(s.tags(t, "lib")).To(Equal(map[spec.DistTag]spec.Version{"latest": "1.0.0", "placeholder": "0.0.1"}))
}

func TestSeedingThatFailsLeavesNothingBehind(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(t *testing.T, s *stage)
		token spec.Secret
		means error
	}{
		{"the name is taken", func(t *testing.T, s *stage) { s.seed(t, "p") }, spec.Secret{}, spec.ErrAlreadyPublished},
		{"the session is unknown", func(*testing.T, *stage) {}, spec.NewSecret("npm_unknown"), spec.ErrRefused},
		{"the answer is lost", func(_ *testing.T, s *stage) { s.refuse(http.StatusBadGateway, http.MethodPut, "/p", always) },
			spec.Secret{}, spec.ErrDoubtful},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			s := setUp(t)
			c.spoil(t, s)
			scratch := t.TempDir()
			t.Setenv("TMPDIR", scratch)
			session := s.session()
			if !c.token.Empty() {
				session.Token = c.token
			}
			err := actor.Seeder{Registry: s.client, Session: session}.Seed(t.Context(), desired.Package{Name: "p"}, "0.0.1")
			g.Expect(err).To(MatchError(c.means))
			g.Expect(err).To(MatchError(ContainSubstring("p@0.0.1")))
			g.Expect(err.Error()).NotTo(ContainSubstring("npm_"))
			beEmptyFolder(t, scratch)
		})
	}
}
