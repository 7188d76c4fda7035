package initial_test

import (
	"cmp"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/initial"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// git is a repository that has been looked into.
type git struct {
	origin spec.Repository
	tags   []string
	hosted string
}

func (g git) OnGitHub(context.Context) string     { return g.origin.GitHub() }
func (g git) Hosted(context.Context) string       { return g.hosted }
func (g git) NewestTags(context.Context) []string { return g.tags }

type fields = map[string]any

// tree writes package.json files, by folder, and returns the folder that holds them.
func tree(t *testing.T, manifests map[string]fields) string {
	t.Helper()
	root := t.TempDir()
	for folder, manifest := range manifests {
		data, err := json.Marshal(manifest)
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
		write(t, filepath.Join(root, folder, "package.json"), string(data))
	}
	return root
}

func write(t *testing.T, path, content string) {
	t.Helper()
	NewWithT(t).Expect(os.MkdirAll(filepath.Dir(path), 0o700)).To(Succeed())
	NewWithT(t).Expect(os.WriteFile(path, []byte(content), 0o600)).To(Succeed())
}

// parsed writes a draft out and reads it again.
func parsed(t *testing.T, draft initial.Draft) *desired.State {
	t.Helper()
	data, err := draft.YAML()
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	state, err := desired.Parse(data, "draft")
	NewWithT(t).Expect(err).NotTo(HaveOccurred(), string(data))
	return state
}

// packages returns a state's packages by name, without what the groups are called.
func packages(state *desired.State) []desired.Package {
	all := state.Packages()
	for i := range all {
		all[i].Group = ""
	}
	slices.SortFunc(all, func(a, b desired.Package) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

func TestAWorkspaceInLockstep(t *testing.T) {
	for name, c := range map[string]struct {
		version, tag, library string
		tags                  []string
	}{
		"one version, tags without names": {"1.2.0", "v{version}", "v{version}", []string{"v1.2.0"}},
		"other versions":                  {"0.3.0", "v{version}", "{package}@{version}", []string{"v1.2.0"}},
		"tags that name packages":         {"1.2.0", "v{version}", "{package}@{version}", []string{"v1.2.0", "@t/a@1.2.0"}},
		"no tags":                         {"1.2.0", "t@{version}", "{package}@{version}", nil},
	} {
		root := tree(t, map[string]fields{
			".":          {"name": "t-root", "private": true, "workspaces": []string{"packages/*"}},
			"packages/t": {"name": "t", "version": "1.2.0", "optionalDependencies": fields{"@t/t-linux-x64": "1.2.0"}},
			"packages/a": {"name": "@t/a", "version": c.version}, "packages/b": {"name": "@t/b", "version": c.version},
		})
		draft, err := initial.FromWorkspace(t.Context(), root, git{origin: "https://github.com/t/t", tags: c.tags})
		g := NewWithT(t)
		g.Expect(err).NotTo(HaveOccurred())
		groups := parsed(t, draft).Spec.Groups
		g.Expect([]string{groups[0].Tag, groups[1].Tag}).To(Equal([]string{c.tag, c.library}), name)
	}
}

func TestNoFileIsNamedThatIsNotWritten(t *testing.T) {
	draft, err := initial.FromWorkspace(t.Context(), tree(t, map[string]fields{".": {"name": "t", "version": "1.0.0"}}), git{})
	g := NewWithT(t)
	g.Expect(err).NotTo(HaveOccurred())
	draft.State.Spec.Registry = "no registry"
	_, err = draft.YAML()
	g.Expect(err).To(MatchError(And(ContainSubstring("spec.registry"), Not(ContainSubstring(desired.DefaultFile)))))
}

// agentFacets is the layout of agent-facets' workspace, made from its state file: members by folder. Its libraries depend
// on each other, so that only a package manager can pack them.
func agentFacets(state *desired.State) map[string]fields {
	manifests := map[string]fields{
		".":                {"name": "facets", "private": true, "workspaces": []string{"packages/*", "packages/adapters/*"}},
		"packages/landing": {"name": "@agent-facets/landing", "private": true},
		"packages/engine":  {"name": "@agent-facets/engine", "version": "0.3.0", "private": true},
	}
	for _, p := range state.Packages() {
		if p.Role == desired.RoleLibrary {
			manifests[filepath.Dir(p.Artifact)] = fields{"name": p.Name, "version": "0.1.0",
				"devDependencies": fields{"@agent-facets/engine": "workspace:*"}}
		}
	}
	return manifests
}

func TestAgentFacetsWorkspace(t *testing.T) {
	written, err := desired.Load("../../desired-state.yaml")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	repository := git{origin: "git@github.com:agent-facets/facets.git", tags: []string{"nightly", "@agent-facets/core@1.2.0", "agent-facets@1.0.0"}}

	t.Run("built: its entry and platforms are told by what the build has left", func(t *testing.T) {
		g := NewWithT(t)
		manifests := agentFacets(written)
		manifests["packages/cli"] = fields{"name": "@agent-facets/cli", "private": true}
		for _, p := range written.Packages() {
			switch p.Role {
			case desired.RoleEntry:
				manifests[p.Artifact] = fields{"name": p.Name}
			case desired.RolePlatform:
				manifests[p.Artifact] = fields{"name": p.Name, "os": p.Platform.OS, "cpu": p.Platform.CPU}
			}
		}
		draft, err := initial.FromWorkspace(t.Context(), tree(t, manifests), repository)
		g.Expect(err).NotTo(HaveOccurred())
		state := parsed(t, draft)
		g.Expect(packages(state)).To(Equal(packages(written)))
		g.Expect(state.Metadata).To(Equal(written.Metadata))
		g.Expect(state.Spec.Source).To(Equal(written.Spec.Source))
		for i, group := range written.Spec.Groups {
			g.Expect(state.Spec.Groups[i].Tag).To(Equal(group.Tag))
		}
		g.Expect(draft.Notes).To(ConsistOf(And(
			ContainSubstring("private"), ContainSubstring("@agent-facets/landing"), ContainSubstring("@agent-facets/engine"))))
	})

	t.Run("not built: they are told by the optional dependencies", func(t *testing.T) {
		g := NewWithT(t)
		manifests, optional := agentFacets(written), fields{"fsevents": "^2"}
		for _, p := range written.Packages() {
			if p.Role == desired.RolePlatform {
				optional[p.Name.String()] = "1.0.0"
			}
		}
		manifests["packages/cli"] = fields{"name": "agent-facets", "optionalDependencies": optional}
		draft, err := initial.FromWorkspace(t.Context(), tree(t, manifests), git{origin: repository.origin})
		g.Expect(err).NotTo(HaveOccurred())
		for i, group := range written.Spec.Groups { // the usual forms are also the ones to begin with
			g.Expect(draft.State.Spec.Groups[i].Tag).To(Equal(group.Tag))
		}
		found, wanted := packages(parsed(t, draft)), packages(written)
		g.Expect(found).To(HaveLen(len(wanted)))
		for i := range wanted {
			if wanted[i].Role == desired.RolePlatform {
				wanted[i].Artifact = "" // nobody knows where it will be
			}
		}
		wanted[slices.IndexFunc(wanted, func(p desired.Package) bool { return p.Role == desired.RoleEntry })].Artifact = "packages/cli"
		g.Expect(found).To(Equal(wanted))
		g.Expect(draft.Notes).To(ContainElement(ContainSubstring("@agent-facets/cli-{target} is not filled in")))
	})
}

func TestProjectsOfOtherKinds(t *testing.T) {
	native := fields{"os": []string{"linux"}, "cpu": []string{"x64"}, "libc": []string{"glibc"}}
	for name, test := range map[string]struct {
		manifests map[string]fields
		git       git
		want      []string // the file from spec.groups on
		notes     []string
	}{
		"one library": {
			manifests: map[string]fields{".": {"name": "@tool/lib", "repository": "github:tool/lib"}},
			want: []string{
				`    - name: libraries`, `      tag: v{version}`, `      distTag: latest`, `      packages:`,
				`        - package: "@tool/lib"`, `          artifact: .`,
			},
			notes: []string{"is a guess: v{version}"},
		},
		"an entry at the root, with its platforms below": {
			manifests: map[string]fields{
				".":                 {"name": "tool", "private": false, "scripts": fields{"prepublishOnly": "build"}},
				"npm/linux-x64-gnu": {"name": "tool-linux-x64-gnu", "os": native["os"], "cpu": native["cpu"], "libc": native["libc"]},
				"npm/darwin-64":     {"name": "tool-darwin-64", "os": "darwin", "cpu": "x64"},
				"npm/linux-riscv64": {"name": "tool-linux-riscv64", "os": "linux", "cpu": "riscv64"},
				"node_modules/a":    {"name": "other-linux-x64", "os": "linux"},
				"node_modules/b":    {"name": "other-linux-arm64", "os": "linux"},
				"node_modules/c":    {"name": "other-darwin-x64", "os": "darwin"},
				"node_modules/d":    {"name": "other-darwin-arm64", "os": "darwin"},
			},
			git: git{origin: "https://github.com/tool/tool", tags: []string{"tool-2.0.0", "v1.0.0"}},
			want: []string{
				`    - name: tool`, `      tag: tool-{version}`, `      distTag: latest`, `      entry:`, `        package: tool`,
				`        artifact: "*-{version}.tgz"`, `      platforms:`, `        package: tool-{target}`, `        artifact: npm/{target}`,
				`        targets: # os and cpu follow from the names where they are not given`,
				`          - {name: darwin-64, cpu: x64}`, `          - linux-riscv64`, `          - {name: linux-x64-gnu, libc: glibc}`,
			},
			notes: []string{"tool would hold its platforms, as npm/{target} lies below its folder and its package.json has no files"},
		},
		"a member with its platforms below, which files keeps out": {
			manifests: map[string]fields{
				".":                      {"name": "t", "private": true, "workspaces": []string{"*"}},
				"cli":                    {"name": "t", "files": []string{"bin"}, "optionalDependencies": fields{"t-linux-x64": "1"}},
				"cli/dist/t-linux-x64":   {"name": "t-linux-x64", "os": "linux", "cpu": "x64"},
				"other":                  {"name": "u", "optionalDependencies": fields{"u-linux-x64": "1"}},
				"other/dist/u-linux-x64": {"name": "u-linux-x64", "os": "linux", "cpu": "x64"},
			},
			git: git{origin: "https://github.com/t/t", tags: []string{"t@1.0.0", "u@1.0.0"}},
			want: []string{
				`    - name: t`, `      tag: t@{version}`, `      distTag: latest`, `      entry:`, `        package: t`, `        artifact: cli`,
				`      platforms:`, `        package: t-{target}`, `        artifact: cli/dist/t-{target}`,
				`        targets: # os and cpu follow from the names where they are not given`, `          - linux-x64`, ``,
				`    # Users install u; npm adds the package of their platform. All are released at one version, u last.`,
				`    - name: u`, `      tag: u@{version}`, `      distTag: latest`, `      entry:`, `        package: u`, `        artifact: other`,
				`      platforms:`, `        package: u-{target}`, `        artifact: other/dist/u-{target}`,
				`        targets: # os and cpu follow from the names where they are not given`, `          - linux-x64`,
			},
			notes: []string{"u would hold its platforms, as other/dist/u-{target} lies below its folder"},
		},
		"an entry that is built, and libraries with tags of their own form": {
			manifests: map[string]fields{
				".":                     {"name": "t", "private": true, "workspaces": fields{"packages": []string{"*"}}},
				"cli":                   {"name": "t", "optionalDependencies": fields{"@t/linux-x64": "1"}},
				"cli/dist/t":            {"name": "t"},
				"cli/dist/@t/linux-x64": {"name": "@t/linux-x64", "os": "linux", "cpu": "x64"},
				"a":                     {"name": "@t/a", "dependencies": fields{"@t/b": "catalog:"}},
				"b":                     {"name": "@t/b", "publishConfig": fields{"access": "public"}},
			},
			git: git{origin: "https://github.com/t/t", tags: []string{"@t/b-v1.0.0", "v1.0.0"}},
			want: []string{
				`    - name: t`, `      tag: v{version}`, `      distTag: latest`, `      entry:`, `        package: t`,
				`        artifact: cli/dist/t`, `      platforms:`, `        package: "@t/{target}"`, `        artifact: cli/dist/@t/{target}`,
				`        targets: # os and cpu follow from the names where they are not given`, `          - linux-x64`, ``,
				`    # Each is released by itself, by a tag of its own.`, `    - name: libraries`, `      tag: "{package}-v{version}"`,
				`      distTag: latest`, `      packages:`, `        - package: "@t/a"`, `          artifact: a/*-{version}.tgz`,
				`        - package: "@t/b"`, `          artifact: b`,
				`      # Public packages of the workspace belong above; those that are missing are reported.`, `      workspace:`, `        root: .`,
			},
		},
		"two entries and what nobody could publish": {
			manifests: map[string]fields{
				".":          {"name": "Tools", "workspaces": []string{"packages/*"}},
				"packages/a": {"name": "@t/a", "optionalDependencies": fields{"@t/a-linux-x64": "1", "@t/a-universal": "1", "@t/a-win32": "1"}},
				"packages/b": {"name": "@t/b", "optionalDependencies": fields{"@t/b-linux-x64": "1"}},
				"packages/C": {"name": "C"},
				"packages/d": {},
			},
			git: git{origin: "https://github.com/t/t", tags: []string{"v1.0.0"}},
			want: []string{
				`    - name: a`, `      tag: "@t/a@{version}"`, `      distTag: latest`, `      entry:`, `        package: "@t/a"`,
				`        artifact: packages/a`, `      platforms:`, `        package: "@t/a-{target}"`,
				`        # artifact: the same of each platform, with {target} in the path`,
				`        targets: # os and cpu follow from the names where they are not given`, `          - linux-x64`, ``,
				`    # Users install @t/b; npm adds the package of their platform. All are released at one version, @t/b last.`,
				`    - name: b`, `      tag: "@t/b@{version}"`, `      distTag: latest`, `      entry:`, `        package: "@t/b"`,
				`        artifact: packages/b`, `      platforms:`, `        package: "@t/b-{target}"`,
				`        # artifact: the same of each platform, with {target} in the path`,
				`        targets: # os and cpu follow from the names where they are not given`, `          - linux-x64`,
			},
			notes: []string{"@t/a-win32 is left out", "no names for npm: C, packages/d", "@t/a is a guess", "@t/b is a guess", "@t/a-{target}", "@t/b-{target}"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			draft, err := initial.FromWorkspace(t.Context(), tree(t, test.manifests), test.git)
			g.Expect(err).NotTo(HaveOccurred())
			data, err := draft.YAML()
			g.Expect(err).NotTo(HaveOccurred())
			_, groups, _ := cut(string(data), "  groups:\n")
			_, groups, _ = cut(groups, "\n") // the first group's comment
			g.Expect(lines(groups)).To(Equal(test.want), string(data))
			g.Expect(draft.Notes).To(HaveLen(len(test.notes)), "%q", draft.Notes)
			for _, note := range test.notes {
				g.Expect(draft.Notes).To(ContainElement(ContainSubstring(note)))
			}
		})
	}
}

func TestNothingToWriteAbout(t *testing.T) {
	g := NewWithT(t)
	_, err := initial.FromWorkspace(t.Context(), t.TempDir(), git{})
	g.Expect(err).To(MatchError(And(ContainSubstring("package.json"), ContainSubstring("--from"))))

	_, err = initial.FromWorkspace(t.Context(), tree(t, map[string]fields{".": {"name": "a", "private": true}}), git{})
	g.Expect(err).To(MatchError(ContainSubstring("no public package")))

	root := tree(t, map[string]fields{".": {"workspaces": []string{"*"}}, "a": {"name": "a"}})
	write(t, filepath.Join(root, "b", "package.json"), `{"name": `)
	draft, err := initial.FromWorkspace(t.Context(), root, git{})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(draft.Notes).To(ContainElement(And(HavePrefix("not read: "), ContainSubstring("b/package.json"))))
	g.Expect(draft.Notes).To(ContainElement(ContainSubstring("spec.source")))
	g.Expect(parsed(t, draft).Spec.Source).To(BeNil())

	write(t, filepath.Join(root, "package.json"), `{`)
	_, err = initial.FromWorkspace(t.Context(), root, git{})
	g.Expect(err).To(MatchError(ContainSubstring("package.json")))
}

func TestPrivateIsWhatNPMTakesForIt(t *testing.T) {
	g := NewWithT(t)
	members := map[string]fields{
		".":    {"name": "t", "private": 1, "workspaces": []string{"*"}},
		"zero": {"name": "zero", "private": 0}, "empty": {"name": "empty", "private": ""}, "case": {"name": "case", "Private": true},
		"one": {"name": "one", "private": 1}, "text": {"name": "text", "private": "false"}, "object": {"name": "object", "private": fields{}},
	}
	draft, err := initial.FromWorkspace(t.Context(), tree(t, members), git{})
	g.Expect(err).NotTo(HaveOccurred())
	var names []string
	for _, p := range packages(parsed(t, draft)) {
		names = append(names, p.Name.String())
	}
	g.Expect(names).To(ConsistOf("zero", "empty", "case"))
}
