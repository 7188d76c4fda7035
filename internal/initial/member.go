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
	wanted string // by the entry: a version, a range, a dist-tag, or what a package manager left there
	hard   bool   // among its dependencies, not its optional ones

	prefix, target string // of the name, if told
	told           bool   // the name tells a machine

	version  spec.Version   // its own, where that is not the entry's; else ""
	manifest *spec.Manifest // of what the entry lists, else of the newest version; nil: it is not on the registry
	absent   bool           // what the entry lists is not on the registry
	behind   bool           // latest points below what the entry lists
}

// readAll reads the members' manifests.
func readAll(ctx context.Context, registry Registry, members []member, entry spec.Version) error {
	failures := make([]error, len(members))
	var group errgroup.Group
	group.SetLimit(reading)
	for i := range members {
		group.Go(func() error {
			failures[i] = members[i].read(ctx, registry, entry)
			return nil
		})
	}
	return errors.Join(group.Wait(), errors.Join(failures...))
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
			tags, err := registry.DistTags(ctx, m.name)
			m.behind = tags[spec.Latest].Compare(version) < 0 && m.version == ""
			if errors.Is(err, spec.ErrNotFound) {
				err = nil
			}
			return err
		} else if !errors.Is(err, spec.ErrNotFound) {
			return err
		}
	}
	m.absent = true
	if m.hard && !m.told { // nothing says that it is a platform
		return nil
	}
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

// candidates are the versions that the entry may mean: the one that it names; of a range its own, if that fits, else the highest that does;
// what a dist-tag points at.
func (m *member) candidates(ctx context.Context, registry Registry, entry spec.Version) []spec.Version {
	if exact, err := spec.ParseVersion(m.wanted); err == nil {
		return []spec.Version{exact}
	}
	if spec.Leftover(m.wanted) || m.hard && !m.told {
		return []spec.Version{entry}
	}
	r, err := spec.ParseRange(m.wanted)
	if err != nil {
		if tags, err := registry.DistTags(ctx, m.name); err == nil && tags[spec.DistTag(m.wanted)] != "" {
			return []spec.Version{tags[spec.DistTag(m.wanted)]}
		}
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

// names tells whether the name has both system and processor.
func (m member) names() bool { return m.told && len(desired.Target{Name: m.target}.Missing()) == 0 }

// tells tells whether it is surely a platform: by its manifest, or by a name that has both system and processor.
func (m member) tells() bool { return m.says() || m.names() }

// ranged tells whether the entry lists it by a range or a dist-tag.
func (m member) ranged() bool {
	_, err := spec.ParseVersion(m.wanted)
	return err != nil && !spec.Leftover(m.wanted)
}

// belongs tells whether a package is of the entry's own publisher, as far as scopes, names, versions and repositories show it. An entry may
// well list the platforms of another one that it depends on.
func (m member) belongs(entry spec.Manifest) bool {
	scope, _, scoped := strings.Cut(entry.Name.String(), "/")
	if scoped && strings.HasPrefix(m.name.String(), scope+"/") {
		return true
	}
	words := func(name string) string {
		return " " + regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(name), " ") + " "
	}
	named := strings.Contains(words(m.name.String()), words(entry.Name.Base()))
	var home, its repository
	if home = repositoryOf(&entry); m.manifest != nil {
		its = repositoryOf(m.manifest)
	}
	switch {
	case home == its && home.known():
		return true
	case home.known() && its.known() && home.owner != its.owner: // as after a move, perhaps
		return m.atVersionOf(entry) && (named || home.name == its.name)
	}
	return named || m.atVersionOf(entry)
}

// atVersionOf tells whether the entry lists it at the entry's own version.
func (m member) atVersionOf(entry spec.Manifest) bool {
	if exact, err := spec.ParseVersion(m.wanted); err == nil {
		return exact == entry.Version
	}
	r, err := spec.ParseRange(m.wanted)
	return spec.Leftover(m.wanted) || err == nil && r.Includes(entry.Version) && strings.ContainsAny(m.wanted, "123456789")
}

// repository is one on GitHub.
type repository struct{ owner, name string }

func repositoryOf(m *spec.Manifest) (r repository) {
	r.owner, r.name, _ = strings.Cut(strings.ToLower(m.Repository.GitHub()), "/")
	return r
}

func (r repository) known() bool { return r.name != "" }
