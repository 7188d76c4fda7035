package checkout_test

import (
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/checkout"
)

func TestPathsAsPagesOfTheRepositoryKnowThem(t *testing.T) {
	g := NewWithT(t)
	root := t.TempDir()
	g.Expect(os.MkdirAll(filepath.Join(root, "repo", "release"), 0o750)).To(Succeed())
	t.Chdir(filepath.Join(root, "repo", "release"))
	g.Expect(checkout.Relative("state.yaml")).To(Equal("state.yaml"), "no checkout: from here")
	g.Expect(checkout.Relative("../state.yaml")).To(Equal("../state.yaml"), "no checkout, and outside")

	g.Expect(os.WriteFile(filepath.Join(root, "repo", ".git"), []byte("gitdir: elsewhere\n"), 0o600)).To(Succeed())
	for path, want := range map[string]string{
		"state.yaml": "release/state.yaml", "./state.yaml": "release/state.yaml", "../state.yaml": "state.yaml",
		filepath.Join(root, "repo", "a", "b.yaml"): "a/b.yaml", "../../elsewhere.yaml": "../../elsewhere.yaml",
	} {
		g.Expect(checkout.Relative(path)).To(Equal(want), path)
	}
}
