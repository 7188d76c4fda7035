package sandbox

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Only tests and tools call what is in this file. It looks into a world and changes it without a request: because npm has no such call,
// or because the call needs a second factor, or because only npm's own staff can make it.

// Requests returns what was asked of this process's handlers, in the order of arrival; of a long history only the end.
func (w *World) Requests() []Request {
	q := w.requests
	q.mu.Lock()
	defer q.mu.Unlock()
	list := make([]Request, len(q.all))
	for i, entry := range q.all {
		list[i] = *entry
	}
	return list
}

// OneTimePassword returns the code that answers a second factor that is typed: this process's, and always the same.
func (w *World) OneTimePassword() string { return w.registry.credentials.typed }

// Claims returns the claims that CircleCI's ID tokens carry, less those that differ from token to token.
func (w *World) Claims() map[string]any {
	i, err := w.issuers.of(circleci.Type)
	if err != nil {
		return nil
	}
	claims := i.ownClaims()
	for _, differs := range []string{claimPipeline, claimWorkflow, claimJob} {
		delete(claims, differs)
	}
	return claims
}

// JobEnvOf returns the environment of the world's own job of a kind: circleci.Type and so on. Without a kind that there is, or in a world
// that is not served, it is empty.
func (w *World) JobEnvOf(kind string) []string {
	lines, err := w.JobEnv(Job{Kind: kind})
	if err != nil {
		return nil
	}
	return lines
}

// TrustedRoot returns what a verifier of provenance has to trust of this process, in Sigstore's JSON.
func (w *World) TrustedRoot() ([]byte, error) {
	keys, err := w.sigstore.keys()
	if err != nil {
		return nil, err
	}
	return keys.trustedRoot()
}

// TagAnnotated adds a git tag that has a tag object of its own between its name and the commit.
func (w *World) TagAnnotated(name string) error { return w.github.folder.tag(name, true) }

// Issues returns the project's issues, the oldest first.
func (w *World) Issues() ([]Issue, error) { return w.github.folder.issues() }

// Comments returns those of the project's issues and pull requests, the oldest first.
func (w *World) Comments() ([]Comment, error) { return w.github.folder.comments() }

// Access returns who may read a package. It wraps spec.ErrNotFound where there is none.
func (w *World) Access(name spec.Name) (spec.Access, error) {
	p, err := w.registry.find(name)
	if err != nil {
		return "", fmt.Errorf("looking for the access: %w", err)
	}
	return p.access(), nil
}

// Tokens returns whether tokens may publish a package; "" where that was never set. It wraps spec.ErrNotFound where there is none.
func (w *World) Tokens(name spec.Name) (spec.Tokens, error) {
	p, err := w.registry.find(name)
	if err != nil {
		return "", fmt.Errorf("looking whether tokens may publish: %w", err)
	}
	return p.Tokens, nil
}

// AutomationToken returns a granular token that bypasses the second factor: it may publish where a package takes tokens, and change no
// settings.
func (w *World) AutomationToken() spec.Secret {
	return spec.NewSecret(w.registry.credentials.open(session{user: firstUser, automation: true}))
}

// SetAccess changes who may read a package, as its owner can whose account has private packages. It wraps spec.ErrNotFound
// where there is none.
func (w *World) SetAccess(name spec.Name, access spec.Access) error {
	return w.alter("changing the access of "+name.String(), name, func(p *record) error {
		if len(p.Versions) == 0 {
			return spec.ErrNotFound
		}
		p.Access = access
		return nil
	})
}

// Unpublish removes all versions of a package, as its owner can: its packument then tells when, its name may be published
// again after 24 hours, and the numbers of its versions never. It wraps spec.ErrNotFound where there is nothing to remove.
func (w *World) Unpublish(name spec.Name) error {
	return w.alter("unpublishing "+name.String(), name, func(p *record) error {
		if len(p.Versions) == 0 {
			return spec.ErrNotFound
		}
		p.bury()
		p.Unpublished = w.registry.options.Now()
		return nil
	})
}

// Deprecate has the registry warn of a version at each installation; "" takes the warning away. It wraps spec.ErrNotFound
// where there is no such version.
func (w *World) Deprecate(name spec.Name, version spec.Version, message string) error {
	return w.alter("deprecating "+name.String()+"@"+version.String(), name, func(p *record) error {
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
}

// Hold gives a name, vacant or not, to npm's security team: what there was is removed, a security holding takes its place,
// and nobody here may publish it any more.
func (w *World) Hold(name spec.Name) error {
	return w.alter("holding "+name.String(), name, func(p *record) error {
		p.bury()
		p.Held = true
		return w.registry.place(p, "0.0.1-security", "security holding package")
	})
}

// bury removes all versions and what hangs on them. Their tarballs stay, which no read finds and no number replaces.
func (p *record) bury() {
	p.Burnt = append(p.Burnt, slices.SortedFunc(maps.Keys(p.Versions), spec.Version.Compare)...)
	p.Versions, p.Tags, p.Trust, p.Staged = map[spec.Version]release{}, map[spec.DistTag][]spec.Version{}, nil, nil
	p.Unpublished = time.Time{}
}

// IDToken mints an ID token as CircleCI does. Claims of override replace the usual ones, nil removes one; times (iat, exp)
// are in Unix seconds.
func (w *World) IDToken(audience string, override map[string]any) (spec.Secret, error) {
	return w.IDTokenOf(Job{Kind: circleci.Type, Claims: override}, audience)
}
