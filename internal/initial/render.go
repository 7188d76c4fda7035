package initial

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/words"
)

// page is a YAML file that is being written, with comments.
type page struct{ out strings.Builder }

// line writes one line; depth counts steps of two spaces.
func (p *page) line(depth int, format string, args ...any) {
	p.out.WriteString(strings.Repeat("  ", depth))
	fmt.Fprintf(&p.out, format, args...)
	p.out.WriteByte('\n')
}

// field writes "name: value", where there is a value.
func (p *page) field(depth int, name, value string) {
	if value != "" {
		p.line(depth, "%s: %s", name, words.Scalar(value))
	}
}

func render(d Draft) []byte {
	state := d.State
	p := &page{}
	p.line(0, "%s", desired.SchemaComment)
	p.line(0, "# What this project wants on npm, as `facets-reconcile init` found it. Versions are not in it: they come from git tags.")
	p.field(0, "apiVersion", state.APIVersion)
	p.field(0, "kind", state.Kind)
	if state.Metadata.Name != "" {
		p.line(0, "metadata:")
		p.field(1, "name", state.Metadata.Name)
	}
	p.line(0, "spec:")
	p.source(state.Spec.Source)
	if state.Spec.Registry != "" {
		p.line(1, "# Where the packages are, unless --registry or npm_config_registry says otherwise.")
		p.field(1, "registry", state.Spec.Registry)
		p.line(0, "")
	}
	p.trustedPublishers(d.publishers, d.blank)
	if state.Spec.Placeholder != nil {
		p.line(1, "# It holds a name before the first release.")
		p.line(1, "placeholder:")
		p.field(2, "version", state.Spec.Placeholder.Version.String())
		p.line(0, "")
	}
	p.line(1, "groups:")
	for i, group := range state.Spec.Groups {
		if i > 0 {
			p.line(0, "")
		}
		p.group(group)
	}
	return []byte(p.out.String())
}

func (p *page) source(source *desired.Source) {
	p.line(1, "# Its tags ask for releases.")
	if source == nil {
		p.line(1, "# source:")
		p.line(1, "#   github: OWNER/REPOSITORY")
	} else {
		p.line(1, "source:")
		p.field(2, "github", source.GitHub)
	}
	p.line(0, "")
}

func (p *page) group(g desired.Group) {
	p.line(2, "# %s", about(g))
	p.line(2, "- name: %s", words.Scalar(g.Name))
	p.field(3, "tag", g.Tag)
	p.field(3, "distTag", cmp.Or(g.DistTag, spec.Latest).String())
	p.field(3, "prereleaseDistTag", g.PrereleaseDistTag.String())
	if g.Prereleases {
		p.line(3, "prereleases: true")
	}
	if g.Entry != nil {
		p.line(3, "entry:")
		p.field(4, "package", g.Entry.Package.String())
		p.artifact(g.Entry.Artifact, "the folder or .tgz that a build leaves")
		p.field(4, "access", g.Entry.Access.String())
		p.blocks(g.Platforms)
	}
	if len(g.Packages) > 0 {
		p.line(3, "packages:")
	}
	for i, library := range g.Packages {
		p.line(4, "- package: %s", words.Scalar(library.Package.String()))
		if i == 0 && library.Artifact == "" {
			p.line(5, "# artifact: the folder or .tgz that a build leaves of each")
		}
		p.field(5, "artifact", library.Artifact)
		p.field(5, "access", library.Access.String())
	}
	if g.Workspace != nil {
		p.line(3, "# Public packages of the workspace belong above; those that are missing are reported.")
		p.line(3, "workspace:")
		p.field(4, "root", g.Workspace.Root)
	}
}

// about says what a group is, and how it is released.
func about(g desired.Group) string {
	pinned := func(block desired.Platforms) bool { return block.Version != "" && block.Alias == "" }
	switch {
	case g.Entry == nil && strings.Contains(g.Tag, "{package}"):
		return "Each is released by itself, by a tag of its own."
	case g.Entry == nil:
		return "They are released by one tag, at its version."
	case slices.ContainsFunc(g.Platforms, pinned):
		return fmt.Sprintf("Users install %s; npm adds the packages of their platform. They have the version below, else that of %[1]s, "+
			"which comes last.", g.Entry.Package)
	}
	return fmt.Sprintf("Users install %s; npm adds the package of their platform. All are released at one version, %[1]s last.",
		g.Entry.Package)
}

// blocks writes the platforms of an entry: one block, or a list of them.
func (p *page) blocks(blocks desired.Blocks) {
	p.line(3, "platforms:")
	for i, block := range blocks {
		if len(blocks) == 1 {
			p.block(4, block, true)
			continue
		}
		inner := &page{}
		inner.block(5, block, i == 0)
		text := inner.out.String()
		p.out.WriteString(strings.Repeat("  ", 4) + "- " + strings.TrimLeft(text, " "))
	}
}

// block writes a block. The first one of an entry explains what the others repeat.
func (p *page) block(depth int, block desired.Platforms, first bool) {
	p.field(depth, "package", block.Package)
	switch {
	case block.Alias != "":
		p.line(depth, "# They are versions of that one package, under dist-tags of their own; the entry lists them by aliases.")
		p.field(depth, "version", block.Version.String())
		p.field(depth, "alias", block.Alias)
		p.field(depth, "distTag", block.DistTag)
	case block.Version != "":
		p.line(depth, "version: %s # of their own, and not the release's", words.Scalar(block.Version.String()))
	}
	switch {
	case block.Artifact != "":
	case block.Version != "" && block.Alias == "":
		p.line(depth, "# Without artifact they are looked at, and not published.")
	case first:
		p.line(depth, "# artifact: the same of each platform, with {target} in the path")
	}
	p.field(depth, "artifact", block.Artifact)
	p.field(depth, "access", block.Access.String())
	p.field(depth, "listedUnder", string(block.ListedUnder))
	if first {
		p.line(depth, "targets: # os and cpu follow from the names where they are not given")
	} else {
		p.line(depth, "targets:")
	}
	for _, target := range block.Targets {
		p.line(depth+1, "- %s", targetText(target))
	}
}

// artifact leaves room for a path that is not known.
func (p *page) artifact(path, missing string) {
	if path == "" {
		p.line(4, "# artifact: %s", missing)
	}
	p.field(4, "artifact", path)
}

func targetText(t desired.Target) string {
	if t.OS == nil && t.CPU == nil && t.Libc == nil && t.ListedUnder == "" {
		return words.Scalar(t.Name)
	}
	parts := []string{"name: " + words.Scalar(t.Name)}
	for _, given := range []struct {
		name   string
		values spec.List
	}{{"os", t.OS}, {"cpu", t.CPU}, {"libc", t.Libc}} {
		var texts []string
		for _, value := range given.values {
			texts = append(texts, words.Scalar(value))
		}
		switch {
		case given.values == nil:
		case len(texts) == 1:
			parts = append(parts, given.name+": "+texts[0])
		default:
			parts = append(parts, given.name+": ["+strings.Join(texts, ", ")+"]")
		}
	}
	if t.ListedUnder != "" {
		parts = append(parts, "listedUnder: "+string(t.ListedUnder))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}
