package reconcile

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// World is everything outside of this package that a run works with: who reads, who acts, and the clock. A nil actor means that nobody
// here can do its work; the changes that need it stay in the plan, for somebody else.
type World struct {
	Observer   Observer
	Seeder     Seeder
	Truster    Truster
	Prover     Prover
	Inspector  Inspector // nil: artifacts are not read before they are sent
	Publisher  Publisher
	Attester   Attester // nil: whether versions can have provenance shows when they are published
	Approver   Approver
	Reviewer   Reviewer   // nil: what is staged is approved unread
	Precedents Precedents // nil: whether anything was published by ID token before is not looked up
	Tagger     Tagger
	Deprecator Deprecator
	Settler    Settler
	Verifier   Verifier // nil: what is served already is adopted as it is
	Clock      Clock
	Progress   func(Event) // receives the events of the run, from several goroutines at once; nil: nobody listens
}

// Observer reads what the registry shows.
type Observer interface {
	Observe(ctx context.Context, queries []observed.Query) (observed.Snapshot, error)
}

// Seeder takes a name by publishing a placeholder. ErrAlreadyPublished of package spec means that it is taken.
type Seeder interface {
	Seed(ctx context.Context, p desired.Package, placeholder spec.Version) error
}

// Truster gives a package the wanted trusted publishers, and removes those that they supersede.
type Truster interface {
	Trust(ctx context.Context, name spec.Name, t Trusting) error
}

// Prover publishes a further placeholder by ID token, which proves the trusted publisher and keeps it from expiring.
type Prover interface {
	Prove(ctx context.Context, p desired.Package, placeholder spec.Version) error
}

// Trusting is what is wanted of a package's trusted publishers.
type Trusting struct {
	Want spec.TrustedPublishers
	// Renew is one of Want that exists and was refused all the same, as one that has expired is: it is deleted and created again. nil: none.
	Renew *spec.TrustedPublisher
	Prune bool // also remove those of other pipelines and providers
	Moved bool // also remove those that the project has moved away from, as the new one is proven

	Removable func(spec.TrustedPublisher) bool // whether somebody has approved that this one is removed; nil: all may be
}

// Publisher publishes versions.
type Publisher interface {
	// Authorize makes sure that the package may be published. It publishes nothing.
	Authorize(ctx context.Context, name spec.Name) error
	// Publish sends the artifact, once, and returns what it sent. Its errors wrap those of package spec.
	Publish(ctx context.Context, p Publication) (spec.Integrity, error)
}

// Approver decides, as a human, about what is staged. One second factor serves all of a run.
type Approver interface {
	// Approve publishes a staged version. It sends nothing, with ErrDowngrade, where the dist-tag points higher by now. Else its errors
	// are those of npm.Client.Approve.
	Approve(ctx context.Context, s spec.Stage) error
	// Reject removes a staged version for good. Its number is free again.
	Reject(ctx context.Context, s spec.Stage) error
}

// Reviewer reads what is staged, before it is approved. Its error wraps ErrDiffers where it has other contents than the artifact.
type Reviewer interface {
	Review(ctx context.Context, p Publication, s spec.Stage) (Review, error)
}

// Review is what is known of a staged version after it was read.
type Review struct {
	Size int64 // of the tarball, in bytes
	// Integrity is that of the tarball.
	Integrity spec.Integrity
	Commit    string // from which it was built; "" where its manifest does not say
	Compared  bool   // with the artifact; false where there is none here
	Needs     Needs  // its dependencies
}

// Precedents finds out by whose ID tokens a package was published before. It looks at the versions that the dist-tags point at.
type Precedents interface {
	// PublishedBy returns the provider; "" where there is none.
	PublishedBy(ctx context.Context, name spec.Name, tags map[spec.DistTag]spec.Version) (provider string, err error)
}

// ErrDiffers says that what is served has other contents than the artifact.
var ErrDiffers = errors.New("other contents than the artifact")

// Verifier compares what is served with what would be published in its place. Its error wraps ErrDiffers where they were
// compared and differ.
type Verifier interface {
	Verify(ctx context.Context, p Publication, served spec.Manifest) error
}

// ErrNotSent says that nothing was sent, because the credential could not be had at the moment. Another try may help.
var ErrNotSent = errors.New("nothing was sent")

// ErrUnsigned says that nothing was sent, because nobody signs or records the required provenance at the moment. Only time can help.
var ErrUnsigned = fmt.Errorf("%w, as it needs provenance (provenance: required), which cannot be had at the moment", ErrNotSent)

// ErrDowngrade says that nothing was sent, as the dist-tag would have moved backwards.
var ErrDowngrade = errors.New("nothing was sent: the dist-tag must not move backwards")

// ErrHalfDone says that a change was begun, and neither finished nor taken back. It is reported even where the run was interrupted, as
// something has to be done about it.
var ErrHalfDone = errors.New("left half done")

// Publication is a version to be published.
type Publication struct {
	Package desired.Package
	Release desired.Release
	Tagged  spec.Version // the release that the dist-tag points at now; "": none, or that is not known
	// First says that the name does not exist yet: then this publish decides who may read the package.
	First bool
	// Sent is called with the number of bytes that have been sent: first 0, and less than before when the upload starts again. It may be
	// called once more after Publish has returned. nil: nobody listens.
	Sent func(sent, size int64)
	// Unattested is told why the version is published without the provenance that it would have had. nil: nobody listens.
	Unattested func(why error)
}

// Name is the package of npm that gets the version.
func (p Publication) Name() spec.Name { return p.Package.OnNpm() }

// Version is the version of the tarball.
func (p Publication) Version() spec.Version { return p.Package.Home.Version(p.Release.Version) }

// DistTag is the dist-tag that it is published under.
func (p Publication) DistTag() spec.DistTag { return p.Package.Home.Tag(p.Release.DistTag) }

// Tagger points dist-tags at versions. spec.ErrRefused means that a human has to do it.
type Tagger interface {
	Tag(ctx context.Context, p desired.Package, tag spec.DistTag, version spec.Version) error
	// Return is Tag for a rollback: also backwards, but only from where the dist-tag was seen to point.
	Return(ctx context.Context, p desired.Package, tag spec.DistTag, from, to spec.Version) error
}

// ErrDeprecated says that nothing was sent, as a dist-tag would have come to point at a deprecated version.
var ErrDeprecated = errors.New("nothing was sent: no dist-tag is pointed at a deprecated version")

// Deprecator deprecates versions, each with its message: npm then warns whoever installs them. Versions that do not exist are skipped.
type Deprecator interface {
	Deprecate(ctx context.Context, name spec.Name, wanted map[spec.Version]spec.Deprecation) error
}

// Setting is what is to be set of a package. What is "" stays as it is.
type Setting struct {
	Access spec.Access
	Tokens spec.Tokens
	Proof  Proof // of Tokens, where they are to be forbidden
}

// Settler sets what npm keeps of a package beside its versions.
type Settler interface {
	Settle(ctx context.Context, name spec.Name, s Setting) error
}

// Clock tells the time and lets it pass.
type Clock interface {
	Now() time.Time
	// Wait returns after d, or earlier with ctx's error.
	Wait(ctx context.Context, d time.Duration) error
}
