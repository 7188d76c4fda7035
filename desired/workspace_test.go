package desired_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/agent-facets/facets-reconcile/desired"
	. "github.com/onsi/gomega"
)

func TestUndeclaredPackages(t *testing.T) {
	for name, test := range map[string]struct {
		root string
		want []desired.Undeclared
	}{
		"npm, a list": {"testdata/workspace/npm", []desired.Undeclared{
			{Group: "libraries", Name: "@agent-facets/adapter-zed", Path: "packages/adapters/zed"},
			{Group: "libraries", Name: "@agent-facets/new", Path: "packages/new"},
		}},
		"Bun, an object": {"testdata/workspace/bun", []desired.Undeclared{{Group: "libraries", Name: "@agent-facets/deep", Path: "tools/a/b"}}},
		"pnpm":           {"testdata/workspace/pnpm", []desired.Undeclared{{Group: "libraries", Name: "@agent-facets/outer", Path: "packages/outer"}}},
		"no workspaces":  {"testdata/workspace/none", nil},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			found, err := load(t, "../desired-state.yaml").Undeclared(test.root)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(found).To(Equal(test.want))
		})
	}
}

// What is private is what npm takes for it, here as in artifacts and in init.
func TestUndeclaredPrivate(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	write := func(folder, text string) {
		g.Expect(os.MkdirAll(filepath.Join(dir, folder), 0o750)).To(Succeed())
		g.Expect(os.WriteFile(filepath.Join(dir, folder, "package.json"), []byte(text), 0o600)).To(Succeed())
	}
	write(".", "\ufeff"+`{"workspaces": ["packages/*"]}`)
	public := []string{`0`, `0.0`, `""`, `null`, `false`}
	for i, value := range append(public, `1`, `"x"`, `"false"`, `true`, `{}`, `[]`) {
		write(fmt.Sprintf("packages/%d", i), fmt.Sprintf(`{"name": "@agent-facets/x%d", "private": %s}`, i, value))
	}
	write("packages/bom", "\ufeff"+`{"name": "@agent-facets/bom"}`)
	write("packages/case", `{"name": "@agent-facets/case", "Private": true, "PRIVATE": true}`)
	found, err := load(t, "../desired-state.yaml").Undeclared(dir)
	g.Expect(err).NotTo(HaveOccurred())
	var names []string
	for _, u := range found {
		names = append(names, u.Name.String())
	}
	want := []string{"@agent-facets/bom", "@agent-facets/case"}
	for i := range public {
		want = append(want, fmt.Sprintf("@agent-facets/x%d", i))
	}
	g.Expect(names).To(ConsistOf(want))
}

func TestUndeclaredAwayFromTheProject(t *testing.T) {
	g := NewWithT(t)
	found, err := load(t, "../desired-state.yaml").Undeclared(t.TempDir())
	g.Expect(err).To(MatchError(desired.ErrNoWorkspace))
	g.Expect(found).To(BeEmpty())

	found, err = load(t, "testdata/esbuild.yaml").Undeclared(t.TempDir()) // names no workspace
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(found).To(BeEmpty())
}

func TestUndeclaredReportsWhatItCannotRead(t *testing.T) {
	g := NewWithT(t)
	root := t.TempDir()
	write := func(name, content string) {
		path := filepath.Join(root, name)
		g.Expect(os.MkdirAll(filepath.Dir(path), 0o700)).To(Succeed())
		g.Expect(os.WriteFile(path, []byte(content), 0o600)).To(Succeed())
	}
	write("package.json", `{"workspaces": ["packages/*", "../elsewhere", "tools/["]}`)
	write("packages/broken/package.json", `{"name": `)
	write("packages/folder/package.json/file", "")
	write("packages/good/package.json", `{"name": "@agent-facets/good"}`)

	state := load(t, "../desired-state.yaml")
	found, err := state.Undeclared(root)
	g.Expect(found).To(Equal([]desired.Undeclared{{Group: "libraries", Name: "@agent-facets/good", Path: "packages/good"}}))
	for _, part := range []string{"packages/broken/package.json", "packages/folder/package.json", `"../elsewhere"`, `"tools/["`} {
		g.Expect(err).To(MatchError(ContainSubstring(part)))
	}
	g.Expect(errors.Is(err, desired.ErrNoWorkspace)).To(BeFalse())

	write("package.json", `{"workspaces": ["**"]}`)
	write("packages/good/node_modules/installed/package.json", `{"name": "@agent-facets/installed"}`)
	found, _ = state.Undeclared(root)
	g.Expect(found).To(HaveLen(1))

	write("package.json", `{"workspaces": 3}`)
	_, err = state.Undeclared(root)
	g.Expect(err).To(MatchError(ContainSubstring("neither a list of patterns nor an object")))
}
