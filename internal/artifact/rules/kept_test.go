package rules_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact/rules"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func TestAPlatformKeepsItsCommands(t *testing.T) {
	g := NewWithT(t)
	want := of(t, `{"name": "e", "version": "1.0.0"}`)
	want.Served = &spec.Manifest{Name: "p", Version: "1.0.0-rc.1", Bin: spec.Commands{"p": "bin/p"}}
	refusals, _ := judged(t, "kept", want, map[string]string{"package.json": document + `"os": "linux"}`, "bin/p": executable("linux", "x64")})
	g.Expect(refusals).To(ConsistOf(ContainSubstring("has the command p, and it has none")))
}

func TestCommandsThatUsersHaveAreKept(t *testing.T) {
	for name, test := range map[string]struct {
		served  spec.Version
		had     spec.Commands
		bin     string
		library bool
		refusal string
		warning string
	}{
		"kept":               {"0.9.9", spec.Commands{"p": "old/p.js"}, `"bin": "p.js"`, false, "", ""},
		"kept by name":       {"0.9.9", spec.Commands{"p": "p.js"}, `"bin": {"p": "p.js", "q": "p.js"}`, false, "", ""},
		"never had one":      {"0.0.1", nil, `"main": "p.js"`, false, "", ""},
		"lost":               {"1.0.0-rc.1", spec.Commands{"p": "p.js"}, `"main": "p.js"`, false, "1.0.0-rc.1, which users have now, has the command p, and it has none; put it back in bin", ""},
		"renamed":            {"1.0.0-rc.1", spec.Commands{"p": "p.js"}, `"bin": {"q": "p.js"}`, false, "has the command p, and it has q", ""},
		"one of two":         {"1.0.0-rc.1", spec.Commands{"p": "p.js", "q": "p.js"}, `"bin": "p.js"`, false, "has the command q, and it has p", ""},
		"of a library":       {"1.0.0-rc.1", spec.Commands{"p": "p.js"}, `"main": "p.js"`, true, "has the command p", ""},
		"breaking, one left": {"0.9.9", spec.Commands{"p": "p.js", "q": "p.js"}, `"bin": "p.js"`, false, "", "has the command q"},
		"breaking, none":     {"0.9.9", spec.Commands{"p": "p.js"}, `"main": "p.js"`, false, "has the command p", ""},
		"library, breaking":  {"0.9.9", spec.Commands{"p": "p.js"}, `"main": "p.js"`, true, "", "has the command p"},
		"a newer is served":  {"1.0.1", spec.Commands{"p": "p.js"}, `"main": "p.js"`, false, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			want := entry("@s/p-linux-x64")
			if test.library {
				want = rules.Want{}
			}
			want.Served = &spec.Manifest{Name: "p", Version: test.served, Bin: test.had}
			refusals, warnings := judged(t, "kept", want, map[string]string{"package.json": document + test.bin + "}", "p.js": "#!/usr/bin/env node\n"})
			if test.refusal == "" {
				g.Expect(refusals).To(BeEmpty())
			} else {
				g.Expect(refusals).To(ConsistOf(ContainSubstring(test.refusal)))
			}
			if test.warning == "" {
				g.Expect(warnings).To(BeEmpty())
			} else {
				g.Expect(warnings).To(ConsistOf(ContainSubstring(test.warning)))
			}
		})
	}
}
