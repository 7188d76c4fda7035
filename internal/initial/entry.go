package initial

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// reading is how many manifests are read at once.
const reading = 8

// Registry reads what is published.
type Registry interface {
	DistTags(ctx context.Context, name spec.Name) (map[spec.DistTag]spec.Version, error)
	Manifest(ctx context.Context, name spec.Name, version spec.Version) (spec.Manifest, error)
}

// FromEntry drafts the state file of an entry that is on the registry, by what its dist-tag latest points at: its platforms
// are the optional dependencies that look like some. Tags reads those of a repository on GitHub ("owner/repo"); where it
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
	var names []spec.Name
	for _, dependency := range slices.Sorted(maps.Keys(entry.OptionalDependencies)) {
		names = append(names, spec.Name(dependency))
	}
	platforms, rest := familyAmong(names)
	if len(platforms.names) == 0 {
		return Draft{}, fmt.Errorf("%s@%s has no optional dependencies that look like its platforms, such as tool-linux-x64: "+
			"name the package that users install, or leave --from out in the project's folder", name, version)
	}
	manifests, err := readPlatforms(ctx, registry, entry, platforms)
	if err != nil {
		return Draft{}, err
	}

	repository := entry.Repository.GitHub()
	draft := newDraft(name.Base(), repository, nil)
	if len(rest) > 0 {
		draft.note("these optional dependencies of %s are not taken for platforms: %s", name, join(rest))
	}
	group := desired.Group{Name: slug(name.Base()), Entry: &desired.Entry{Package: name}, Platforms: desired.Blocks{{
		Package: platforms.form(), Targets: draft.targets(platforms, manifests),
	}}}
	draft.note("artifact is not filled in, where a build leaves the packages: without it they are planned, not published")
	group.Tag = draft.tagOf(ctx, name, version, repository, tags)
	draft.State.Spec.Groups = []desired.Group{group}
	return draft, nil
}

// targets makes targets of an entry's platforms. The manifest of a platform that is not on the registry is nil.
func (d *Draft) targets(platforms family, manifests []*spec.Manifest) (targets []desired.Target) {
	var byName []spec.Name
	for i, platform := range platforms.names {
		target := desired.Target{Name: platforms.target(platform)}
		if manifests[i] != nil {
			target = desired.NewTarget(target.Name, manifests[i].Platform())
		} else if missing := target.Missing(); len(missing) > 0 {
			d.note("%s is left out: it is not on the registry, and its %s cannot be told from the name",
				platform, strings.Join(missing, " and "))
			continue
		} else {
			byName = append(byName, platform)
		}
		targets = append(targets, target)
	}
	if len(byName) > 0 {
		d.note("not on the registry, so in the file by what their names tell: %s", join(byName))
	}
	return targets
}

// readPlatforms reads the manifests of an entry's platforms, in their order; nil for what is not there.
func readPlatforms(ctx context.Context, registry Registry, entry spec.Manifest, platforms family) ([]*spec.Manifest, error) {
	manifests, failures := make([]*spec.Manifest, len(platforms.names)), make([]error, len(platforms.names))
	var group errgroup.Group
	group.SetLimit(reading)
	for i, name := range platforms.names {
		group.Go(func() error {
			version, err := spec.ParseVersion(entry.OptionalDependencies[name.String()])
			if err != nil { // a range: by the rule the platforms have the entry's version
				version = entry.Version
			}
			manifest, err := registry.Manifest(ctx, name, version)
			if err == nil {
				manifests[i] = &manifest
			} else if !errors.Is(err, spec.ErrNotFound) {
				failures[i] = err
			}
			return nil
		})
	}
	return manifests, errors.Join(group.Wait(), errors.Join(failures...))
}

// tagOf finds the form of the tag that released this version.
func (d *Draft) tagOf(ctx context.Context, name spec.Name, version spec.Version, repository string,
	tags func(repository string) (desired.TagLister, error),
) string {
	const usual = "v{version}"
	if repository == "" {
		d.note("the form of the tags is a guess: %s", usual)
		return usual
	}
	lister, err := tags(repository)
	for _, form := range entryForms(name) {
		if err != nil {
			break
		}
		var found []desired.Tag
		wanted := strings.ReplaceAll(form, "{version}", version.String())
		if found, err = lister.Tags(ctx, wanted); slices.ContainsFunc(found, func(t desired.Tag) bool { return t.Name == wanted }) {
			return form
		}
	}
	if err != nil {
		d.note("the form of the tags is a guess: %s; %v", usual, err)
	} else {
		d.note("the form of the tags is a guess: %s; %s has none that says %s", usual, repository, version)
	}
	return usual
}

func join(names []spec.Name) string {
	texts := make([]string, len(names))
	for i, name := range names {
		texts[i] = name.String()
	}
	return strings.Join(texts, ", ")
}
