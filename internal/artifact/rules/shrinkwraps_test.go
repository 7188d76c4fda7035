package rules_test

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact/rules"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func TestAShrinkwrapPinsThePlatformsOfTheRelease(t *testing.T) {
	const (
		a, b     = `"node_modules/@s/p-a": {"version": "1.0.0", "optional": true}`, `"node_modules/@s/p-b": {"version": "1.0.0", "optional": true}`
		root     = `"": {"name": "p", "version": "1.0.0", "optionalDependencies": {"@s/p-a": "1.0.0", "@s/p-b": "1.0.0"}}`
		address  = "https://registry.example.test/@s/p-b/-/p-b-1.0.0.tgz"
		resolved = `"node_modules/@s/p-b": {"version": "1.0.0", "resolved": `
	)
	packages := func(pins ...string) string {
		return `{"lockfileVersion": 3, "packages": {` + strings.Join(append(pins, root), ", ") + `}}`
	}
	for name, test := range map[string]struct{ file, refusal string }{
		"all":                                  {packages(a, b), ""},
		"more":                                 {packages(a, b, `"node_modules/x": {"version": "7.0.0"}`), ""},
		"with an address":                      {packages(a, resolved+`"`+address+`"}`), ""},
		"with its integrity":                   {packages(a, resolved+`"`+address+`", "integrity": "sha512-right"}`), ""},
		"the older form":                       {`{"lockfileVersion": 1, "dependencies": {"@s/p-a": {"version": "1.0.0"}, "@s/p-b": {"version": "1.0.0"}}}`, ""},
		"both forms, of which packages counts": {`{"lockfileVersion": 2, "packages": {` + a + `, ` + b + `}, "dependencies": {}}`, ""},

		"one":                     {packages(a), "which does not pin the release's platforms: @s/p-b is missing; leave npm-shrinkwrap.json out of the package, or let"},
		"none":                    {packages(), "@s/p-a is missing; @s/p-b is missing"},
		"none, in the older form": {`{"lockfileVersion": 1, "dependencies": {}}`, "@s/p-a is missing"},
		"both forms, of which dependencies counts for nothing": {
			`{"packages": {}, "dependencies": {"@s/p-a": {"version": "1.0.0"}, "@s/p-b": {"version": "1.0.0"}}}`, "@s/p-a is missing; @s/p-b is missing"},
		"another version":                    {packages(a, `"node_modules/@s/p-b": {"version": "0.9.0"}`), `: @s/p-b is pinned at "0.9.0", not "1.0.0";`},
		"another version, in the older form": {`{"dependencies": {"@s/p-a": {"version": "1.0.0"}, "@s/p-b": {"version": "0.9.0"}}}`, `pinned at "0.9.0"`},
		"no version":                         {packages(a, `"node_modules/@s/p-b": {}`), `pinned at "", not`},
		"where only another finds it": {packages(a, `"node_modules/x/node_modules/@s/p-b": {"version": "1.0.0"}`),
			"@s/p-b is pinned at node_modules/x/node_modules/@s/p-b only, where the entry does not find it"},
		"where only another finds it, in the older form": {
			`{"dependencies": {"@s/p-a": {"version": "1.0.0"}, "x": {"version": "1.0.0", "dependencies": {"@s/p-b": {"version": "1.0.0"}}}}}`,
			"@s/p-b is pinned at node_modules/x/node_modules/@s/p-b only"},
		"a link":            {packages(a, `"node_modules/@s/p-b": {"link": true, "resolved": "packages/b"}`), "@s/p-b is a link to a folder"},
		"another package":   {packages(a, `"node_modules/@s/p-b": {"version": "1.0.0", "name": "@s/p-a"}`), "@s/p-b is pinned as @s/p-a"},
		"another tarball":   {packages(a, resolved+`"`+strings.Replace(address, "1.0.0", "0.9.0", 1)+`"}`), "@s/p-b is to come from https://"},
		"another registry":  {packages(a, resolved+`"`+strings.Replace(address, "registry", "localhost", 1)+`"}`), "@s/p-b is to come from https://localhost"},
		"a file":            {packages(a, resolved+`"file:p-b-1.0.0.tgz"}`), "@s/p-b is to come from file:"},
		"another integrity": {packages(a, resolved+`"`+address+`", "integrity": "sha512-wrong"}`), "another integrity than its artifact has"},
		"an integrity of what is not packed yet": {packages(strings.Replace(a, "optional", `integrity": "sha512-x", "optional`, 1), b),
			"@s/p-a is pinned with an integrity, which cannot be known before it is packed"},
		"no JSON":        {`{`, "of its npm-shrinkwrap.json: it is no JSON; npm up to 11 then installs the entry without any platform"},
		"nothing":        {``, "it is no JSON"},
		"another form":   {`{"packages": []}`, "it is not of the form that npm writes"},
		"another form 2": {`{"packages": {"node_modules/@s/p-a": 7}}`, "it is not of the form that npm writes"},
		"too deep":       {strings.Repeat(`{"dependencies": {"a": `, 200) + "{}" + strings.Repeat("}}", 200), "it is not of the form that npm writes"},
		"null":           {`null`, "@s/p-a is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			want := entry("@s/p-a", "@s/p-b")
			want.Registry = "registry.example.test"
			want.Integrity = func(name spec.Name) (spec.Integrity, bool) { return "sha512-right", name == "@s/p-b" }
			refusals, warnings := ofTgz(t, "shrinkwrap", want, map[string]string{"package.json": document + `"bin": "p.js"}`, "npm-shrinkwrap.json": test.file})
			if test.refusal == "" {
				g.Expect(refusals).To(BeEmpty())
				g.Expect(warnings).To(ConsistOf(ContainSubstring("npm up to 11 installs all 2 platforms on every machine")))
				return
			}
			g.Expect(refusals).To(ConsistOf(ContainSubstring(test.refusal)))
			g.Expect(warnings).To(BeEmpty())
		})
	}
}

func TestAShrinkwrapElsewhere(t *testing.T) {
	g := NewWithT(t)
	files := map[string]string{"package.json": document + `"main": "a.js"}`, "a.js": "", "npm-shrinkwrap.json": `{"packages": {}}`}
	refusals, warnings := ofTgz(t, "shrinkwrap", rules.Want{}, files)
	g.Expect(refusals).To(BeEmpty())
	g.Expect(warnings).To(ConsistOf(ContainSubstring("holds its users to the versions that it pins")))

	delete(files, "npm-shrinkwrap.json")
	files["lib/npm-shrinkwrap.json"] = `{"packages": {}}` // npm looks at the root only
	refusals, warnings = ofTgz(t, "shrinkwrap", entry("@s/p-a"), files)
	g.Expect(refusals).To(BeEmpty())
	g.Expect(warnings).To(BeEmpty())
}

func TestAShrinkwrapOfAnySizeIsNotHeld(t *testing.T) {
	g := NewWithT(t)
	refusals, _ := ofTgz(t, "shrinkwrap", entry("@s/p-a"), map[string]string{
		"package.json": document + `"bin": "p.js"}`, "npm-shrinkwrap.json": `{"packages": {}}` + strings.Repeat(" ", 8<<20),
	})
	g.Expect(refusals).To(ConsistOf(ContainSubstring("it has more than 8 MiB, which is not read here")))
}

func TestAShrinkwrapInADirectoryIsNotPacked(t *testing.T) {
	g := NewWithT(t)
	dir := forms(t, map[string]string{"package.json": document + `"bin": "p.js"}`, "p.js": "", "npm-shrinkwrap.json": `{"packages": {}}`})[0]
	refusals, warnings := told(t, dir, "shrinkwrap", entry("@s/p-a"))
	g.Expect(refusals).To(BeEmpty())
	g.Expect(warnings).To(BeEmpty())
	g.Expect(dir.Files()).NotTo(ContainElement("npm-shrinkwrap.json"))
}

// ofTgz are what one rule says of a .tgz of these files.
func ofTgz(t *testing.T, rule string, want rules.Want, files map[string]string) (refusals, warnings []string) {
	t.Helper()
	return told(t, forms(t, files)[1], rule, want)
}
