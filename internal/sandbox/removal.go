package sandbox

import (
	"fmt"
	"slices"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// republishAfter is how long nobody may publish a package that was unpublished as a whole (npm's unpublish policy).
const republishAfter = 24 * time.Hour

// Remove unpublishes one version of a package: its number is burnt, and dist-tags that pointed at it go back to where they
// pointed before, if anywhere. It wraps spec.ErrNotFound where there is no such version.
func (w *World) Remove(name spec.Name, version spec.Version) error {
	return w.alter("removing "+name.String()+"@"+version.String(), name, func(p *record) error {
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
}

// alter changes the record of a package without a request. Its errors begin with what the caller is doing.
func (w *World) alter(doing string, name spec.Name, change func(*record) error) error {
	_, err := spec.ParseName(name.String())
	if err == nil {
		err = w.registry.folder.update(name, change)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

// tombstone is the packument of a package that was unpublished.
func (p *record) tombstone() document {
	when := p.Unpublished.UTC()
	return document{"_id": p.Name, "name": p.Name, "time": document{
		"modified": when, "unpublished": document{"time": when, "versions": p.Burnt},
	}}
}
