// Package publish sends packed versions to a registry: one way of doing so a file, each a Publisher. Direct makes a version public at
// once; staging it for a human's approval will be the other. It knows neither how a version was found, judged and packed, nor what comes
// of it: that is for internal/actor, which calls it, and reconcile. Read Publisher, then Direct.
package publish

import (
	"context"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Publisher is a way to publish.
type Publisher interface {
	// Authorize makes sure that the package may be published so. It sends nothing.
	Authorize(ctx context.Context, name spec.Name) error
	// Publish sends a version, once, and returns what it sent, also where the answer is an error: "" where nothing was sent. Its errors are
	// those of npm.Client.Publish, and reconcile.ErrNotSent and ErrDowngrade.
	Publish(ctx context.Context, v Version) (spec.Integrity, error)
}

// Credentials gives what a package may be published with.
type Credentials interface {
	For(ctx context.Context, name spec.Name) (npm.Credential, error)
}

// Version is what is sent.
type Version struct {
	Package desired.Package
	Version spec.Version
	DistTag spec.DistTag // will point at it
	First   bool         // nobody has been shown the name so far
	Tarball *artifact.Tarball
	Sent    func(bytes int64) // see npm.Publication
}

// Send makes a version public with a credential. Access "" leaves that of the package as it is.
func Send(ctx context.Context, registry *npm.Client, v Version, access spec.Access, with npm.Credential) error {
	t := v.Tarball
	return registry.Publish(ctx, npm.Publication{
		Name: v.Package.Name, Version: v.Version, DistTag: v.DistTag, Access: access,
		Manifest: t.Manifest, Size: t.Size, Integrity: t.Integrity, Shasum: t.Shasum, Checksum: t.Checksum, Open: t.Open,
		Sent: v.Sent,
	}, with)
}
