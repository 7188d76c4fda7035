package observed_test

import (
	"encoding/json"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

func TestHowTheVersionBeforeWasPublishedIsRead(t *testing.T) {
	const by = `{"_npmUser": {"trustedPublisher": {"id": "github", "oidcConfigId": "oidc:1"}}}`
	for name, c := range map[string]struct {
		query observed.Query
		read  bool
	}{
		"where there is no version yet": {observed.Query{Over: spec.Latest}, true},
		"where nobody asks":             {observed.Query{}, false},
		"where it has no such dist-tag": {observed.Query{Over: "next"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			c.query.Name = "p"
			r := serving(func(r *registry) { g.Expect(json.Unmarshal([]byte(by), &r.manifest)).To(Succeed()) })
			p := observe(t, r, c.query)
			g.Expect(p.Before != nil).To(Equal(c.read))
			if c.read {
				g.Expect(*p.Before).To(And(HaveField("PublishedBy", "github"), HaveField("With", "oidc:1"), HaveField("Version", spec.Version("1.0.0"))))
			}
		})
	}
}
