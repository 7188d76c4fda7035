package actor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/publish"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// Artifacts finds what a build left for a package.
type Artifacts interface {
	Find(ctx context.Context, p reconcile.Publication) (path string, err error)
}

// Folder finds artifacts where the state file says, below its own folder.
type Folder struct{ Root string }

// Find returns the path of the artifact; the error wraps fs.ErrNotExist where there is none.
func (f Folder) Find(_ context.Context, p reconcile.Publication) (string, error) {
	if p.Package.Artifact == "" {
		return "", fmt.Errorf("the state file names no artifact for %s: add artifact, or publish it elsewhere", p.Package.Name)
	}
	path, err := artifact.Locate(f.Root, p.Package.Artifact, map[string]string{
		"version": p.Release.Version.String(), "package": p.Package.Name.String(), "target": p.Package.Target,
	})
	if err != nil {
		return "", fmt.Errorf("the artifact of %s: %w", p.Package.On(p.Release.Version), err)
	}
	return path, nil
}

// Publisher publishes artifacts.
type Publisher struct {
	Registry    *npm.Client
	Credentials Credentials
	Artifacts   Artifacts
	Address     string // of the registry in use, by which artifacts are judged; "" where a rehearsal's stands in for it
	Spool       string // folder for packed files; empty: the system's
	Compression artifact.Compression
	Workers     *artifact.Workers   // that pack; nil: each package has its own
	Opened      *Opened             // nil: an artifact is read anew for each purpose
	Stages      publish.StageLister // nil: nobody here may list what is staged
	Log         *slog.Logger        // nil: nothing is logged
	Now         func() time.Time    // nil: artifacts are judged whatever the date
	Attester    *Attester           // nil: nothing gets provenance here
}

func (p Publisher) inspector() Inspector {
	_, direct := p.Credentials.(*Exchange)
	i := Inspector{Artifacts: p.Artifacts, Address: p.Address, Direct: direct, Now: p.Now, Log: p.Log}
	if p.Registry != nil {
		i.Registry = p.Registry
	}
	if p.Attester != nil {
		i.Source = func(ctx context.Context, what reconcile.Publication, publishConfig map[string]any) string {
			return p.Attester.Repository(ctx, what, publishConfig, p.Credentials)
		}
	}
	return i
}

// Inspect judges the artifact, and keeps what was read of it for Publish. It sends nothing.
func (p Publisher) Inspect(ctx context.Context, what reconcile.Publication) (reconcile.Inspection, error) {
	a, inspection, err := p.inspector().inspect(ctx, what)
	if err == nil {
		p.Opened.keep(a)
	}
	return inspection, err
}

// method is the way to publish a release: the one place that chooses among those of internal/publish.
func (p Publisher) method(r desired.Release) publish.Publisher {
	if r.Staged {
		return publish.Staged{Registry: p.Registry, Credentials: p.Credentials, Stages: p.Stages}
	}
	return publish.Direct{Registry: p.Registry, Credentials: p.Credentials}
}

// Authorize makes sure that the package may be published, in whichever way: the credential is the same, and what it may do with the package
// shows only when it is used.
func (p Publisher) Authorize(ctx context.Context, name spec.Name) error {
	return p.method(desired.Release{}).Authorize(ctx, name)
}

// Attestable makes sure that a version can have the provenance which the state file requires of it. It sends nothing.
func (p Publisher) Attestable(ctx context.Context, what reconcile.Publication) error {
	return p.Attester.attestable(ctx, what, p.Credentials)
}

// Publish packs the artifact and sends it, to be staged or published at once as its release says.
func (p Publisher) Publish(ctx context.Context, what reconcile.Publication) (integrity spec.Integrity, err error) {
	a, err := p.open(ctx, what)
	if err != nil {
		return "", err
	}
	tarball, err := p.pack(ctx, a, what)
	if err != nil {
		return "", err
	}
	defer func() {
		if closeErr := tarball.Close(); closeErr != nil && p.Log != nil { // what was published stays so: this is only untidy
			p.Log.Warn("a packed file stays behind", "error", closeErr)
		}
	}()
	sent := func(bytes int64) {
		if what.Sent != nil {
			what.Sent(bytes, tarball.Size)
		}
	}
	sent(0)
	publication := publish.PublicationOf(tarball, what.Name(), what.Version(), what.DistTag())
	publication.Sent, publication.Home = sent, what.Package.Home
	if what.First {
		publication.Access = publish.FirstAccess(what.Package.Access)
	}
	if err := p.Authorize(ctx, what.Name()); err != nil { // what is signed is public for good, so only what may be sent is
		return "", err
	}
	if publication.Bundle, err = p.Attester.attest(ctx, what, a.Package().PublishConfig, tarball, p.Credentials); err != nil {
		return "", err
	}
	return p.method(what.Release).Publish(ctx, publication)
}

func (p Publisher) pack(ctx context.Context, a *artifact.Artifact, what reconcile.Publication) (*artifact.Tarball, error) {
	return a.Pack(ctx, artifact.PackOptions{
		Dir: p.Spool, Compression: p.Compression, Workers: p.Workers, GitHead: what.Release.Commit,
		OptionalDependencies: platforms(what, desired.UnderOptional), Dependencies: platforms(what, desired.UnderDependencies),
		PlatformPattern: what.Release.ListsPlatform,
	})
}

// open finds the artifact, which Inspect has judged.
func (p Publisher) open(ctx context.Context, what reconcile.Publication) (*artifact.Artifact, error) {
	path, err := p.Artifacts.Find(ctx, what)
	if err != nil {
		return nil, err
	}
	if a := p.Opened.take(path); a != nil {
		return a, nil
	}
	a, inspection, err := p.inspector().inspect(ctx, what)
	if err == nil {
		err = refusal(a, inspection.Defects)
	}
	return a, err
}

// platforms are those that an entry must list in this field of its package.json: each platform, at its own version.
func platforms(p reconcile.Publication, under desired.Listing) map[string]string {
	if p.Package.Role != desired.RoleEntry {
		return nil
	}
	dependencies := map[string]string{}
	for _, platform := range p.Release.Platforms() {
		if platform.ListedUnder == under {
			dependencies[platform.Name.String()] = platform.Home.Dependency(p.Release.Version)
		}
	}
	for _, platform := range p.Release.Apart {
		if platform.ListedUnder == under {
			dependencies[platform.Name.String()] = platform.Home.Dependency(platform.Version)
		}
	}
	return dependencies
}

// Tagger points dist-tags at versions, with the first credentials that may.
type Tagger struct {
	Registry    *npm.Client
	Credentials []Credentials
}

// Tag moves the dist-tag, and never backwards: where it points is looked up just before, as for a publish. Where all
// credentials are refused the error wraps spec.ErrRefused.
func (t Tagger) Tag(ctx context.Context, p desired.Package, tag spec.DistTag, version spec.Version) error {
	m := moving{p.OnNpm(), p.Home.Tag(tag), p.Home.Version(version)}
	return t.move(ctx, m, func() error { return t.mayMove(ctx, m, p.Home) })
}

// Return moves the dist-tag to where a rollback wants it, provided that it still points where it did.
func (t Tagger) Return(ctx context.Context, p desired.Package, tag spec.DistTag, from, to spec.Version) error {
	m := moving{p.OnNpm(), p.Home.Tag(tag), p.Home.Version(to)}
	return t.move(ctx, m, func() error { return t.mayReturn(ctx, m, p.Home.Version(from)) })
}

// moving is a dist-tag on its way, as npm has it.
type moving struct {
	name    spec.Name
	tag     spec.DistTag
	version spec.Version
}

func (t Tagger) move(ctx context.Context, m moving, may func() error) error {
	if len(t.Credentials) == 0 {
		return fmt.Errorf("moving a dist-tag of %s: no credentials: %w", m.name, spec.ErrRefused)
	}
	var refusals []error
	for _, credentials := range t.Credentials {
		credential, err := credentials.For(ctx, m.name)
		if err == nil {
			err = may()
		}
		if err == nil {
			err = t.mayPoint(ctx, m)
		}
		if err == nil {
			err = t.Registry.SetDistTag(ctx, m.name, m.tag, m.version, credential)
		}
		if err == nil || !errors.Is(err, spec.ErrRefused) {
			return err
		}
		refusals = append(refusals, err)
	}
	return errors.Join(refusals...)
}
