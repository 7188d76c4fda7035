package spec_test

import (
	"encoding/json"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func TestStanding(t *testing.T) {
	const trusted = `"_npmUser": {"name": "n", "trustedPublisher": {"id": "github", "oidcConfigId": "x"}}`
	const provenance = `"dist": {"attestations": {"url": "u", "provenance": {"predicateType": "https://slsa.dev/provenance/v1"}}}`
	for manifest, want := range map[string]spec.Standing{
		`{}`: spec.ByToken,
		`{"_npmUser": {"name": "n"}, "dist": {}}`:                                 spec.ByToken,
		`{"_npmUser": null, "dist": {"attestations": null}}`:                      spec.ByToken,
		`{` + trusted + `}`:                                                       spec.ByTrustedPublisher,
		`{` + provenance + `}`:                                                    spec.WithProvenance,
		`{` + trusted + `, ` + provenance + `}`:                                   spec.ByTrustedPublisherWithProvenance,
		`{"_npmUser": {"name": "n", "approver": {"name": "m"}}}`:                  spec.ByApprover,
		`{"_npmUser": {"name": "n", "approver": "m"}, ` + provenance + `}`:        spec.ByApprover,
		`{"_npmUser": {"name": "n", "approver": null}}`:                           spec.ByToken,
		`{"dist": {"attestations": "odd"}}`:                                       spec.ByToken,
		`{"dist": {"attestations": [1, 2]}}`:                                      spec.ByToken,
		`{"dist": {"attestations": {"url": "u"}}}`:                                spec.ByToken,
		`{"dist": {"attestations": {"provenance": {}}}}`:                          spec.ByToken,
		`{"dist": {"attestations": {"provenance": false}}}`:                       spec.ByToken,
		`{` + trusted + `, "dist": {"attestations": {"provenance": {"a": "b"}}}}`: spec.ByTrustedPublisherWithProvenance,
	} {
		var m spec.Manifest
		NewWithT(t).Expect(json.Unmarshal([]byte(manifest), &m)).To(Succeed(), manifest)
		NewWithT(t).Expect(m.Standing()).To(Equal(want), manifest)
	}
}
