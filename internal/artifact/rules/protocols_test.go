package rules_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact/rules"
)

func TestDependenciesCanBeInstalledFromARegistry(t *testing.T) {
	const out = "which npm cannot install from a registry"
	for wanted, test := range map[string]struct{ refusal, warning string }{
		"^1.2.3": {}, "": {}, "*": {}, "1.x || >=2.5.0 || 5.0.0 - 7.2.3": {}, "latest": {}, "next-11": {}, ">= 18 <20": {}, "~> 1.2": {},
		"npm:b@^1": {}, "npm:@s/b@latest": {}, "npm:@s/b": {}, "<1.0.0-beta": {},

		"https://example.test/a.tgz":       {"", "npm 12 installs nothing from an address unless"},
		"git+https://example.test/a.git#1": {"", "npm 12 installs nothing from git unless its user allows it; depend on a version"},
		"user/project#semver:^1":           {"", "from git"}, "github:user/project": {"", "from git"}, "gist:abc": {"", "from git"},
		"git@github.com:user/project.git": {"", "from git"},

		"workspace:^":     {out + "; ", ""},
		"catalog:":        {out + "; ", ""},
		"file:../a":       {out + "; publish what it needs and depend on its version, or bundle it", ""},
		"link:../a":       {out + "; publish what it needs", ""},
		"portal:../a":     {out + "; publish what it needs", ""},
		"patch:a@npm%3A1": {out + "; depend on a version in the registry, or bundle the patched code", ""},
		"jsr:@s/a@^1":     {out + "; bundle it into the build", ""},
		"../x":            {out, ""}, "./x": {out, ""}, "~/x": {out, ""}, "/x": {out, ""}, `C:\x`: {out, ""}, "a.tgz": {out, ""}, ".": {out, ""},
		"exec:./make.js": {out, ""}, "git+file:///x": {out, ""}, "ftp://example.test/a": {out, ""}, "ssh://git@example.test/a": {out, ""},
		"https://": {out, ""}, "npm:": {out, ""}, "npm:b@file:../b": {out, ""}, "npm:b@workspace:*": {out, ""}, "npm:b@npm:c@1": {out, ""}, "npm:b@a.tgz": {out, ""},
		"$VERSION": {out, ""}, "{version}": {out, ""}, "two words": {out, ""}, ":": {out, ""}, "unknown:": {out, ""}, "a/b/c": {out, ""},
	} {
		for _, block := range []string{"dependencies", "optionalDependencies", "peerDependencies"} {
			t.Run(block+" "+wanted, func(t *testing.T) {
				g := NewWithT(t)
				said := "its " + block + ` need a as "`
				for _, form := range forms(t, map[string]string{"package.json": document + `"` + block + `": {"a": ` + quoted(wanted) + `}}`}) {
					refusals, warnings := told(t, form, "protocols", rules.Want{})
					if test.refusal == "" {
						g.Expect(refusals).To(BeEmpty())
					} else {
						g.Expect(refusals).To(ConsistOf(And(ContainSubstring(said), ContainSubstring(test.refusal))))
					}
					if test.warning == "" {
						g.Expect(warnings).To(BeEmpty())
					} else {
						g.Expect(warnings).To(ConsistOf(And(ContainSubstring(said), ContainSubstring(test.warning))))
					}
				}
			})
		}
	}
}

func TestTheWayOutOfAWorkspaceIsOneThatHelps(t *testing.T) {
	g := NewWithT(t)
	files := map[string]string{"package.json": document + `"dependencies": {"a": "catalog:"}, "devDependencies": {"b": "workspace:*", "c": "jsr:@s/c@1"}}`}
	directory, packed := forms(t, files)[0], forms(t, files)[1]
	refusals, _ := told(t, directory, "protocols", rules.Want{})
	g.Expect(refusals).To(ConsistOf(
		ContainSubstring("write the version, or pack it with pnpm, Yarn or Bun, which do, and name the .tgz"),
		ContainSubstring(`its devDependencies need b as "workspace:*", which only a package manager can resolve`)))
	refusals, _ = told(t, packed, "protocols", rules.Want{})
	g.Expect(refusals).To(ConsistOf(ContainSubstring("pack it again with pnpm, Yarn or Bun, which write the version in its place; npm pack does not")),
		"what a package is developed with is nobody's to install")
}
