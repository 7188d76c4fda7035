package spec_test

import (
	"encoding/json"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func TestAManifestsContentPolicyMayBeAnything(t *testing.T) {
	for written, class := range map[string]string{
		`{"class": "dual-use"}`: spec.DualUse, `{"class": "other", "more": 1}`: "other", `{"class": 1}`: "", `"dual-use"`: "", `null`: "", `[]`: "", `false`: "",
	} {
		g := NewWithT(t)
		var m spec.Manifest
		g.Expect(json.Unmarshal([]byte(`{"name": "p", "version": "1.0.0", "contentPolicy": `+written+`}`), &m)).To(Succeed())
		g.Expect(m.ContentPolicy.Class).To(Equal(class), written)
		g.Expect(m.Name).To(Equal(spec.Name("p")))
	}
}
