package initial_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/initial"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func cut(s, separator string) (string, string, bool) { return strings.Cut(s, separator) }

func lines(text string) []string { return strings.Split(strings.TrimSuffix(text, "\n"), "\n") }

// registry has one version of each package.
type registry map[spec.Name]spec.Manifest

func (r registry) DistTags(_ context.Context, name spec.Name) (map[spec.DistTag]spec.Version, error) {
	if strings.HasSuffix(name.String(), "untagged") {
		return nil, errors.New(name.String() + ": 502")
	}
	if m, ok := r[name]; ok {
		return map[spec.DistTag]spec.Version{"latest": m.Version}, nil
	}
	return nil, spec.ErrNotFound
}

func (r registry) Manifest(_ context.Context, name spec.Name, version spec.Version) (spec.Manifest, error) {
	switch m, ok := r[name]; {
	case strings.HasSuffix(name.String(), "unreadable"):
		return m, errors.New(name.String() + ": 503")
	case !ok || m.Version != version:
		return m, spec.ErrNotFound
	default:
		return m, nil
	}
}

func (r registry) Versions(_ context.Context, name spec.Name) ([]spec.Version, error) {
	if m, ok := r[name]; ok {
		return []spec.Version{m.Version}, nil
	}
	return nil, spec.ErrNotFound
}

// tags are those of a repository on GitHub; nil: it cannot be asked.
type tags []string

func (t tags) of(string) (desired.TagLister, error) {
	if t == nil {
		return nil, errors.New("rate limit")
	}
	return t, nil
}

func (t tags) Tags(_ context.Context, prefix string) (found []desired.Tag, _ error) {
	for _, name := range t {
		if strings.HasPrefix(name, prefix) {
			found = append(found, desired.Tag{Name: name})
		}
	}
	return found, nil
}

func (t tags) Commit(context.Context, string) (string, error) { return "", errors.New("nobody asks") }

// publish puts an entry and its platforms on a new registry.
func publish(name spec.Name, platforms map[spec.Name]spec.Platform) registry {
	entry := spec.Manifest{Name: name, Version: "1.2.3", Repository: "https://github.com/tool/tool",
		OptionalDependencies: map[string]string{}}
	r := registry{}
	for platform, on := range platforms {
		entry.OptionalDependencies[platform.String()] = "1.2.3"
		r[platform] = spec.Manifest{Name: platform, Version: "1.2.3", OS: on.OS, CPU: on.CPU, Libc: on.Libc}
	}
	r[name] = entry
	return r
}

func TestEntryOnTheRegistry(t *testing.T) {
	written, err := desired.Load("../../e2e/testdata/esbuild/desired-state.yaml")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	platforms := map[spec.Name]spec.Platform{}
	for _, p := range written.Packages() {
		if p.Role == desired.RolePlatform {
			platforms[p.Name] = p.Platform
		}
	}
	r := publish("esbuild", platforms)
	draft, err := initial.FromEntry(t.Context(), "esbuild", r, tags{"v1.2.30", "esbuild@1.2.2", "v1.2.3"}.of)
	g := NewWithT(t)
	g.Expect(err).NotTo(HaveOccurred())
	state := parsed(t, draft)
	g.Expect(packages(state)).To(Equal(packages(written)))
	g.Expect(state.Spec.Groups[0].Tag).To(Equal("v{version}"))
	g.Expect(state.Spec.Source.GitHub).To(Equal("tool/tool"))
	g.Expect(draft.Notes).To(ConsistOf(ContainSubstring("artifact is not filled in")))
}

func TestEntryOfOtherKinds(t *testing.T) {
	linux := []string{"linux"}
	r := publish("@tool/cli", map[spec.Name]spec.Platform{
		"@tool/cli-linux-x64-musl":     {OS: linux, CPU: []string{"x64"}, Libc: []string{"musl"}},
		"@tool/cli-linux-64":           {OS: []string{"linux", "android"}, CPU: []string{"x64"}},
		"@tool/cli-darwin-universal":   {OS: []string{"darwin"}},
		"@tool/cli-win32-x64":          {},
		"@tool/cli-sunos-x64":          {OS: []string{"sunos"}, CPU: []string{"x64"}},
		"@tool/cli-freebsd":            {OS: []string{"freebsd"}},
		"@tool/cli-runtime-linux-x64":  {OS: linux, CPU: []string{"x64"}},
		"@tool/cli-runtime-linux-ia32": {OS: linux, CPU: []string{"ia32"}},
		"fsevents":                     {OS: []string{"darwin"}},
	})
	delete(r, "@tool/cli-freebsd")
	delete(r, "@tool/cli-sunos-x64")
	g := NewWithT(t)
	draft, err := initial.FromEntry(t.Context(), "@tool/cli", r, tags{"v1.2.3-rc.1", "cli-v1.2.3"}.of)
	g.Expect(err).NotTo(HaveOccurred())
	state := parsed(t, draft)
	g.Expect(state.Spec.Groups[0].Platforms[0].Package).To(Equal("@tool/cli-{target}"))
	g.Expect(state.Spec.Groups[0].Platforms[0].Targets).To(Equal([]desired.Target{
		{Name: "darwin-universal", OS: spec.List{"darwin"}},
		{Name: "linux-64", OS: spec.List{"linux", "android"}, CPU: spec.List{"x64"}},
		{Name: "linux-x64-musl", Libc: spec.List{"musl"}},
		{Name: "sunos-x64"},
		{Name: "win32-x64", OS: spec.List{}, CPU: spec.List{}},
	}))
	for _, p := range state.Packages() {
		if m, ok := r[p.Name]; ok && p.Role == desired.RolePlatform {
			g.Expect(p.Platform.Equal(m.Platform())).To(BeTrue(), p.Name.String())
		}
	}
	g.Expect(state.Spec.Groups[0].Tag).To(Equal("cli-v{version}"))
	g.Expect(state.Spec.Groups[0].Platforms[1].Package).To(Equal("@tool/cli-runtime-{target}"))
	g.Expect(state.Spec.Groups[0].Platforms[1].Targets).To(HaveLen(2))
	g.Expect(draft.Notes).To(ContainElements(
		"these optional dependencies of @tool/cli are not taken for platforms: fsevents",
		"@tool/cli-freebsd is left out: it is not on the registry, and its cpu cannot be told from the name",
		"not on the registry, so in the file by what their names tell: @tool/cli-sunos-x64"))
}

func TestLibrariesOfAnEntry(t *testing.T) {
	r := publish("@tool/cli", map[spec.Name]spec.Platform{"@tool/cli-linux-x64": {OS: []string{"linux"}, CPU: []string{"x64"}}})
	r["@tool/env"] = spec.Manifest{Name: "@tool/env", Version: "1.2.3", Repository: "git+https://github.com/tool/Tool.git"}
	entry := r["@tool/cli"]
	entry.Dependencies = spec.Dependencies{"@tool/env": "^1.2.3"}
	entry.Publisher = &spec.Publisher{TrustedPublisher: &spec.PublishedWith{ID: "github"}}
	r["@tool/cli"] = entry
	for name, test := range map[string]struct {
		tags        tags
		entry, libs string
	}{
		"by one tag":           {tags{"v1.2.3"}, "v{version}", "v{version}"},
		"by tags of their own": {tags{"@tool/cli@1.2.3", "@tool/env@1.2.3"}, "@tool/cli@{version}", "{package}@{version}"},
		"by the entry's tag":   {tags{"@tool/cli@1.2.3", "@tool/env@1.2.2"}, "@tool/cli@{version}", "@tool/cli@{version}"},
		"by a loose form":      {tags{"release-1.2.3"}, "release-{version}", "release-{version}"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			draft, err := initial.FromEntry(t.Context(), "@tool/cli", r, test.tags.of)
			g.Expect(err).NotTo(HaveOccurred())
			groups := parsed(t, draft).Spec.Groups
			g.Expect(groups).To(HaveLen(2))
			g.Expect(groups[0].Tag).To(Equal(test.entry))
			g.Expect(groups[1].Tag).To(Equal(test.libs))
			g.Expect(groups[1].Packages).To(Equal([]desired.Library{{Package: "@tool/env"}}))
			written, err := draft.YAML()
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(string(written)).To(ContainSubstring("#   github:\n  #     repository: tool/tool\n"))
		})
	}
}

func TestOfSeveralFamiliesOneIsChosen(t *testing.T) {
	platforms := map[spec.Name]spec.Platform{}
	for _, name := range []spec.Name{"d", "c", "b", "a", "g", "f", "e"} {
		platforms[name+"-linux-x64"] = spec.Platform{OS: []string{"linux"}, CPU: []string{"x64"}}
	}
	for range 4 {
		draft, err := initial.FromEntry(t.Context(), "tool", publish("tool", platforms), tags{}.of)
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
		NewWithT(t).Expect(parsed(t, draft).Spec.Groups[0].Platforms[0].Package).To(Equal("a-{target}"))
	}
}

func TestEntryThatIsNone(t *testing.T) {
	one := map[spec.Name]spec.Platform{"a-linux-x64": {}}
	for name, test := range map[string]struct {
		registry registry
		want     string
	}{
		"not there":         {registry{}, "not found"},
		"without platforms": {publish("a", map[spec.Name]spec.Platform{"fsevents": {}, "linux-notes": {}}), "look like its platforms"},
		"dist-tags unread":  {publish("a", map[spec.Name]spec.Platform{"a-linux-x64-untagged": {OS: []string{"linux"}}}), "502"},
		"unreadable":        {publish("a", map[spec.Name]spec.Platform{"a-linux-x64-unreadable": {}, "a-linux-x64": {}}), "503"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := initial.FromEntry(t.Context(), "a", test.registry, tags{}.of)
			NewWithT(t).Expect(err).To(MatchError(ContainSubstring(test.want)))
		})
	}
	for name, test := range map[string]struct {
		tags tags
		note string
	}{
		"GitHub is not to be asked": {nil, "is a guess: v{version}; rate limit"},
		"no tag of the version":     {tags{"v1.2.2"}, "tool/tool has none that says 1.2.3"},
	} {
		t.Run(name, func(t *testing.T) {
			draft, err := initial.FromEntry(t.Context(), "a", publish("a", one), test.tags.of)
			NewWithT(t).Expect(err).NotTo(HaveOccurred())
			NewWithT(t).Expect(draft.Notes).To(ContainElement(ContainSubstring(test.note)))
			NewWithT(t).Expect(parsed(t, draft).Spec.Groups[0].Tag).To(Equal("v{version}"))
		})
	}
}
