package report_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/report"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// world is what is, in memory, and those who change it. Errors are what fails, by "action name".
type world struct {
	mu     sync.Mutex
	is     observed.Snapshot
	errors map[string]error
	scan   bool // what is published is accepted and never served
	now    time.Time
}

func (w *world) Observe(_ context.Context, queries []observed.Query) (observed.Snapshot, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	read := observed.Snapshot{}
	for _, q := range queries {
		read[q.Name] = w.is[q.Name]
	}
	return read, nil
}

// change alters a package, unless that is to fail.
func (w *world) change(action string, name spec.Name, alter func(*observed.Package)) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.errors[action+" "+string(name)]; err != nil {
		return err
	}
	p := w.is[name]
	p.DistTags = maps.Clone(p.DistTags)
	alter(&p)
	w.is[name] = p
	return nil
}

func (w *world) Seed(_ context.Context, p desired.Package, _ spec.Version) error {
	return w.change("seed", p.Name, func(p *observed.Package) {
		p.Existence, p.DistTags = observed.Exists, map[spec.DistTag]spec.Version{"placeholder": "0.0.1", "latest": "0.0.1"}
		p.Trust = observed.Trust{Listed: true}
	})
}

func (w *world) Trust(_ context.Context, name spec.Name, what reconcile.Trusting) error {
	return w.change("trust", name, func(p *observed.Package) { p.Trust.Publishers = what.Want })
}

func (w *world) Inspect(_ context.Context, p reconcile.Publication) (reconcile.Inspection, error) {
	return reconcile.Inspection{}, w.change("inspect", p.Package.Name, func(*observed.Package) {})
}

func (w *world) Authorize(_ context.Context, name spec.Name) error {
	return w.change("authorize", name, func(*observed.Package) {})
}

func (w *world) Publish(_ context.Context, p reconcile.Publication) (spec.Integrity, error) {
	return "", w.change("publish", p.Package.Name, func(is *observed.Package) {
		is.State = observed.Accepted
		if !w.scan {
			*is = served(p.Package.Name, is.Trust)
		}
	})
}

func (w *world) Tag(_ context.Context, p desired.Package, tag spec.DistTag, version spec.Version) error {
	return w.change("tag", p.Name, func(is *observed.Package) { is.DistTags[tag] = version })
}

func (w *world) Return(ctx context.Context, p desired.Package, tag spec.DistTag, _, to spec.Version) error {
	return w.Tag(ctx, p, tag, to)
}

func (w *world) Now() time.Time { return w.now }

func (w *world) Wait(ctx context.Context, d time.Duration) error {
	w.now = w.now.Add(d)
	return ctx.Err()
}

// run lets everybody act who is named: of seed, trust, publish, tag.
func (w *world) run(t *testing.T, want reconcile.Desired, actors string) reconcile.Result {
	t.Helper()
	all := reconcile.World{Observer: w, Clock: w}
	for actor := range strings.FieldsSeq(actors) {
		switch actor {
		case "seed":
			all.Seeder = w
		case "trust":
			all.Truster = w
		case "publish":
			all.Publisher, all.Inspector = w, w
		case "tag":
			all.Tagger = w
		}
	}
	w.now = time.Unix(0, 0)
	result, err := reconcile.Run(t.Context(), all, want, reconcile.Policy{}, reconcile.Options{Concurrency: 1, Timeout: time.Hour})
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return result
}

func missing(name spec.Name) observed.Package {
	return observed.Package{Name: name, Existence: observed.Missing, Version: "1.0.0", State: observed.Absent}
}

func absent(name spec.Name) observed.Package {
	return observed.Package{
		Name: name, Existence: observed.Exists, Version: "1.0.0", State: observed.Absent,
		DistTags: map[spec.DistTag]spec.Version{"latest": "0.9.0"}, Trust: observed.Trust{Exchange: observed.ExchangeTaken},
	}
}

func served(name spec.Name, trust observed.Trust) observed.Package {
	m := &spec.Manifest{Name: name, Version: "1.0.0"}
	if name == "cli" {
		m.OptionalDependencies = map[string]string{"@s/cli-darwin-arm64": "1.0.0", "@s/cli-linux-x64": "1.0.0", "@s/cli-linux-x64-musl": "1.0.0"}
	}
	return observed.Package{
		Name: name, Existence: observed.Exists, Version: "1.0.0", State: observed.Served, Manifest: m, Trust: trust,
		DistTags: map[spec.DistTag]spec.Version{"latest": "1.0.0"},
	}
}

func names() []spec.Name {
	return []spec.Name{"cli", "@s/cli-darwin-arm64", "@s/cli-linux-x64", "@s/cli-linux-x64-musl", "@s/adapter", "@s/core"}
}

// all is a world in which every package is as the shape makes it.
func all(shape func(spec.Name) observed.Package) *world {
	w := &world{is: observed.Snapshot{}, errors: map[string]error{}}
	for _, name := range names() {
		w.is[name] = shape(name)
	}
	return w
}

func whole(name spec.Name) observed.Package {
	return served(name, observed.Trust{Exchange: observed.ExchangeTaken})
}

// want is a release of cli with three platforms, and two libraries.
func want() reconcile.Desired {
	tp := spec.TrustedPublisher{
		Type: circleci.Type, Permissions: []string{spec.PermissionPublish},
		Claims: spec.Claims{
			circleci.ClaimOrganization:       "00000000-0000-4000-8000-000000000001",
			circleci.ClaimProject:            "00000000-0000-4000-8000-000000000002",
			circleci.ClaimPipelineDefinition: "00000000-0000-4000-8000-000000000003",
			circleci.ClaimContexts:           []string{"00000000-0000-4000-8000-000000000004", "00000000-0000-4000-8000-000000000005"},
			circleci.ClaimVCSOrigin:          "github.com/o/r",
		},
	}
	cli := desired.Release{
		Group: "cli", Version: "1.0.0", DistTag: "latest", Tag: "cli@1.0.0", Selected: true, Given: true, PlatformForms: []string{"@s/cli-{target}"},
	}
	d := reconcile.Desired{TrustedPublishers: spec.TrustedPublishers{tp}, Placeholder: "0.0.1"}
	for _, name := range names() {
		switch {
		case name == "cli":
			cli.Packages = append(cli.Packages, desired.Package{Name: name, Role: desired.RoleEntry, Group: "cli"})
		case strings.HasPrefix(string(name), "@s/cli-"):
			cli.Packages = append(cli.Packages, desired.Package{Name: name, Role: desired.RolePlatform, Group: "cli"})
		default:
			d.Releases = append(d.Releases, desired.Release{
				Group: "libraries", Version: "1.0.0", DistTag: "latest", Tag: string(name) + "@1.0.0", Selected: true, Given: true,
				Packages: []desired.Package{{Name: name, Role: desired.RoleLibrary, Group: "libraries"}},
			})
		}
	}
	d.Releases = append([]desired.Release{cli}, d.Releases...)
	return d
}

func guide() report.Guide {
	return report.Guide{
		Flags: " -f state.yaml", TrustedPublishers: want().TrustedPublishers,
		AccessPage: func(name spec.Name) string { return fmt.Sprintf("https://www.example.test/package/%s/access", name) },
	}
}

func plan(w *world, d reconcile.Desired) report.Document {
	p := reconcile.Diff(d, w.is, reconcile.Policy{})
	return report.NewPlan(p, "https://registry.example.test/", "o/r", p.ExitCode(), guide())
}

func result(r reconcile.Result) report.Document {
	return report.NewResult(r, "https://registry.example.test/", "o/r", r.ExitCode(), guide())
}

func refused(message string) error { return fmt.Errorf("%s: %w", message, spec.ErrRefused) }

func broken(message string) error { return errors.New(message) }
