package sandbox

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// holding is the version by which npm's security team holds a name.
const holding spec.Version = "0.0.1-security"

// republishAfter is how long nobody may publish a package that was unpublished as a whole (npm's unpublish policy).
const republishAfter = 24 * time.Hour

// Unpublish removes all versions of a package, as its owner can: its packument then tells when, its name may be published
// again after 24 hours, and the numbers of its versions never. It wraps spec.ErrNotFound where there is nothing to remove.
func (w *World) Unpublish(name spec.Name) error {
	err := w.alter(name, func(p *record) error {
		if len(p.Versions) == 0 {
			return spec.ErrNotFound
		}
		p.bury()
		p.Unpublished = w.registry.options.Now()
		return nil
	})
	if err != nil {
		return fmt.Errorf("unpublishing %s: %w", name, err)
	}
	return nil
}

// Remove unpublishes one version of a package: its number is burnt, and dist-tags that pointed at it go back to where they
// pointed before, if anywhere. It wraps spec.ErrNotFound where there is no such version.
func (w *World) Remove(name spec.Name, version spec.Version) error {
	err := w.alter(name, func(p *record) error {
		if _, ok := p.Versions[version]; !ok {
			return spec.ErrNotFound
		}
		delete(p.Versions, version)
		p.Burnt = append(p.Burnt, version)
		for tag, history := range p.Tags {
			history = slices.DeleteFunc(history, func(v spec.Version) bool { return v == version })
			if p.Tags[tag] = history; len(history) == 0 {
				delete(p.Tags, tag)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("removing %s@%s: %w", name, version, err)
	}
	return nil
}

// Deprecate has the registry warn of a version at each installation; "" takes the warning away. It wraps spec.ErrNotFound
// where there is no such version.
func (w *World) Deprecate(name spec.Name, version spec.Version, message string) error {
	err := w.alter(name, func(p *record) error {
		release, ok := p.Versions[version]
		if !ok {
			return spec.ErrNotFound
		}
		release.Manifest["deprecated"] = raw(message)
		if message == "" {
			delete(release.Manifest, "deprecated")
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("deprecating %s@%s: %w", name, version, err)
	}
	return nil
}

// Hold gives a name, vacant or not, to npm's security team: what there was is removed, a security holding takes its place,
// and nobody here may publish it any more.
func (w *World) Hold(name spec.Name) error {
	err := w.alter(name, func(p *record) error {
		p.bury()
		p.Held = true
		return w.registry.place(p, holding, "security holding package")
	})
	if err != nil {
		return fmt.Errorf("holding %s: %w", name, err)
	}
	return nil
}

func (w *World) alter(name spec.Name, change func(*record) error) error {
	if _, err := spec.ParseName(name.String()); err != nil {
		return err
	}
	return w.registry.folder.update(name, change)
}

// bury removes all versions and what hangs on them. Their tarballs stay, which no read finds and no number replaces.
func (p *record) bury() {
	p.Burnt = append(p.Burnt, slices.SortedFunc(maps.Keys(p.Versions), spec.Version.Compare)...)
	p.Versions, p.Tags, p.Trust, p.Staged = map[spec.Version]release{}, map[spec.DistTag][]spec.Version{}, nil, nil
	p.Unpublished = time.Time{}
}

// tombstone is the packument of a package that was unpublished.
func (p *record) tombstone() document {
	when := p.Unpublished.UTC()
	return document{"_id": p.Name, "name": p.Name, "time": document{
		"modified": when, "unpublished": document{"time": when, "versions": p.Burnt},
	}}
}
