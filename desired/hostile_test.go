package desired_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// odd are names that no package may have, each for a reason of its own.
var odd = []string{
	"../../etc/passwd", "@s/../p", "@s%2fp", "@s/..%2fp", "..", ".hidden", "_private", "UPPER", "p\u0430ckage", "p\x00", "p\n- x", "p\x1b[2J",
	"\u202epackage", "p/q/r", "@/p", "@s/", "p p", "node_modules", "p?x=1", "p#x", "-p", strings.Repeat("p", 215), "",
}

func TestOddNamesAreRefusedInAStateFile(t *testing.T) {
	for _, name := range odd {
		quoted, err := json.Marshal(name) // JSON's strings are YAML's
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
		for place, text := range map[string]string{
			"a library":  `{name: g, tag: "{package}@{version}", packages: [{package: ` + string(quoted) + `}]}`,
			"an entry":   `{name: g, tag: "v{version}", entry: {package: ` + string(quoted) + `}, platforms: {package: "c-{target}", targets: [linux-x64]}}`,
			"a platform": `{name: g, tag: "v{version}", entry: {package: e}, platforms: {package: ` + string(quoted) + `, targets: [linux-x64]}}`,
			"a target":   `{name: g, tag: "v{version}", entry: {package: e}, platforms: {package: "c-{target}", targets: [` + string(quoted) + `]}}`,
			"a group":    `{name: ` + string(quoted) + `, tag: "{package}@{version}", packages: [{package: p}]}`,
		} {
			if place == "a group" && strings.Trim(name, "p-") == "" && name != "" {
				continue // npm never gets to see it
			}
			g := NewWithT(t)
			_, err := desired.Parse([]byte("apiVersion: reconcile.agentfacets.io/v1alpha1\nkind: DesiredState\nmetadata: {name: m}\n"+
				"spec: {groups: ["+text+"]}"), "file")
			g.Expect(err).To(HaveOccurred(), "%s %q", place, name)
			shown(t, err)
		}
	}
}

// What the workspace's own files name is only ever reported, never asked of a registry: package report makes it harmless.
func TestOddNamesInAWorkspace(t *testing.T) {
	g := NewWithT(t)
	root := t.TempDir()
	write := func(name, text string) {
		file := filepath.Join(root, name)
		g.Expect(os.MkdirAll(filepath.Dir(file), 0o700)).To(Succeed())
		g.Expect(os.WriteFile(file, []byte(text), 0o600)).To(Succeed())
	}
	write("package.json", `{"workspaces": ["packages/*", "../*", "/etc/*", "packages/\u001b*"]}`)
	for i, name := range odd {
		quoted, err := json.Marshal(name)
		g.Expect(err).NotTo(HaveOccurred())
		write("packages/p"+string(rune('a'+i))+"/package.json", `{"name": `+string(quoted)+`}`)
	}
	state, err := desired.Parse([]byte(oneLibrary), "file")
	g.Expect(err).NotTo(HaveOccurred())
	found, err := state.Undeclared(root)
	shown(t, err)
	for _, p := range found {
		g.Expect(p.Path).To(HavePrefix("packages/p"), "nothing is looked for outside")
	}
	for _, name := range odd {
		_, err := state.Releases(t.Context(), desired.Selection{Tag: name + "@1.0.0", Root: root}, nil)
		g.Expect(err).To(HaveOccurred())
		shown(t, err)
	}
}

const oneLibrary = `apiVersion: reconcile.agentfacets.io/v1alpha1
kind: DesiredState
metadata: {name: m}
spec:
  source: {github: o/r}
  groups:
    - name: cli
      tag: v{version}
      entry: {package: e}
      platforms: {package: "c-{target}", targets: [linux-x64]}
    - name: libraries
      tag: "{package}@{version}"
      prereleases: true
      packages: [{package: "@s/p"}]
      workspace: {root: .}
`

// FuzzTags gives any text as the tag to release, and as a tag of the repository.
func FuzzTags(f *testing.F) {
	for _, seed := range []string{
		"v1.0.0", "@s/p@1.0.0", "@s/p@1.0.0-rc.1", "v01.0.0", "v1.0.0+build", "v1.0", "v1.0.0-", "vv1.0.0", "v 1.0.0", "v1.0.0\n", "V1.0.0",
		"@s/p@", "@s/p@@1.0.0", "@s/q@1.0.0", "@s%2fp@1.0.0", "v1.0.0\x1b[2J", "\u202ev1.0.0", "v\uff11.0.0", "v99999999999999999999.0.0",
		"refs/tags/v1.0.0", "v1.0.0/../v2.0.0", "v" + strings.Repeat("1", 300) + ".0.0", "v1.0.0-" + strings.Repeat("a.", 200) + "a", "\xff",
	} {
		f.Add(seed)
	}
	state, err := desired.Parse([]byte(oneLibrary), "file")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, tag string) {
		if releases, err := state.Releases(t.Context(), desired.Selection{Tag: tag}, nil); err != nil {
			shown(t, err)
		} else if tag != "" {
			named(t, releases, tag)
		}
		releases, err := state.Releases(t.Context(), desired.Selection{}, single(tag))
		if err != nil {
			t.Fatalf("a tag of the repository that is none of ours: %v", err)
		}
		for _, r := range releases {
			if r.Version != "" {
				sound(t, r, tag)
			}
		}
	})
}

// named tells whether one release, and only one, is that of the tag.
func named(t *testing.T, releases []desired.Release, tag string) {
	t.Helper()
	selected := 0
	for _, r := range releases {
		if r.Selected {
			selected++
			sound(t, r, tag)
		}
	}
	if selected != 1 {
		t.Errorf("the tag %q is of %d releases", tag, selected)
	}
}

// sound tells whether a release's version is one, and stands for its tag.
func sound(t *testing.T, r desired.Release, tag string) {
	t.Helper()
	if _, err := spec.ParseVersion(r.Version.String()); err != nil || strings.Replace(r.TagForm, "{version}", r.Version.String(), 1) != tag {
		t.Errorf("the tag %q is taken for the version %q of %s", tag, r.Version, r.TagForm)
	}
}

// shown tells whether an error can be shown at a terminal as it is.
func shown(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	steers := func(r rune) bool { return r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) }
	if text := err.Error(); !utf8.ValidString(text) || strings.ContainsFunc(text, steers) {
		t.Errorf("it would reach the terminal as it is: %q", text)
	}
}

// single is a repository of one tag.
type single string

func (r single) Tags(_ context.Context, prefix string) ([]desired.Tag, error) {
	if !strings.HasPrefix(string(r), prefix) {
		return nil, nil
	}
	return []desired.Tag{{Name: string(r)}}, nil
}

func (single) Commit(context.Context, string) (string, error) {
	return strings.Repeat("1", 40), nil
}
