package actor_test

import (
	"encoding/json"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
	"github.com/agent-facets/facets-reconcile/observed"
)

func TestAPlaceholderSaysWhatItIs(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	scratch := t.TempDir()
	t.Setenv("TMPDIR", scratch)
	seeder := actor.Seeder{Registry: s.client, Credentials: s.session(), Repository: "o/r", License: actor.License{Expression: "MIT"}}
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
	g.Expect(files["package.json"]).NotTo(ContainSubstring("license"), "nor one that nobody gave it")
}

func TestAPlaceholderBringsTheLicenseThatHasAFile(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	seeder := actor.Seeder{Registry: s.client, Credentials: s.session(), License: actor.License{"SEE LICENSE IN LICENSE", []byte("all is yours")}}
	g.Expect(seeder.Seed(t.Context(), desired.Package{Name: "p"}, "0.0.1")).To(Succeed())
	files := s.contents(t, "p", "0.0.1")
	g.Expect(files).To(HaveKeyWithValue("LICENSE", "all is yours"))
	g.Expect(files["package.json"]).To(ContainSubstring(`"SEE LICENSE IN LICENSE"`))
}

func TestAPlaceholdersFileIsClosed(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("there is no list of open files here")
	}
	g := NewWithT(t)
	s := setUp(t)
	packed := func() (open []string) {
		entries, err := os.ReadDir("/proc/self/fd")
		g.Expect(err).NotTo(HaveOccurred())
		for _, e := range entries {
			if to, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil && strings.Contains(to, "facets-placeholder-") {
				open = append(open, to)
			}
		}
		return open
	}
	for _, name := range []spec.Name{"p", "q"} {
		s.seed(t, name)
	}
	s.refuse(http.StatusForbidden, http.MethodPut, "/r", always)
	seeder := actor.Seeder{Registry: s.client, Credentials: s.session()}
	g.Expect(seeder.Seed(t.Context(), desired.Package{Name: "r"}, "0.0.1")).NotTo(Succeed())
	g.Expect(packed()).To(BeEmpty())
}

func TestAPlaceholderNeverTakesLatestFromARealVersion(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	_, err := s.publisher(t, s.session()).Publish(t.Context(), s.publication(t, "lib@1.0.0", "lib"))
	g.Expect(err).NotTo(HaveOccurred())
	seeder := actor.Seeder{Registry: s.client, Credentials: s.session()} // of somebody who saw the name vacant before
	g.Expect(seeder.Seed(t.Context(), desired.Package{Name: "lib"}, "0.0.1")).To(MatchError(spec.ErrAlreadyPublished))
	g.Expect(s.tags(t, "lib")).To(Equal(map[spec.DistTag]spec.Version{"latest": "1.0.0"}))
	g.Expect(seeder.Prove(t.Context(), desired.Package{Name: "lib"}, "0.0.2")).To(Succeed())
	g.Expect(s.tags(t, "lib")).To(Equal(map[spec.DistTag]spec.Version{"latest": "1.0.0", "placeholder": "0.0.2"}))
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
			err := actor.Seeder{Registry: s.client, Credentials: session}.Seed(t.Context(), desired.Package{Name: "p"}, "0.0.1")
			g.Expect(err).To(MatchError(c.means))
			g.Expect(err).To(MatchError(ContainSubstring("p@0.0.1")))
			g.Expect(err.Error()).NotTo(ContainSubstring("npm_"))
			beEmptyFolder(t, scratch)
		})
	}
}

// What stands in the way of a name is told in the registry's words, with the next step.
func TestSeedingThatIsRefusedSaysWhatToDo(t *testing.T) {
	foreign := func(o *sandbox.Options) { o.Foreign = func(spec.Name) bool { return true } }
	spam := func(o *sandbox.Options) { o.Spam = func(spec.Name) bool { return true } }
	answering := func(status int, words string) func(*testing.T, *stage) {
		return func(_ *testing.T, s *stage) {
			s.fail(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
				if r.Method != http.MethodPut { // the name is looked for before
					next.ServeHTTP(w, r)
					return
				}
				http.Error(w, words, status)
			})
		}
	}
	unpublished := func(ago time.Duration) func(*testing.T, *stage) {
		return func(t *testing.T, s *stage) {
			s.seed(t, "@s/p")
			NewWithT(t).Expect(s.npm.Unpublish("@s/p")).To(Succeed())
			s.clock.Pass(ago)
		}
	}
	for _, c := range []struct {
		name  string
		world func(*sandbox.Options)
		spoil func(*testing.T, *stage)
		as    spec.Name
		means error
		words string
		next  string
	}{
		{"a scope of somebody else", foreign, nil, "@s/p", spec.ErrRefused, "Scope not found", "choose another scope"},
		{"a package of somebody else", foreign, nil, "p", spec.ErrRefused, "You do not have permission", "npm owner add"},
		{"spam", spam, nil, "@s/p", spec.ErrRefused, "spam detection", "choose another"},
		{"held by the security team", nil, func(t *testing.T, s *stage) { NewWithT(t).Expect(s.npm.Hold("@s/p")).To(Succeed()) },
			"@s/p", spec.ErrRefused, "You do not have permission", "choose another name"},
		{"unpublished a moment ago", nil, unpublished(time.Hour), "@s/p", spec.ErrRefused, "24 hours", "a version that it never had"},
		{"unpublished long ago", nil, unpublished(48 * time.Hour), "@s/p", spec.ErrBurnt, "0.0.1", "never free again"},
		{"no public packages", nil, answering(402, "You must sign up for private packages"), "@s/p", spec.ErrRefused, "sign up", "access public"},
		{"a token of the wrong kind", nil, answering(403, "Two-factor authentication or granular access token with bypass 2fa enabled is required"),
			"@s/p", spec.ErrRefused, "granular", "a token of another kind"},
		{"no such thing", nil, answering(404, "Not found"), "@s/p", spec.ErrRefused, "Not found", "bad or expired"},
		{"still scanned", nil, answering(409, "Cannot publish over previously staged version"), "@s/p", spec.ErrAlreadyPublished, "staged", ""},
		{"a race", nil, answering(409, "Failed to save packument"), "@s/p", spec.ErrDoubtful, "packument", "may have landed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			var shape []func(*sandbox.Options)
			if c.world != nil {
				shape = append(shape, c.world)
			}
			s := setUp(t, shape...)
			if c.spoil != nil {
				c.spoil(t, s)
			}
			before := s.requests(http.MethodPut, "/")
			seeder := actor.Seeder{Registry: s.client, Credentials: s.session(), Repository: "o/r"}
			err := seeder.Seed(t.Context(), desired.Package{Name: c.as}, "0.0.1")
			g.Expect(err).To(MatchError(c.means))
			g.Expect(err).To(MatchError(And(
				ContainSubstring("publishing "+c.as.String()+"@0.0.1"), ContainSubstring(c.words), ContainSubstring(c.next))))
			g.Expect(s.requests(http.MethodPut, "/")-before).To(Equal(1), "a PUT is never repeated blindly")
		})
	}
}

func TestAPlaceholderWhoseAnswerIsLostIsFoundAgain(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	seeder := actor.Seeder{Registry: s.client, Credentials: s.session()}
	s.lose(http.MethodPut)
	g.Expect(seeder.Seed(t.Context(), desired.Package{Name: "p"}, "0.0.1")).To(MatchError(spec.ErrDoubtful))
	s.fail(nil)
	g.Expect(s.tags(t, "p")).To(HaveKeyWithValue(spec.DistTag("placeholder"), spec.Version("0.0.1")))
	g.Expect(seeder.Seed(t.Context(), desired.Package{Name: "p"}, "0.0.1")).To(MatchError(spec.ErrAlreadyPublished))
}

func TestNamesThatAreNotSimplyVacantAreKnown(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	s.seed(t, "left", "taken")
	g.Expect(s.npm.Unpublish("left")).To(Succeed())
	g.Expect(s.npm.Hold("taken")).To(Succeed())
	snapshot, err := observed.Observer{Registry: s.client, Concurrency: 2}.Observe(t.Context(), []observed.Query{
		{Name: "left", Version: "1.0.0"}, {Name: "taken", Version: "1.0.0"}, {Name: "never", Version: "1.0.0"},
	})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(snapshot["left"].Existence).To(Equal(observed.Unpublished))
	g.Expect(snapshot["left"].UnpublishedAt).To(BeTemporally("==", s.clock.Now()))
	g.Expect(snapshot["taken"].Existence).To(Equal(observed.Withdrawn))
	g.Expect(snapshot["never"].Existence).To(Equal(observed.Missing))
}
