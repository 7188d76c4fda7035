package observed_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

func TestWhatNPMSaysOfWithdrawnVersionsIsRead(t *testing.T) {
	for name, test := range map[string]struct {
		shape func(*registry)
		want  observed.Component
	}{
		"it is deprecated":  {func(r *registry) { r.manifest.Deprecated = "broken" }, observed.Component{State: observed.Served, Deprecated: "broken"}},
		"it is not":         {func(*registry) {}, observed.Component{State: observed.Served}},
		"it is not there":   {unserved, observed.Component{State: observed.Absent}},
		"it cannot be read": {unreadable, observed.Component{State: observed.Unknown, Err: errBroken}},
	} {
		t.Run(name, func(t *testing.T) {
			test.want.Name, test.want.Version = "p", "2.0.0"
			p := observe(t, serving(test.shape), observed.Query{Name: "p", Withdrawn: []spec.Version{"2.0.0"}})
			NewWithT(t).Expect(p.Withdrawn).To(Equal(map[spec.Version]observed.Component{"2.0.0": test.want}))
		})
	}
}

func TestAnAuditKnowsWhatLatestMustNotBePointedAt(t *testing.T) {
	const one, two, three = "lib@1.0.0", "lib@2.0.0", "lib@3.0.0"
	for name, test := range map[string]struct {
		latest     spec.Version
		deprecated map[string]spec.Text
		broken     string
		want       []spec.Version
	}{
		"nothing is deprecated":       {"0.0.1", nil, "", nil},
		"the highest is":              {"0.0.1", map[string]spec.Text{three: "x"}, "", []spec.Version{"3.0.0"}},
		"all are":                     {"0.0.1", map[string]spec.Text{one: "x", two: "x", three: "x"}, "", []spec.Version{"3.0.0", "2.0.0", "1.0.0"}},
		"the highest cannot be read":  {"0.0.1", nil, "manifest of " + three, []spec.Version{"3.0.0"}},
		"latest is a release already": {"2.0.0", map[string]spec.Text{three: "x"}, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			a := &archive{versions: map[spec.Name][]spec.Version{"lib": {"0.0.1", "1.0.0", "2.0.0", "3.0.0", "4.0.0-rc.1"}},
				manifests: map[string]spec.Manifest{}, broken: map[string]bool{test.broken: true}}
			for _, id := range []string{one, two, three, "lib@4.0.0-rc.1"} {
				a.manifests[id] = spec.Manifest{Deprecated: test.deprecated[id]}
			}
			histories, err := observed.Auditor{Archive: a, Concurrency: 1}.Audit(t.Context(), []observed.AuditQuery{{
				Name: "lib", Placeholder: "0.0.1", DistTags: map[spec.DistTag]spec.Version{spec.Latest: test.latest},
			}})
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(histories[0].Deprecated).To(Equal(test.want))
			if test.broken != "" {
				g.Expect(histories[0].Err).To(HaveOccurred())
			} else {
				g.Expect(histories[0].Err).NotTo(HaveOccurred())
			}
		})
	}
}
