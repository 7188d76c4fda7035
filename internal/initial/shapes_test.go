package initial_test

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/initial"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// on reads a platform as "linux,android/x64/musl"; "" and "-" are any.
func on(text string) (p spec.Platform) {
	parts := strings.Split(text, "/")
	for i, field := range []*[]string{&p.OS, &p.CPU, &p.Libc} {
		if i < len(parts) && parts[i] != "" && parts[i] != "-" {
			*field = strings.Split(parts[i], ",")
		}
	}
	return p
}

// shape is an entry on the registry. Its dependencies are written as "name@version: where it installs"; "^1.0.0" is a range of which
// the registry has the entry's version, "~0.9.0=0.9.4" one of which it has 0.9.4, "1.0.0=" is not there, and "1.0.0=0.9.0" at another version.
type shape struct {
	name     spec.Name
	version  spec.Version
	optional []string
	hard     []string
	beside   []string // on the registry, and not listed
}

func (s shape) onRegistry() registry {
	entry := spec.Manifest{Name: s.name, Version: s.version, Repository: "https://github.com/tool/tool",
		OptionalDependencies: spec.Dependencies{}, Dependencies: spec.Dependencies{}}
	r := registry{}
	for _, list := range []struct {
		of   []string
		into spec.Dependencies
	}{{s.optional, entry.OptionalDependencies}, {s.hard, entry.Dependencies}, {s.beside, spec.Dependencies{}}} {
		for _, text := range list.of {
			id, where, _ := strings.Cut(text, ": ")
			at := strings.Index(id[1:], "@") + 1
			name, wanted := id[:at], id[at+1:]
			wanted, there, differs := strings.Cut(wanted, "=")
			list.into[name] = wanted
			if !differs {
				there = strings.TrimLeft(wanted, "^~")
			}
			if there == "" {
				continue
			}
			p := on(where)
			r[spec.Name(name)] = spec.Manifest{Name: spec.Name(name), Version: spec.Version(there), OS: p.OS, CPU: p.CPU, Libc: p.Libc}
		}
	}
	r[s.name] = entry
	return r
}

// written writes blocks as "form [version]: target, …", with where a target installs.
func written(blocks desired.Blocks) (texts []string) {
	for _, b := range blocks {
		text := b.Package
		if b.Version != "" {
			text += " " + b.Version.String()
		}
		if b.ListedUnder != "" {
			text += " (" + string(b.ListedUnder) + ")"
		}
		var targets []string
		state := desired.State{Spec: desired.Spec{Groups: []desired.Group{{Name: "g", Entry: &desired.Entry{Package: "e"}, Platforms: desired.Blocks{b}}}}}
		for i, p := range state.Packages()[1:] {
			target := p.Target + " " + p.Platform.String()
			if own := b.Targets[i].ListedUnder; own != "" {
				target += " (" + string(own) + ")"
			}
			targets = append(targets, target)
		}
		texts = append(texts, text+": "+strings.Join(targets, ", "))
	}
	return texts
}

func TestShapesOnTheRegistry(t *testing.T) {
	for name, c := range map[string]struct {
		shape  shape
		blocks []string
		notes  []string
	}{
		"a second family at a version of its own": {
			shape{"image", "1.0.0", []string{
				"@img/image-linux-x64@1.0.0: linux/x64/glibc", "@img/image-linuxmusl-x64@1.0.0: linux/x64/musl", "@img/image-webcontainers-wasm32@1.0.0: -/wasm32",
				"@img/image-libs-linux-x64@7.1.0: linux/x64/glibc", "@img/image-libs-linuxmusl-x64@7.1.0: linux/x64/musl",
			}, nil, nil},
			[]string{
				"@img/image-{target}: linux-x64 linux/x64/glibc, linuxmusl-x64 linux/x64/musl, webcontainers-wasm32 any/wasm32",
				"@img/image-libs-{target} 7.1.0: linux-x64 linux/x64/glibc, linuxmusl-x64 linux/x64/musl",
			}, []string{"and the file pins them: @img/image-libs-{target} (7.1.0)"},
		},
		"names of other forms": {
			shape{"tool", "1.0.0", []string{
				"tool.linux-x64@1.0.0: linux/x64", "tool.mac@1.0.0: darwin", "tool.alpine@1.0.0: linux/x64/musl", "tool.win_arm64@1.0.0: win32/arm64",
			}, nil, nil},
			[]string{"tool.{target}: alpine linux/x64/musl, linux-x64 linux/x64, mac darwin/any, win_arm64 win32/arm64"}, nil,
		},
		"the target first": {
			shape{"tool", "1.0.0", []string{"linux-x64-tool@1.0.0: linux/x64", "darwin-arm64-tool@1.0.0: darwin/arm64"}, nil, nil},
			[]string{"{target}-tool: darwin-arm64 darwin/arm64, linux-x64 linux/x64"}, nil,
		},
		"the target first, in names that do not always tell the machine": {
			shape{"tool", "1.0.0", []string{"unix-arm64-tool@1.0.0: linux,freebsd/arm64", "old-tool@1.0.0: linux/ia32", "other-tool@1.0.0", "linux-x64-tool@0.9.0: linux/x64"}, nil, nil},
			[]string{"{target}-tool: old linux/ia32, unix-arm64 linux,freebsd/arm64", "{target}-tool 0.9.0: linux-x64 linux/x64"}, nil,
		},
		"names that tell nothing": {
			shape{"@t/cli", "1.0.0", []string{"@t/cli-apple@1.0.0: darwin", "@t/cli-penguin@1.0.0: linux/x64,arm64", "@t/cli-docs@1.0.0"}, nil, nil},
			[]string{"@t/cli-{target}: apple darwin/any, penguin linux/x64,arm64"}, []string{"are not taken for platforms: @t/cli-docs"},
		},
		"odd values": {
			shape{"tool", "1.0.0", []string{"tool-linux-ia32@1.0.0: linux/x86,ia32", "tool-unix@1.0.0: linux,freebsd,beos", "tool-linux-x64@1.0.0: !win32/!arm"}, nil, nil},
			[]string{"tool-{target}: linux-ia32 linux/x86,ia32, linux-x64 !win32/!arm, unix linux,freebsd,beos/any"},
			[]string{"no machine has x86: npm's word for it is ia32", "no machine has beos"},
		},
		"a libc outside Linux": {
			shape{"tool", "1.0.0", []string{"tool-linux-x64@1.0.0: linux/x64", "tool-darwin-x64@1.0.0: darwin/x64/glibc"}, nil, nil},
			[]string{"tool-{target}: darwin-x64 darwin/x64, linux-x64 linux/x64"}, []string{"they have a libc and are not for Linux alone"},
		},
		"another publisher's platforms beside its own": {
			shape{"tool", "2.0.0", []string{"tool-linux-x64@2.0.0: linux/x64", "@other/thing-linux-x64@4.1.0: linux/x64", "@other/thing-darwin-x64@4.1.0: darwin/x64"}, nil, nil},
			[]string{"tool-{target}: linux-x64 linux/x64"}, []string{"left out, as they are another package's platforms by their names, versions and repositories: @other/thing-darwin-x64"},
		},
		"ranges": {
			shape{"@t/cli", "1.2.3", []string{"@t/cli-linux-x64@^1.2.3: linux/x64", "@t/cli-darwin-x64@~0.9.0=0.9.4: darwin/x64"}, nil, nil},
			[]string{"@t/cli-{target}: linux-x64 linux/x64", "@t/cli-{target} 0.9.4: darwin-x64 darwin/x64"}, []string{"listed by ranges"},
		},
		"what is missing at this version": {
			shape{"tool", "1.0.0", []string{"tool-linux-x64@1.0.0: linux/x64", "tool-old@1.0.0=0.9.0: linux/arm64/musl", "tool-win32-x64@1.0.0="}, nil, nil},
			[]string{"tool-{target}: linux-x64 linux/x64, old linux/arm64/musl, win32-x64 win32/x64"},
			[]string{"by the newest version there is: tool-old", "by what their names tell: tool-win32-x64"},
		},
		"a prerelease": {
			shape{"tool", "7.0.0-dev.1", []string{"tool-linux-x64@7.0.0-dev.1: linux/x64"}, nil, nil},
			[]string{"tool-{target}: linux-x64 linux/x64"}, []string{"so prereleases get latest"},
		},
		"platforms among the dependencies, and a fallback": {
			shape{"@t/b", "1.0.0", []string{"@t/b-linux-x64@1.0.0: linux/x64", "@t/b-darwin-x64@1.0.0: darwin/x64"}, []string{"@t/b-win32-x64@1.0.0", "is-linux@1.0.0"},
				[]string{"@t/b-wasm32-wasi@1.0.0: -/wasm32"}},
			[]string{"@t/b-{target}: darwin-x64 darwin/x64, linux-x64 linux/x64, win32-x64 any/any (dependencies), wasm32-wasi any/wasm32 (nothing)"},
			[]string{"@t/b-wasm32-wasi is in the file as a fallback"},
		},
		"all among the dependencies": {
			shape{"tool", "1.0.0", nil, []string{"tool-linux-x64@1.0.0: linux/x64", "tool-darwin-x64@1.0.0: darwin/x64", "linux-x64-facts@3.0.0: linux/x64"}, nil},
			[]string{"tool-{target} (dependencies): darwin-x64 darwin/x64, linux-x64 linux/x64"}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			draft, err := initial.FromEntry(t.Context(), c.shape.name, c.shape.onRegistry(), tags{"v" + c.shape.version.String()}.of)
			g.Expect(err).NotTo(HaveOccurred())
			group := parsed(t, draft).Spec.Groups[0]
			g.Expect(written(group.Platforms)).To(Equal(c.blocks))
			for _, note := range c.notes {
				g.Expect(draft.Notes).To(ContainElement(ContainSubstring(note)))
			}
			g.Expect(group.Prereleases).To(Equal(c.shape.version.Prerelease()))
			g.Expect(group.PrereleaseDistTag == spec.Latest).To(Equal(c.shape.version.Prerelease()))
		})
	}
}

func TestShapesThatAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		shape shape
		said  string
	}{
		"another publisher's platforms": {
			shape{"app", "2.0.0", []string{"@other/thing-linux-x64@4.1.0: linux/x64", "fsevents@2.3.3: darwin"}, nil, nil},
			"lists platforms that are another package's, by their names, versions and repositories, and none of its own",
		},
		"aliases": {shape{"app", "2.0.0", []string{"app-linux-x64@npm:other@1.0.0: linux/x64"}, nil, nil}, "lists aliases (npm:) that a state file cannot express"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := initial.FromEntry(t.Context(), c.shape.name, c.shape.onRegistry(), tags{}.of)
			NewWithT(t).Expect(err).To(MatchError(ContainSubstring(c.said)))
		})
	}
}
