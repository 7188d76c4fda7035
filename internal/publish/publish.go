// Package publish sends packed versions to a registry: one way of doing so a file, each a Publisher. Direct makes a version public at
// once; Staged has the registry hold it until a human approves it. Both take the same last look (last.go) before they send. It knows
// neither how a version was found, judged and packed, nor what comes of it, nor who approves: that is for internal/actor, which calls it,
// and reconcile. Read Publisher, then Direct and Staged.
package publish

import (
	"context"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Publisher is a way to publish.
type Publisher interface {
	// Authorize makes sure that the package may be published so. It sends nothing.
	Authorize(ctx context.Context, name spec.Name) error
	// Publish sends a version, once, and returns what it sent, also where the answer is an error: "" where nothing was sent. An access is
	// that of a name which nobody has been shown so far: it is sent where the package is not there. Its errors are those of
	// npm.Client.Publish or Stage, and reconcile.ErrNotSent, ErrDowngrade and ErrDiffers.
	Publish(ctx context.Context, p npm.Publication) (spec.Integrity, error)
}

// Credentials gives what a package may be published with.
type Credentials interface {
	For(ctx context.Context, name spec.Name) (npm.Credential, error)
}

// PublicationOf returns what a packed version is sent as. It leaves the access of the package as it is.
func PublicationOf(t *artifact.Tarball, name spec.Name, version spec.Version, tag spec.DistTag) npm.Publication {
	return npm.Publication{
		Name: name, Version: version, DistTag: tag,
		Manifest: t.Manifest, Size: t.Size, Integrity: t.Integrity, Shasum: t.Shasum, Checksum: t.Checksum, Open: t.Open,
	}
}
