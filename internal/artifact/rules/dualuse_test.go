package rules_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact/rules"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func TestDualUseFollowsTheRegistrysRules(t *testing.T) {
	const declared = `{"name": "p", "version": "1.1.0", "contentPolicy": {"class": "dual-use"}}`
	served := func(class string) *spec.Manifest {
		return &spec.Manifest{Name: "p", Version: "1.0.0", ContentPolicy: spec.ContentPolicy{Class: class}}
	}
	for name, test := range map[string]struct {
		files   map[string]string
		want    rules.Want
		refused []string
		warned  string
	}{
		"by a human, disclosed":         {map[string]string{"package.json": declared, "DISCLOSURE": "what for"}, rules.Want{Served: served("dual-use")}, nil, ""},
		"declared for the first time":   {map[string]string{"package.json": declared, "DISCLOSURE": "what for"}, rules.Want{Served: served("")}, nil, ""},
		"by a pipeline":                 {map[string]string{"package.json": declared, "DISCLOSURE": "what for"}, rules.Want{Direct: true}, []string{"apply --auth token"}, ""},
		"not disclosed":                 {map[string]string{"package.json": declared}, rules.Want{}, []string{"a file DISCLOSURE with that; add one"}, ""},
		"disclosed by another name":     {map[string]string{"package.json": declared, "disclosure.md": "what for"}, rules.Want{}, []string{"by that very name; it has disclosure.md"}, ""},
		"disclosed below":               {map[string]string{"package.json": declared, "docs/DISCLOSURE": "what for"}, rules.Want{}, []string{"a file DISCLOSURE with that; add one"}, ""},
		"disclosed by nothing":          {map[string]string{"package.json": declared, "DISCLOSURE": ""}, rules.Want{}, []string{"the one it has is empty"}, ""},
		"all at once":                   {map[string]string{"package.json": declared}, rules.Want{Direct: true}, []string{"DISCLOSURE", "second factor"}, ""},
		"dropped":                       {map[string]string{}, rules.Want{Served: served("dual-use")}, []string{"p@1.0.0 declares itself as dual-use and it does not"}, ""},
		"never declared, by a pipeline": {map[string]string{}, rules.Want{Direct: true, Served: served("")}, nil, ""},
		"nothing known":                 {map[string]string{}, rules.Want{Direct: true}, nil, ""},
		"misspelt": {map[string]string{"package.json": `{"name": "p", "version": "1.1.0", "contentPolicy": {"class": "dualuse"}}`}, rules.Want{Direct: true},
			nil, `write {"class": "dual-use"}`},
		"of another kind": {map[string]string{"package.json": `{"name": "p", "version": "1.1.0", "contentPolicy": "dual-use"}`},
			rules.Want{Served: served("dual-use")}, []string{"back into its package.json"}, "its contentPolicy is none"},
	} {
		for form, a := range opened(t, test.files) {
			t.Run(name+" in a "+form, func(t *testing.T) {
				g := NewWithT(t)
				var refused, warned []string
				for _, p := range problems(t, a, test.want, "dual-use") {
					if p.Refused {
						refused = append(refused, p.String())
					} else {
						warned = append(warned, p.String())
					}
				}
				g.Expect(refused).To(HaveLen(len(test.refused)))
				for i, text := range test.refused {
					g.Expect(refused[i]).To(ContainSubstring(text))
				}
				if test.warned == "" {
					g.Expect(warned).To(BeEmpty())
				} else {
					g.Expect(warned).To(ConsistOf(ContainSubstring(test.warned)))
				}
			})
		}
	}
}
