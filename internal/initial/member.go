package initial

import (
	"context"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// member is a dependency of an entry that may be one of its platforms.
type member struct {
	name   spec.Name
	wanted string // by the entry: a version, a range or a dist-tag
	hard   bool   // among its dependencies, not its optional ones

	version  spec.Version   // its own, where that is not the entry's; else ""
	manifest *spec.Manifest // of what the entry lists, else of the newest version; nil: it is not on the registry
	absent   bool           // what the entry lists is not on the registry
}

// membersOf reads the optional dependencies of an entry, and those of the hard ones whose names tell a machine. Aliases are returned apart.
func membersOf(ctx context.Context, registry Registry, entry spec.Manifest) (members []member, aliases []spec.Name, err error) {
	for _, name := range slices.Sorted(maps.Keys(entry.Listed())) {
		wanted, optional := entry.OptionalDependencies[name]
		if !optional {
			wanted = entry.Dependencies[name]
		}
		_, target, ok := desired.TargetIn(spec.Name(name))
		switch {
		case strings.HasPrefix(wanted, "npm:") && optional:
			aliases = append(aliases, spec.Name(name))
		case strings.Contains(wanted, ":"): // an address
		case optional || ok && len(desired.Target{Name: target}.Missing()) == 0:
			members = append(members, member{name: spec.Name(name), wanted: wanted, hard: !optional})
		}
	}
	failures := make([]error, len(members))
	var group errgroup.Group
	group.SetLimit(reading)
	for i := range members {
		group.Go(func() error {
			failures[i] = members[i].read(ctx, registry, entry.Version)
			return nil
		})
	}
	return members, aliases, errors.Join(group.Wait(), errors.Join(failures...))
}

// read reads the manifest of what the entry lists. Where that is not there, the newest one tells on which machines the package installs.
func (m *member) read(ctx context.Context, registry Registry, entry spec.Version) error {
	for _, version := range m.candidates(ctx, registry, entry) {
		manifest, err := registry.Manifest(ctx, m.name, version)
		if err == nil {
			m.manifest = &manifest
			if version != entry {
				m.version = version
			}
			return nil
		} else if !errors.Is(err, spec.ErrNotFound) {
			return err
		}
	}
	m.absent = true
	if exact, err := spec.ParseVersion(m.wanted); err == nil && exact != entry {
		m.version = exact
	}
	tags, err := registry.DistTags(ctx, m.name)
	if err != nil && !errors.Is(err, spec.ErrNotFound) {
		return err
	}
	newest := slices.SortedFunc(maps.Values(tags), spec.Version.Compare)
	for _, version := range slices.Backward(newest) {
		manifest, err := registry.Manifest(ctx, m.name, version)
		if err == nil {
			m.manifest = &manifest
			return nil
		} else if !errors.Is(err, spec.ErrNotFound) {
			return err
		}
	}
	return nil
}

// candidates are the versions that the entry may mean: the one that it names; of a range its own, if that fits, else the highest that does.
func (m *member) candidates(ctx context.Context, registry Registry, entry spec.Version) []spec.Version {
	if exact, err := spec.ParseVersion(m.wanted); err == nil {
		return []spec.Version{exact}
	}
	r, err := spec.ParseRange(m.wanted)
	if err != nil {
		return nil
	}
	var candidates []spec.Version
	if r.Includes(entry) {
		candidates = append(candidates, entry)
	}
	versions, err := registry.Versions(ctx, m.name)
	if err != nil {
		return candidates // what cannot be listed is read as far as it can be
	}
	for _, version := range slices.Backward(versions) {
		if r.Includes(version) {
			return append(candidates, version)
		}
	}
	return candidates
}

// says tells whether the manifest says on which machines the package installs.
func (m member) says() bool { return m.manifest != nil && !m.manifest.Platform().Anywhere() }

// ranged tells whether the entry lists it by something else than a version.
func (m member) ranged() bool {
	_, err := spec.ParseVersion(m.wanted)
	return err != nil
}

// belongs tells whether a package is of the entry's own publisher, as far as scopes, names and versions show it. An entry may well list the
// platforms of another one that it depends on.
func (m member) belongs(entry spec.Manifest) bool {
	scope, _, scoped := strings.Cut(entry.Name.String(), "/")
	inScope := scoped && strings.HasPrefix(m.name.String(), scope+"/")
	words := func(name string) string {
		return " " + regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(name), " ") + " "
	}
	named := strings.Contains(words(m.name.String()), words(entry.Name.Base()))
	exact, err := spec.ParseVersion(m.wanted)
	sameVersion := err == nil && exact == entry.Version
	if r, parseErr := spec.ParseRange(m.wanted); err != nil && parseErr == nil {
		sameVersion = r.Includes(entry.Version) && strings.ContainsAny(m.wanted, "123456789")
	}
	return inScope || named || sameVersion
}
