package observed_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

var (
	errAbsent = fmt.Errorf("404: %w", spec.ErrNotFound)
	errBroken = errors.New("503")
)

// mine and theirs are the integrities of two tarballs.
var (
	mine   = spec.NewIntegrity([64]byte{1})
	theirs = spec.NewIntegrity([64]byte{2})
)

// registry answers as it is told, whatever it is asked for.
type registry struct {
	tags        map[spec.DistTag]spec.Version
	tagsErr     error
	manifest    spec.Manifest
	manifestErr error
	tarballErr  error
	unpublished time.Time
	versions    []spec.Version
	versionsErr error
	goneErr     error                                     // of asking whether it was unpublished
	before      func(ctx context.Context, request string) // of every answer

	mu       sync.Mutex
	requests []string
}

func (r *registry) ask(ctx context.Context, request string) {
	r.mu.Lock()
	r.requests = append(r.requests, request)
	r.mu.Unlock()
	if r.before != nil {
		r.before(ctx, request)
	}
}

func (r *registry) DistTags(ctx context.Context, name spec.Name) (map[spec.DistTag]spec.Version, error) {
	r.ask(ctx, "tags of "+string(name))
	return r.tags, r.tagsErr
}

func (r *registry) Manifest(ctx context.Context, name spec.Name, version spec.Version) (spec.Manifest, error) {
	r.ask(ctx, fmt.Sprintf("manifest of %s@%s", name, version))
	return r.manifest, r.manifestErr
}

func (r *registry) TarballExists(ctx context.Context, name spec.Name, url string) error {
	r.ask(ctx, fmt.Sprintf("tarball of %s at %s", name, url))
	return r.tarballErr
}

func (r *registry) Unpublished(ctx context.Context, name spec.Name) (time.Time, error) {
	r.ask(ctx, "packument of "+string(name))
	return r.unpublished, r.goneErr
}

func (r *registry) Versions(ctx context.Context, name spec.Name) ([]spec.Version, error) {
	r.ask(ctx, "versions of "+string(name))
	return r.versions, r.versionsErr
}

// serving is a registry that serves p@1.0.0 and has it tagged; change makes of it what a case needs.
func serving(change ...func(*registry)) *registry {
	r := &registry{
		tags: map[spec.DistTag]spec.Version{"latest": "1.0.0"},
		manifest: spec.Manifest{Name: "p", Version: "1.0.0",
			Dist: spec.Dist{Integrity: mine, Tarball: "http://registry.example.test/p.tgz"}},
	}
	for _, c := range change {
		c(r)
	}
	return r
}

func unserved(r *registry)   { r.manifestErr = errAbsent }
func unreadable(r *registry) { r.manifestErr = errBroken }
func unnamed(r *registry)    { r.tags, r.tagsErr = nil, errAbsent }
func tagless(r *registry)    { r.tags, r.tagsErr = nil, errBroken }

func tagged(version spec.Version) func(*registry) {
	return func(r *registry) { r.tags = map[spec.DistTag]spec.Version{"latest": version} }
}

// observe asks one question of one registry.
func observe(t *testing.T, r observed.Registry, q observed.Query) observed.Package {
	t.Helper()
	snapshot, err := observed.Observer{Registry: r, Concurrency: 4}.Observe(t.Context(), []observed.Query{q})
	if err != nil {
		t.Fatal(err)
	}
	if len(snapshot) != 1 {
		t.Fatalf("%d packages in the snapshot", len(snapshot))
	}
	return snapshot[q.Name]
}

func jsonInto(value any, text string) error { return json.Unmarshal([]byte(text), value) }
