package main

import (
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
	"github.com/spf13/cobra/doc"
)

var update = flag.Bool("update", false, "write docs/reference anew")

// go test ./cmd/facets-reconcile -run TestReference -update
func TestReferenceHoldsAPageForEachCommand(t *testing.T) {
	const reference = "../../docs/reference"
	g := NewWithT(t)
	fresh := t.TempDir()
	if *update {
		g.Expect(os.RemoveAll(reference)).To(Succeed())
		g.Expect(os.MkdirAll(reference, 0o755)).To(Succeed())
		fresh = reference
	}
	g.Expect(doc.GenMarkdownTree(documented(newRoot(streams{out: io.Discard, err: io.Discard})), fresh)).To(Succeed())
	want, have := pages(t, fresh), pages(t, reference)
	g.Expect(len(want)).To(BeNumerically(">", 10))
	for page, text := range want {
		g.Expect(have[page]).To(Equal(text), "docs/reference/%s is not what the program says now: run "+
			"go test ./cmd/facets-reconcile -run TestReference -update", page)
	}
	g.Expect(have).To(HaveLen(len(want)), "docs/reference holds pages of commands that are no more")
}

func TestManPagesForEachCommand(t *testing.T) {
	g := NewWithT(t)
	dir := filepath.Join(t.TempDir(), "man", "man1")
	t.Setenv("SOURCE_DATE_EPOCH", "0")
	g.Expect(run(t.Context(), []string{"man", dir}, streams{out: io.Discard, err: io.Discard})).To(Equal(0))
	written := pages(t, dir)
	g.Expect(written).To(And(HaveKey("facets-reconcile.1"), HaveKey("facets-reconcile-sandbox-tag.1"), HaveKey("facets-reconcile-init.1")))
	g.Expect(written["facets-reconcile-apply.1"]).To(And(ContainSubstring("1970"), ContainSubstring("--dist-tag")))
}

// pages reads the files of a folder by name.
func pages(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	found := map[string]string{}
	for _, entry := range entries {
		data, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
		found[entry.Name()] = string(data)
	}
	return found
}
