package desired_test

import (
	"fmt"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
)

func TestAGroupsProvenanceGoesBeforeThatOfAll(t *testing.T) {
	const form = `apiVersion: reconcile.agentfacets.io/v1alpha1
kind: DesiredState
spec:
  %s
  groups:
    - {name: libraries, tag: "{package}@{version}", %s packages: [{package: "@tool/core"}]}
`
	for name, test := range map[string]struct {
		of, own string
		want    desired.Provenance
	}{
		"nothing said": {want: desired.ProvenanceAuto},
		"of all":       {of: "provenance: required", want: desired.ProvenanceRequired},
		"its own":      {of: "provenance: required", own: "provenance: off,", want: desired.ProvenanceOff},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			state, err := desired.Parse(fmt.Appendf(nil, form, test.of, test.own), "file")
			g.Expect(err).NotTo(HaveOccurred())
			releases, err := state.Releases(t.Context(), desired.Selection{}, nil)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(releases[0].Provenance).To(Equal(test.want))
		})
	}
}
