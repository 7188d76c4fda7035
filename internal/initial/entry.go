package initial

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// reading is how many manifests are read at once.
const reading = 8

// Registry reads what is published.
type Registry interface {
	DistTags(ctx context.Context, name spec.Name) (map[spec.DistTag]spec.Version, error)
	Manifest(ctx context.Context, name spec.Name, version spec.Version) (spec.Manifest, error)
	Versions(ctx context.Context, name spec.Name) ([]spec.Version, error) // lowest first
}

// FromEntry drafts the state file of an entry that is on the registry, by what its dist-tag latest points at: its platforms
// are the dependencies that install on some machines only. Tags reads those of a repository on GitHub ("owner/repo"); where it
// cannot, that is a note.
func FromEntry(
	ctx context.Context, name spec.Name, registry Registry, tags func(repository string) (desired.TagLister, error),
) (Draft, error) {
	distTags, err := registry.DistTags(ctx, name)
	if err != nil {
		return Draft{}, err
	}
	version, ok := distTags[spec.Latest]
	if !ok {
		return Draft{}, fmt.Errorf("%s has no dist-tag %s, so it cannot be told what its users install", name, spec.Latest)
	}
	entry, err := registry.Manifest(ctx, name, version)
	if err != nil {
		return Draft{}, err
	}
	found, err := familiesOf(ctx, registry, entry)
	if err != nil {
		return Draft{}, err
	}
	draft := newDraft(name.Base(), entry.Repository.GitHub(), entry.Repository != "")
	draft.publishes(entry)
	draft.Notes = append(draft.Notes, found.notes...)
	group := desired.Group{Name: slug(name.Base()), Entry: &desired.Entry{Package: name}}
	for i, c := range found.own {
		block := draft.block(c)
		if i == 0 {
			draft.fallback(ctx, registry, entry, c, &block)
		}
		if len(block.Targets) > 0 {
			group.Platforms = append(group.Platforms, block)
		}
	}
	draft.observations(entry, found.own)
	if err := draft.addOneNames(ctx, registry, &group, found.alike); err != nil {
		return Draft{}, err
	}
	if len(group.Platforms) == 0 {
		return Draft{}, fmt.Errorf("no platform of %s@%s is left: %s", name, version, strings.Join(draft.Notes, "; "))
	}
	draft.placehold(version, found.own)
	draft.note("artifact is not filled in, where a build leaves the packages: without it they are planned, not published")
	if version.Prerelease() {
		group.PrereleaseDistTag, group.Prereleases = spec.Latest, true
		draft.note("%s is a prerelease and its dist-tag is latest: so prereleases get latest", version)
	}
	from := tagged{repository: entry.Repository.GitHub(), read: tags}
	group.Tag = draft.tagOf(ctx, from, entry)
	draft.State.Spec.Groups = []desired.Group{group}
	draft.addKin(ctx, from, entry, found.kin)
	for _, warning := range draft.State.Warnings() {
		draft.note("%s", warning)
	}
	if _, err := draft.YAML(); err != nil {
		return Draft{}, fmt.Errorf("%s@%s: %w", name, version, err)
	}
	return draft, nil
}

// placehold takes another version for placeholders where one of the usual is released.
func (d *Draft) placehold(entry spec.Version, clusters []cluster) {
	const other spec.Version = "0.0.0-placeholder"
	usual := d.State.Placeholder()
	if entry == usual || slices.ContainsFunc(clusters, func(c cluster) bool { return c.version == usual }) {
		d.State.Spec.Placeholder = &desired.Placeholder{Version: other}
		d.note("%s is a release here, so that names are to be seeded by %s", usual, other)
	}
}

func join(names []spec.Name) string {
	texts := make([]string, len(names))
	for i, name := range names {
		texts[i] = name.String()
	}
	return strings.Join(texts, ", ")
}
