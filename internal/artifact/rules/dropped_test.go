package rules_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact/rules"
)

func TestLinksThatNpmLeavesOutAreWarnedOf(t *testing.T) {
	const document = `{"name": "p", "version": "1.0.0", "main": "lib/index.js", "bin": "cli"}`
	for name, test := range map[string]struct {
		files map[string]string
		says  string // "": nothing
	}{
		"a library's names": {map[string]string{"lib/libx.so.1.2": "\x7fELF", "lib/libx.so.1": "->libx.so.1.2", "lib/libx.so": "->libx.so.1"}, "lib/libx.so, lib/libx.so.1;"},
		"a framework": {map[string]string{"X.framework/Versions/A/X": "x", "X.framework/Versions/Current": "->A", "X.framework/X": "->Versions/Current/X"},
			"X.framework/Versions/Current, X.framework/X;"},
		"one to nothing":            {map[string]string{"x": "->nothing"}, "pack: x;"},
		"more than are named":       {map[string]string{"a": "->x", "b": "->x", "c": "->x", "d": "->x", "e": "->x"}, "a, b, c and 2 more;"},
		"one that is left out":      {map[string]string{".npmignore": "*.so", "lib/libx.so": "->x"}, ""},
		"one that files leaves out": {map[string]string{"package.json": `{"name": "p", "version": "1.0.0", "files": ["dist"]}`, "lib/x.so": "->x"}, ""},
		"modules beside it":         {map[string]string{"node_modules/x": "->../y"}, ""},
		"a command and main":        {map[string]string{"cli": "->x", "lib": "->src"}, ""},
		"steering letters":          {map[string]string{"a\u202eb": "->x"}, ""},
		"none":                      {map[string]string{"lib/x": "x"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if test.files["package.json"] == "" {
				test.files["package.json"] = document
			}
			a := opened(t, test.files, "directory")["directory"]
			if test.says == "" {
				NewWithT(t).Expect(problems(t, a, rules.Want{}, "dropped")).To(BeEmpty())
				return
			}
			warns(t, a, rules.Want{}, "dropped", test.says)
		})
	}
}
