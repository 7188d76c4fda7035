package reconcile_test

import (
	"fmt"
	"testing"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// BenchmarkDiff compares releases of an entry and nine platforms each, half of which are to be published.
func BenchmarkDiff(b *testing.B) {
	for _, packages := range []int{1_000, 10_000} {
		b.Run(fmt.Sprintf("packages=%d", packages), func(b *testing.B) {
			want, snapshot := many(packages)
			b.ReportAllocs()
			for b.Loop() {
				if plan := reconcile.Diff(want, snapshot, reconcile.Policy{}); plan.Summary.Publish != packages/2 {
					b.Fatalf("%d to publish", plan.Summary.Publish)
				}
			}
		})
	}
}

// many is a world of so many packages: every other release of ten is absent.
func many(packages int) (reconcile.Desired, observed.Snapshot) {
	const platforms = 9
	tp := circle("o")
	want, snapshot := reconcile.Desired{TrustedPublishers: spec.TrustedPublishers{tp}, Placeholder: "0.0.1"}, observed.Snapshot{}
	for i := range packages / (platforms + 1) {
		entry := spec.Name(fmt.Sprintf("cli-%d", i))
		r := desired.Release{
			Group: string(entry), Version: "1.0.0", DistTag: spec.Latest, Tag: string(entry) + "@1.0.0", Selected: true,
			PlatformForms: []string{string(entry) + "-{target}"}, Packages: []desired.Package{{Name: entry, Role: desired.RoleEntry}},
		}
		var names []string
		for j := range platforms {
			name := fmt.Sprintf("%s-t%d", entry, j)
			names = append(names, name)
			r.Packages = append(r.Packages, desired.Package{Name: spec.Name(name), Role: desired.RolePlatform, Target: fmt.Sprintf("t%d", j)})
		}
		want.Releases = append(want.Releases, r)
		for _, p := range r.Packages {
			switch {
			case i%2 == 1:
				snapshot[p.Name] = is(p.Name, state(observed.Absent))
			case p.Role == desired.RoleEntry:
				snapshot[p.Name] = is(p.Name, lists(names...))
			default:
				snapshot[p.Name] = is(p.Name)
			}
		}
	}
	return want, snapshot
}
