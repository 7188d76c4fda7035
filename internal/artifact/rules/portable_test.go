package rules_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact/rules"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func TestNamesThatCollideElsewhereAreWarnedOf(t *testing.T) {
	on := func(systems ...string) rules.Want { return rules.Want{Platform: spec.Platform{OS: systems}} }
	const one, impossible = "keep one only", "cannot keep by their names"
	for name, test := range map[string]struct {
		files []string
		want  rules.Want
		says  []string // of one warning; nil: none
	}{
		"case":                    {[]string{"lib/Index.js", "lib/index.js"}, rules.Want{}, []string{one, "lib/Index.js, lib/index.js"}},
		"case of a folder":        {[]string{"Lib/a.js", "lib/a.js"}, on("darwin"), []string{one, "Lib/a.js"}},
		"three of a kind":         {[]string{"a", "A", "x", "b/C", "b/c"}, on("win32"), []string{one, "A, a, b/C and 1 more"}},
		"composed letters":        {[]string{"caf\u00e9.js", "cafe\u0301.js"}, on("darwin", "linux"), []string{one, "caf"}},
		"a file and a folder":     {[]string{"bin", "Bin/x", "Bin/y"}, rules.Want{}, []string{one, "bin, Bin/x"}},
		"where it installs never": {[]string{"a", "A", "aux.js"}, on("linux"), nil},
		"where it is shut out":    {[]string{"aux.js"}, on("!win32"), nil},
		"a device":                {[]string{"lib/aux.js", "com1/x", "NUL"}, rules.Want{}, []string{impossible, "lib/aux.js", "com1/x", "NUL"}},
		"a device, on macOS":      {[]string{"lib/aux.js"}, on("darwin"), nil},
		"a colon":                 {[]string{"a:b.js"}, on("win32"), []string{impossible, "a:b.js"}},
		"a dot at the end":        {[]string{"a./b"}, rules.Want{}, []string{impossible, "a./b"}},
		"a space at the end":      {[]string{"a "}, rules.Want{}, []string{impossible, "a "}},
		"what only looks like it": {[]string{"auxiliary.js", "com10", "console.js", "lib/a", "lib.js", "a b", ".a", "comma", "x/aux-1", "b/a", "ba"}, rules.Want{}, nil},
	} {
		files := map[string]string{}
		for _, file := range test.files {
			files[file] = "x"
		}
		for form, a := range opened(t, files) {
			t.Run(name+" in a "+form, func(t *testing.T) {
				if test.says == nil {
					NewWithT(t).Expect(problems(t, a, test.want, "portable")).To(BeEmpty())
					return
				}
				warns(t, a, test.want, "portable", append(test.says, "rename them")...)
			})
		}
	}
}

func TestThePackagesOwnOSDecidesWhereTheStateFileIsSilent(t *testing.T) {
	for _, a := range opened(t, map[string]string{"package.json": `{"name": "p", "version": "1.0.0", "os": ["linux"]}`, "a": "", "A": "", "con": ""}) {
		NewWithT(t).Expect(problems(t, a, rules.Want{}, "portable")).To(BeEmpty())
	}
}
