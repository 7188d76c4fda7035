package desired_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	. "github.com/onsi/gomega"
)

// repository is a TagLister that notes what it was asked. Names in annotated have a commit only when asked for it.
type repository struct {
	tags      []string
	annotated []string
	failure   error

	mu    sync.Mutex
	asked []string
}

func (r *repository) note(question string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = append(r.asked, question)
}

func (r *repository) Tags(_ context.Context, prefix string) ([]desired.Tag, error) {
	r.note("tags " + prefix)
	var tags []desired.Tag
	for _, name := range r.tags {
		if strings.HasPrefix(name, prefix) {
			tag := desired.Tag{Name: name, Commit: "commit of " + name}
			if slices.Contains(r.annotated, name) {
				tag.Commit = ""
			}
			tags = append(tags, tag)
		}
	}
	return tags, r.failure
}

func (r *repository) Commit(_ context.Context, tag string) (string, error) {
	r.note("commit " + tag)
	return "commit behind " + tag, nil
}

func releases(t *testing.T, state *desired.State, selection desired.Selection, tags desired.TagLister) map[string]desired.Release {
	t.Helper()
	list, err := state.Releases(t.Context(), selection, tags)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	byName := map[string]desired.Release{}
	for _, release := range list {
		byName[release.Packages[0].Name.String()] = release
	}
	NewWithT(t).Expect(byName).To(HaveLen(len(list)))
	return byName
}

func TestHighestTagsAreTheVersions(t *testing.T) {
	g := NewWithT(t)
	repo := &repository{
		tags: []string{
			"agent-facets@0.9.0", "agent-facets@0.10.0", "agent-facets@1.0.0-rc.1", "agent-facets@latest",
			"agent-facets@v2.0.0", "agent-facets@01.0.0", "agent-facets@3.0.0+build",
			"@agent-facets/adapter@0.2.0", "@agent-facets/adapter-codex@7.0.0",
		},
		annotated: []string{"agent-facets@0.10.0", "agent-facets@0.9.0"},
	}
	got := releases(t, load(t, "../desired-state.yaml"), desired.Selection{}, repo)

	g.Expect(got).To(HaveLen(10))
	cli := got["agent-facets"]
	g.Expect(cli.Version).To(Equal(spec.Version("0.10.0")))
	g.Expect(cli.Tag).To(Equal("agent-facets@0.10.0"))
	g.Expect(cli.Commit).To(Equal("commit behind agent-facets@0.10.0"))
	g.Expect(cli.DistTag).To(Equal(spec.Latest))
	g.Expect(cli.Selected).To(BeTrue())
	g.Expect(cli.Platforms()).To(HaveLen(12))
	entry, ok := cli.Entry()
	g.Expect(ok).To(BeTrue())
	g.Expect(entry.Name).To(Equal(spec.Name("agent-facets")))

	g.Expect(got["@agent-facets/adapter"].Version).To(Equal(spec.Version("0.2.0")))
	g.Expect(got["@agent-facets/adapter"].Commit).To(Equal("commit of @agent-facets/adapter@0.2.0"))
	g.Expect(got["@agent-facets/adapter-codex"].Version).To(Equal(spec.Version("7.0.0")))
	_, ok = got["@agent-facets/core"].Entry()
	g.Expect(ok).To(BeFalse())
	g.Expect(got["@agent-facets/core"].Version).To(BeEmpty())
	g.Expect(got["@agent-facets/core"].PinWithoutTag).To(BeFalse())
	g.Expect(got["@agent-facets/core"].Selected).To(BeTrue())

	g.Expect(repo.asked).To(ConsistOf("tags agent-facets@", "commit agent-facets@0.10.0", "tags @agent-facets/"),
		"one listing a group")
}

func TestAGivenTagNamesItsRelease(t *testing.T) {
	state := load(t, "../desired-state.yaml")
	for name, test := range map[string]struct {
		selection desired.Selection
		pkg       string
		version   spec.Version
		distTag   spec.DistTag
	}{
		"an entry's":   {desired.Selection{Tag: "agent-facets@1.2.3"}, "agent-facets", "1.2.3", "latest"},
		"a library's":  {desired.Selection{Tag: "@agent-facets/adapter@1.0.0"}, "@agent-facets/adapter", "1.0.0", "latest"},
		"a prerelease": {desired.Selection{Tag: "@agent-facets/core@2.0.0-rc.1"}, "@agent-facets/core", "2.0.0-rc.1", "next"},
		"with a dist-tag": {desired.Selection{Tag: "agent-facets@0.8.1", DistTag: "backport"},
			"agent-facets", "0.8.1", "backport"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			repo := &repository{tags: []string{"@agent-facets/brand@9.9.9"}}
			for pkg, release := range releases(t, state, test.selection, repo) {
				if pkg == test.pkg {
					g.Expect(release.Version).To(Equal(test.version))
					g.Expect(release.DistTag).To(Equal(test.distTag))
					g.Expect(release.Tag).NotTo(BeEmpty())
					g.Expect(release.Selected).To(BeTrue())
					continue
				}
				g.Expect(release.Version).To(BeEmpty(), pkg)
				g.Expect(release.DistTag).To(Equal(spec.Latest), pkg)
				g.Expect(release.Selected).To(BeFalse(), pkg)
			}
			g.Expect(repo.asked).To(BeEmpty())
		})
	}
}

func TestOddTagForms(t *testing.T) {
	g := NewWithT(t)
	esbuild := load(t, "testdata/esbuild.yaml")
	repo := &repository{tags: []string{"v0.25.0", "v0.24.9", "v1", "vnext"}}
	g.Expect(releases(t, esbuild, desired.Selection{}, repo)["esbuild"].Version).To(Equal(spec.Version("0.25.0")))
	g.Expect(releases(t, esbuild, desired.Selection{Tag: "v0.25.1"}, nil)["esbuild"].Version).To(Equal(spec.Version("0.25.1")))

	state := parse(t, `  source: {github: o/r}
  groups:
  - {name: both, tag: "release/{version}-final", packages: [{package: tool}], prereleases: true, prereleaseDistTag: beta}
  - {name: bare, tag: "{version}", packages: [{package: bare}]}
`)
	repo = &repository{tags: []string{"release/1.0.0-final", "release/1.1.0-rc.1-final", "release/1.2.0", "release/-final", "4.5.6"}}
	got := releases(t, state, desired.Selection{}, repo)
	g.Expect(got["tool"].Version).To(Equal(spec.Version("1.1.0-rc.1")))
	g.Expect(got["tool"].DistTag).To(Equal(spec.DistTag("beta")))
	g.Expect(got["tool"].TagForm).To(Equal("release/{version}-final"))
	g.Expect(got["bare"].Version).To(Equal(spec.Version("4.5.6")))
}

func TestPinnedVersions(t *testing.T) {
	g := NewWithT(t)
	state := parse(t, `  source: {github: o/r}
  groups:
  - name: cli
    tag: v{version}
    version: 1.0.0
    entry: {package: tool}
    platforms: {package: "@tool/{target}", targets: [linux-x64]}
  - name: libraries
    tag: "{package}@{version}"
    packages: [{package: "@tool/core", version: 2.0.0-rc.1}, {package: "@tool/brand"}]
`)
	repo := &repository{tags: []string{"v1.0.0", "v1.1.0", "@tool/core@2.0.0", "@tool/brand@0.1.0"}, annotated: []string{"v1.0.0"}}

	got := releases(t, state, desired.Selection{}, repo)
	g.Expect(got["tool"].Version).To(Equal(spec.Version("1.0.0")))
	g.Expect(got["tool"].Commit).To(Equal("commit behind v1.0.0"))
	g.Expect(got["tool"].PinWithoutTag).To(BeFalse())
	g.Expect(got["@tool/core"].Version).To(Equal(spec.Version("2.0.0-rc.1")))
	g.Expect(got["@tool/core"].DistTag).To(Equal(spec.DistTag("next")))
	g.Expect(got["@tool/core"].PinWithoutTag).To(BeTrue())
	g.Expect(got["@tool/core"].Tag).To(Equal("@tool/core@2.0.0-rc.1"), "the tag to push")
	g.Expect(got["@tool/core"].Commit).To(BeEmpty())
	g.Expect(got["@tool/brand"].PinWithoutTag).To(BeFalse())

	got = releases(t, state, desired.Selection{Tag: "@tool/brand@0.2.0"}, repo)
	g.Expect(got["tool"].Version).To(Equal(spec.Version("1.0.0")))
	g.Expect(got["tool"].Selected).To(BeFalse())
	g.Expect(got["tool"].PinWithoutTag).To(BeFalse())
	g.Expect(got["@tool/brand"].Version).To(Equal(spec.Version("0.2.0")))
	g.Expect(releases(t, state, desired.Selection{Tag: "v1.1.0"}, repo)["tool"].Version).To(Equal(spec.Version("1.1.0")))

	got = releases(t, state, desired.Selection{}, nil)
	g.Expect(got["tool"].Version).To(Equal(spec.Version("1.0.0")))
	g.Expect(got["@tool/core"].PinWithoutTag).To(BeFalse())
	g.Expect(got["@tool/brand"].Version).To(BeEmpty())

	state.Spec.Source = nil
	asked := len(repo.asked)
	g.Expect(releases(t, state, desired.Selection{}, repo)["@tool/brand"].Version).To(BeEmpty())
	g.Expect(repo.asked).To(HaveLen(asked))
}

func TestAFailureOfTheRepositoryIsReportedOnce(t *testing.T) {
	g := NewWithT(t)
	limited := errors.New("rate limit")
	_, err := load(t, "../desired-state.yaml").Releases(t.Context(), desired.Selection{}, &repository{failure: limited})
	g.Expect(err).To(MatchError(limited))
	g.Expect(strings.Count(err.Error(), "rate limit")).To(Equal(1))
}

func TestTagsThatNameNoRelease(t *testing.T) {
	state := load(t, "../desired-state.yaml")
	for tag, detail := range map[string]string{
		"v1.0.0":                     "names no release of the state file; its tags have the forms",
		"agent-facets@1.x":           `"1.x" is not a version`,
		"agent-facets@1.0.0+b":       "build metadata",
		"@agent-facets/new@1.0.0":    "@agent-facets/new (packages/new) is not declared in the state file",
		"@agent-facets/absent@1.0.0": "its tags have the forms",
	} {
		t.Run(tag, func(t *testing.T) {
			g := NewWithT(t)
			_, err := state.Releases(t.Context(), desired.Selection{Tag: tag, Root: "testdata/workspace/npm"}, &repository{})
			var unknown *desired.TagError
			g.Expect(errors.As(err, &unknown)).To(BeTrue())
			g.Expect(unknown.Tag).To(Equal(tag))
			g.Expect(unknown.Forms).To(HaveLen(10))
			g.Expect(unknown.Forms[:2]).To(Equal([]string{"agent-facets@{version}", "@agent-facets/adapter@{version}"}))
			g.Expect(err).To(MatchError(ContainSubstring(detail)))
		})
	}
}

func TestATagOfAPrivatePackage(t *testing.T) {
	g := NewWithT(t)
	state := load(t, "../desired-state.yaml")
	for tag, root := range map[string]string{
		"@agent-facets/engine@1.0.0": "testdata/workspace/npm",
		"landing@0.1.0":              "testdata/workspace/npm",
		"@agent-facets/inner@1.0.0":  "testdata/workspace/pnpm",
	} {
		_, err := state.Releases(t.Context(), desired.Selection{Tag: tag, Root: root}, nil)
		var private *desired.PrivatePackageError
		g.Expect(errors.As(err, &private)).To(BeTrue(), "%s: %v", tag, err)
		g.Expect(private.Package.String() + "@").To(Equal(tag[:strings.LastIndex(tag, "@")+1]))
		g.Expect(err).To(MatchError(ContainSubstring("nothing to publish")))

		_, err = state.Releases(t.Context(), desired.Selection{Tag: tag}, nil) // no folder to look in
		g.Expect(errors.As(err, &private)).To(BeFalse())
		_, err = state.Releases(t.Context(), desired.Selection{Tag: tag + ".x", Root: root}, nil) // no version
		g.Expect(errors.As(err, &private)).To(BeFalse())
	}
}

func TestPlatformNames(t *testing.T) {
	g := NewWithT(t)
	got := releases(t, load(t, "../desired-state.yaml"), desired.Selection{}, nil)
	cli := got["agent-facets"]
	g.Expect(cli.PlatformName("@agent-facets/cli-linux-x64")).To(BeTrue())
	g.Expect(cli.PlatformName("@agent-facets/cli-freebsd-x64")).To(BeTrue())
	for _, name := range []string{"cli-mac", "cli-x86_64-apple", "cli-linuxmusl-x64", "cli-musl", "cli-linux_x64"} {
		g.Expect(cli.PlatformName("@agent-facets/"+name)).To(BeTrue(), name)
	}
	for _, name := range []string{"cli-", "cli-runtime-linux-x64", "cli-utils", "cli-machine", "cli-_"} { // families of their own
		g.Expect(cli.PlatformName("@agent-facets/"+name)).To(BeFalse(), name)
	}
	g.Expect(cli.PlatformName("@agent-facets/core")).To(BeFalse())
	version := cli.Version.String()
	for wanted, is := range map[string]bool{"cli-linux-x64 ^0.1": true, "cli-freebsd-x64 ^0.1": true, "cli-wasm " + version: true, "cli-wasm ^0.1": false} {
		name, wanted, _ := strings.Cut(wanted, " ")
		g.Expect(cli.ListsPlatform("@agent-facets/"+name, wanted)).To(Equal(is), "%s %s", name, wanted)
	}
	g.Expect(got["@agent-facets/core"].PlatformName("@agent-facets/core")).To(BeFalse())
}

func TestEarlierTagsAreRemembered(t *testing.T) {
	g := NewWithT(t)
	repo := &repository{tags: []string{
		"agent-facets@0.9.0", "agent-facets@0.10.0", "agent-facets@0.8.0", "agent-facets@0.11.0", "agent-facets@0.11.0-rc.1",
		"agent-facets@nightly", "@agent-facets/core@1.0.0",
	}}
	state := load(t, "../desired-state.yaml")
	got := releases(t, state, desired.Selection{Earlier: 2}, repo)
	g.Expect(got["agent-facets"].Earlier).To(Equal([]desired.Earlier{
		{Tag: "agent-facets@0.10.0", Version: "0.10.0"}, {Tag: "agent-facets@0.9.0", Version: "0.9.0"},
	}))
	g.Expect(got["@agent-facets/core"].Earlier).To(BeEmpty())
	g.Expect(got["@agent-facets/brand"].Earlier).To(BeEmpty())
	g.Expect(repo.asked).To(ContainElement("tags agent-facets@"))
	g.Expect(repo.asked).To(HaveLen(2), "no request more than without")
	g.Expect(releases(t, state, desired.Selection{}, repo)["agent-facets"].Earlier).To(BeEmpty())

	pinned := parse(t, `  source: {github: o/r}
  groups: [{name: l, tag: "v{version}", packages: [{package: l, version: 1.1.0}], prereleases: true}]
`)
	repo = &repository{tags: []string{"v1.2.0", "v1.1.0", "v1.1.0-rc.1", "v1.0.0"}}
	g.Expect(releases(t, pinned, desired.Selection{Earlier: 9}, repo)["l"].Earlier).To(Equal([]desired.Earlier{
		{Tag: "v1.1.0-rc.1", Version: "1.1.0-rc.1"}, {Tag: "v1.0.0", Version: "1.0.0"},
	}))
}
