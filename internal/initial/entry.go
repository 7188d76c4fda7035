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
	clusters, err := familiesOf(ctx, registry, entry)
	if err != nil {
		return Draft{}, err
	}
	repository := entry.Repository.GitHub()
	draft := newDraft(name.Base(), repository, nil)
	draft.Notes = append(draft.Notes, clusters.notes...)
	group := desired.Group{Name: slug(name.Base()), Entry: &desired.Entry{Package: name}}
	for i, c := range clusters.own {
		block := draft.block(c)
		if i == 0 {
			draft.fallback(ctx, registry, entry, c, &block)
		}
		if len(block.Targets) > 0 {
			group.Platforms = append(group.Platforms, block)
		}
	}
	draft.observations(entry, clusters.own)
	if err := draft.addOneNames(ctx, registry, &group, clusters.alike); err != nil {
		return Draft{}, err
	}
	if len(group.Platforms) == 0 {
		return Draft{}, fmt.Errorf("no platform of %s@%s is left: %s", name, version, strings.Join(draft.Notes, "; "))
	}
	draft.note("artifact is not filled in, where a build leaves the packages: without it they are planned, not published")
	if version.Prerelease() {
		group.PrereleaseDistTag, group.Prereleases = spec.Latest, true
		draft.note("%s is a prerelease and its dist-tag is latest: so prereleases get latest", version)
	}
	group.Tag = draft.tagOf(ctx, name, version, repository, tags)
	draft.State.Spec.Groups = []desired.Group{group}
	for _, warning := range draft.State.Warnings() {
		draft.note("%s", warning)
	}
	return draft, nil
}

// families are the platforms of an entry.
type families struct {
	own   []cluster
	alike []edition // versions of one package
	notes []string
}

// familiesOf finds the platforms that an entry lists, and are its own.
func familiesOf(ctx context.Context, registry Registry, entry spec.Manifest) (found families, err error) {
	members, aliases, err := membersOf(ctx, registry, entry)
	if err != nil {
		return found, err
	}
	if found.alike, aliases, err = oneNames(ctx, registry, entry, aliases); err != nil {
		return found, err
	}
	all, rest := clustersOf(entry, members)
	var others, foreign []spec.Name
	for _, c := range all {
		if slices.ContainsFunc(c.members, func(m member) bool { return m.belongs(entry) }) {
			found.own = append(found.own, c)
			continue
		}
		for _, m := range c.members {
			foreign = append(foreign, m.name)
		}
	}
	for _, m := range rest {
		if !m.hard {
			others = append(others, m.name)
		}
	}
	id := fmt.Sprintf("%s@%s", entry.Name, entry.Version)
	switch {
	case len(found.own)+len(found.alike) > 0:
	case len(aliases) > 0:
		return found, fmt.Errorf("%s lists aliases (npm:) that are not seen to be its platforms, as their versions are not its own with the "+
			"target behind it: write its state file by hand: %s", id, join(aliases))
	case len(foreign) > 0:
		return found, fmt.Errorf("%s lists platforms that are another package's, by their names and versions, and none of its own: "+
			"name the package to which these belong: %s", id, join(foreign))
	default:
		return found, fmt.Errorf("%s has no optional dependencies that look like its platforms, such as tool-linux-x64: "+
			"name the package that users install, or leave --from out in the project's folder", id)
	}
	for _, list := range []struct {
		names []spec.Name
		text  string
	}{
		{foreign, "left out, as they are another package's platforms by their names and versions: %s"},
		{others, "these optional dependencies of " + entry.Name.String() + " are not taken for platforms: %s"},
		{aliases, "left out, as they are aliases (npm:) of other packages: %s"},
	} {
		if len(list.names) > 0 {
			found.notes = append(found.notes, fmt.Sprintf(list.text, join(list.names)))
		}
	}
	return found, nil
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
