package page_test

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/tools/bench/page"
)

func TestTableAlignsFigures(t *testing.T) {
	NewWithT(t).Expect(page.Table([]string{"client", "time"}, [][]string{{"a", "1 s"}, {"b", "2 s"}})).To(Equal(
		"| client | time |\n| --- | ---: |\n| a | 1 s |\n| b | 2 s |\n"))
}

func TestProseAroundASectionIsKept(t *testing.T) {
	g := NewWithT(t)
	path := filepath.Join(t.TempDir(), "page.md")
	g.Expect(os.WriteFile(path, []byte("# Title\n\n<!-- bench:a -->\nold\n<!-- /bench:a -->\n\nprose\n"), 0o600)).To(Succeed())
	g.Expect(page.Update(path, "a", "\nnew\n\n")).To(Succeed())
	g.Expect(page.Update(path, "b", "other")).To(Succeed())
	g.Expect(page.Update(path, "b", "another")).To(Succeed())
	document, err := os.ReadFile(path)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(document)).To(Equal("# Title\n\n<!-- bench:a -->\nnew\n<!-- /bench:a -->\n\nprose\n\n" +
		"<!-- bench:b -->\nanother\n<!-- /bench:b -->\n"))
	g.Expect(os.ReadDir(filepath.Dir(path))).To(HaveLen(1))
}

func TestASectionWithoutItsEndIsAnError(t *testing.T) {
	_, err := page.Replace([]byte("<!-- bench:a -->\nprose that must not be lost"), "a", "new")
	NewWithT(t).Expect(err).To(MatchError(ContainSubstring("<!-- /bench:a -->")))
}
