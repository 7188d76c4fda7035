package reconcile_test

import (
	"fmt"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/ci/githubactions"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

func TestMovingToAnotherProvider(t *testing.T) {
	workflow := func(file string) spec.TrustedPublisher {
		return githubactions.Workflow{Repository: "o/r", Workflow: file}.Publisher(spec.PermissionPublish)
	}
	old, github := circle("org"), workflow("publish.yml") // of github.com/o/r, both
	elsewhere := circle("org")
	elsewhere.Claims["oidc.circleci.com/vcs-origin"] = "github.com/o/other"
	type list = []spec.TrustedPublisher
	for _, c := range []struct {
		name    string
		have    list
		by      string // who published the version
		prune   bool
		want    string
		says    string
		planned bool
	}{
		{name: "the new one is missing", have: list{old}, want: "False/Moving", says: "the project moves: circleci", planned: true},
		{name: "the old one's version proves nothing", have: list{old, github}, by: "circleci", want: "True/Moving", says: "this stays: circleci"},
		{name: "pruned at once", have: list{old, github}, prune: true, want: "True/Moving", says: "not needed any more: circleci", planned: true},
		{name: "the new one is proven", have: list{old, github}, by: "github", want: "True/Moving", says: "so this is not needed", planned: true},
		{name: "perhaps by another workflow", have: list{old, github, workflow("nightly.yml")}, by: "github", want: "True/Moving", says: "this stays"},
		{name: "the old one has gone", have: list{github}, by: "github", want: "True/Configured", says: "desired claims"},
		{name: "another repository's stays", have: list{elsewhere, github}, by: "github", want: "True/Configured", says: "desired claims"},
		{name: "another repository's is no move", have: list{elsewhere}, want: "False/NotConfigured", says: "for another", planned: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			want := reconcile.Desired{TrustedPublishers: spec.TrustedPublishers{github}, Releases: []desired.Release{{
				Group: "libraries", Selected: true, DistTag: "latest", Version: "1.0.0",
				Packages: []desired.Package{{Name: "lib", Role: desired.RoleLibrary}},
			}}}
			seen := observed.Snapshot{"lib": is("lib", trust(observed.Trust{Listed: true, Publishers: c.have, PublishedBy: c.by}))}
			plan := reconcile.Diff(want, seen, reconcile.Policy{Prune: c.prune, Session: true})
			condition, _ := plan.Packages()[0].Condition(reconcile.Trusted)
			g.Expect(fmt.Sprintf("%s/%s", condition.Status, condition.Reason)).To(Equal(c.want))
			g.Expect(condition.Message).To(ContainSubstring(c.says))
			planned := false
			for _, change := range plan.Packages()[0].Changes {
				planned = planned || change.Action == reconcile.Trust
			}
			g.Expect(planned).To(Equal(c.planned))
		})
	}
}
