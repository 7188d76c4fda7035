package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// record is all that is stored of a package.
type record struct {
	Name     spec.Name                       `json:"name"`
	Versions map[spec.Version]release        `json:"versions"`
	Tags     map[spec.DistTag][]spec.Version `json:"tags"` // oldest first, back to the last that was served
	Trust    []trust                         `json:"trust,omitempty"`
	Access   spec.Access                     `json:"access,omitempty"`
	Tokens   spec.Tokens                     `json:"tokens,omitempty"` // that npm tells nobody
	Staged   map[spec.Version]staged         `json:"staged,omitempty"` // waiting for their approval

	Unpublished time.Time      `json:"unpublished,omitzero"` // when its versions were removed; zero while it has any
	Burnt       []spec.Version `json:"burnt,omitempty"`      // numbers of removed versions: none is ever free again
	Held        bool           `json:"held,omitempty"`       // by npm's security team
}

// release is one version. Before the time Served it is only accepted: no read shows it.
type release struct {
	Accepted  time.Time                  `json:"accepted"`
	Served    time.Time                  `json:"served"`
	Integrity spec.Integrity             `json:"integrity"`
	Manifest  map[string]json.RawMessage `json:"manifest"`
	Blocked   bool                       `json:"blocked,omitempty"` // by the scan: it is never served
	Bundle    json.RawMessage            `json:"bundle,omitempty"`  // of its provenance
}

// trust is a trusted publisher of a package. It expires unless something is published through it.
type trust struct {
	Config spec.TrustedPublisher `json:"config"`
	Since  time.Time             `json:"since"`
	Proven bool                  `json:"proven,omitempty"`
}

// unprovenTrust is how long a trusted publisher waits for its first publish (npm/documentation#2041).
const unprovenTrust = 48 * time.Hour

func (t trust) expired(now time.Time) bool { return !t.Proven && now.After(t.Since.Add(unprovenTrust)) }

// served returns the versions that reads may show, in semver order.
func (p *record) served(now time.Time) []spec.Version {
	var versions []spec.Version
	for version, release := range p.Versions {
		if !now.Before(release.Served) && !release.Blocked {
			versions = append(versions, version)
		}
	}
	slices.SortFunc(versions, spec.Version.Compare)
	return versions
}

func (p *record) isServed(version spec.Version, now time.Time) bool {
	release, ok := p.Versions[version]
	return ok && !now.Before(release.Served) && !release.Blocked
}

// tag points a dist-tag at a version. The earlier one is remembered, because reads show it until the new one is served.
func (p *record) tag(tag spec.DistTag, version spec.Version, now time.Time) {
	history := p.Tags[tag]
	for i := len(history) - 1; i > 0; i-- {
		if p.isServed(history[i], now) {
			history = history[i:]
			break
		}
	}
	p.Tags[tag] = append(history, version)
}

// tags returns where the dist-tags point, as reads show it; early also shows versions that are not served yet.
func (p *record) tags(now time.Time, early bool) map[spec.DistTag]spec.Version {
	tags := map[spec.DistTag]spec.Version{}
	for tag, history := range p.Tags {
		for _, version := range slices.Backward(history) {
			if early || p.isServed(version, now) {
				tags[tag] = version
				break
			}
		}
	}
	return tags
}

// load returns a package's record, or an error that wraps spec.ErrNotFound.
func (f folder) load(name spec.Name) (*record, error) {
	p := &record{}
	switch err := read(f.record(name), p); {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s: %w", name, spec.ErrNotFound)
	case err != nil:
		return nil, err
	}
	return p, nil
}

// update changes a package's record under the lock. The record of a package that is not there yet is empty.
func (f folder) update(name spec.Name, change func(*record) error) error {
	return f.locked(func() error {
		p, err := f.load(name)
		if errors.Is(err, spec.ErrNotFound) {
			p = &record{Name: name, Versions: map[spec.Version]release{}, Tags: map[spec.DistTag][]spec.Version{}}
		} else if err != nil {
			return err
		}
		if err := change(p); err != nil {
			return err
		}
		return f.write(f.record(name), p)
	})
}
