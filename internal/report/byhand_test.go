package report_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/report"
)

func TestTheActionsToAllowByHandAreThoseThatAreWanted(t *testing.T) {
	publish, stage := spec.PermissionPublish, spec.PermissionStage
	for actions, permissions := range map[string][]string{
		"npm publish (tick it: npm's form preselects staging only)":                         {publish},
		"npm publish and npm stage publish (tick both: npm's form preselects staging only)": {stage, publish},
		"npm stage publish alone (npm's form preselects it)":                                {stage},
	} {
		d := plan(all(missing), want())
		d.Guide.TrustedPublishers[0].Permissions = permissions
		NewWithT(t).Expect(write(t, d, report.Table)).To(ContainSubstring("Allowed actions         " + actions + "\n"))
	}
}
