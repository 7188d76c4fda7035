package checkout_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/checkout"
)

var _ desired.TagLister = checkout.Checkout{}

// repository is a new one with a commit.
func repository(t *testing.T) checkout.Checkout {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed here")
	}
	c := checkout.Checkout{Dir: t.TempDir()}
	git(t, c, "init", "--quiet")
	git(t, c, "commit", "--quiet", "--allow-empty", "-m", "m")
	return c
}

func git(t *testing.T, c checkout.Checkout, arguments ...string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "git", append([]string{"-c", "user.name=n", "-c", "user.email=e@example.test"}, arguments...)...)
	command.Dir = c.Dir
	command.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "HOME="+t.TempDir())
	out, err := command.CombinedOutput()
	NewWithT(t).Expect(err).NotTo(HaveOccurred(), "%s", out)
}

func TestTagsOfEveryKind(t *testing.T) {
	g := NewWithT(t)
	c := repository(t)
	head, err := c.Head(t.Context())
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(head).To(MatchRegexp(`^[0-9a-f]{40,64}$`))
	git(t, c, "tag", "@s/p@1.0.0")
	git(t, c, "tag", "-a", "-m", "m", "@s/p@1.1.0")
	git(t, c, "tag", "-a", "-m", "m", "@s/p@1.2.0", "@s/p@1.1.0")
	git(t, c, "tag", "other@1.0.0")

	sub := filepath.Join(c.Dir, "sub")
	g.Expect(os.Mkdir(sub, 0o750)).To(Succeed())
	for _, c := range []checkout.Checkout{c, {Dir: sub}} {
		tags, err := c.Tags(t.Context(), "@s/p@")
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(tags).To(ConsistOf(desired.Tag{Name: "@s/p@1.0.0", Commit: head}, desired.Tag{Name: "@s/p@1.1.0"}, desired.Tag{Name: "@s/p@1.2.0"}))
		for _, tag := range tags {
			g.Expect(c.Commit(t.Context(), tag.Name)).To(Equal(head), tag.Name)
		}
	}
	g.Expect(c.NewestTags(t.Context())).To(ConsistOf("@s/p@1.0.0", "@s/p@1.1.0", "@s/p@1.2.0", "other@1.0.0"))
	_, err = c.Commit(t.Context(), "@s/p@9.9.9")
	g.Expect(err).To(MatchError(ContainSubstring("@s/p@9.9.9")))
}

func TestWhereThereIsNoRepository(t *testing.T) {
	g := NewWithT(t)
	c := checkout.Checkout{Dir: t.TempDir()}
	t.Setenv("GIT_CEILING_DIRECTORIES", filepath.Dir(c.Dir))
	_, err := c.Head(t.Context())
	g.Expect(err).To(MatchError(checkout.ErrNone))
	_, err = c.Tags(t.Context(), "")
	g.Expect(err).To(MatchError(ContainSubstring("listing the tags of this checkout")))
	g.Expect(c.Origin(t.Context()).Known()).To(BeFalse())
	g.Expect(c.OnGitHub(t.Context())).To(BeEmpty())
	g.Expect(c.NewestTags(t.Context())).To(BeEmpty())
}

func TestOrigins(t *testing.T) {
	for address, want := range map[string]struct {
		name string
		is   bool // o/r on GitHub, or on the one whose API is at api.ghe.example.test
	}{
		"https://github.com/o/r.git":                 {"github.com/o/r", true},
		"https://u:s3cret@github.com/O/R":            {"github.com/O/R", true},
		"git@github.com:o/r.git":                     {"github.com/o/r", true},
		"ssh://git@github.com/o/r":                   {"github.com/o/r", true},
		"https://github.com/fork/r":                  {"github.com/fork/r", false},
		"https://github.com/o/r-fork":                {"github.com/o/r-fork", false},
		"https://ghe.example.test/o/r":               {"ghe.example.test/o/r", true},
		"git@ghe.example.test:o/r.git":               {"ghe.example.test/o/r", true},
		"https://u:s3cret@api.ghe.example.test/o/r":  {"api.ghe.example.test/o/r", true},
		"https://git.example.test/o/r":               {"git.example.test/o/r", false},
		"https://git.example.test:8443/github.com/o": {"git.example.test/github.com/o", false},
		"/srv/s3cret/o/r":                            {"", false},
		"../o/r":                                     {"", false},
	} {
		t.Run(address, func(t *testing.T) {
			g := NewWithT(t)
			c := repository(t)
			git(t, c, "remote", "add", "origin", address)
			origin := c.Origin(t.Context())
			g.Expect(origin.Known()).To(BeTrue())
			g.Expect(c.OnGitHub(t.Context()) != "").To(Equal(strings.HasPrefix(want.name, "github.com/")))
			g.Expect(origin.Name()).To(Equal(want.name))
			g.Expect(origin.Is("o/r", "api.ghe.example.test")).To(Equal(want.is))
			g.Expect(origin.Is("o/r", "")).To(Equal(want.is && want.name != "" && (want.name[:10] == "github.com")))
		})
	}
}
