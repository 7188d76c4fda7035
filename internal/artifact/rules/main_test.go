package rules_test

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact/rules"
)

// importing is a case of what package.json says to those who import the package.
type importing struct {
	fields            string
	files             string // with spaces between them
	refusal, warnings string
}

func (c importing) judge(t *testing.T, rule string, want rules.Want) {
	t.Helper()
	g := NewWithT(t)
	files := map[string]string{"package.json": document + c.fields + "}"}
	for _, name := range strings.Fields(c.files) {
		files[name] = "#!/usr/bin/env node\n"
	}
	refusals, warnings := judged(t, rule, want, files)
	for _, told := range []struct {
		have []string
		want string
	}{{refusals, c.refusal}, {warnings, c.warnings}} {
		if told.want == "" {
			g.Expect(told.have).To(BeEmpty())
		} else {
			g.Expect(strings.Join(told.have, "\n")).To(ContainSubstring(told.want))
		}
	}
}

func TestMainIsAmongTheFiles(t *testing.T) {
	for name, test := range map[string]importing{
		"there":                    {`"main": "./lib/a.js"`, "lib/a.js", "", ""},
		"without ending":           {`"main": "lib/a"`, "lib/a.node", "", ""},
		"a folder":                 {`"main": "lib"`, "lib/index.json", "", ""},
		"a folder with a slash":    {`"main": "lib/"`, "lib/index.js", "", ""},
		"the root":                 {`"main": "."`, "index.js", "", ""},
		"none":                     {`"bin": {}`, "", "", ""},
		"no text":                  {`"main": ["a.js"]`, "", "", ""},
		"missing":                  {`"main": "lib/a.js"`, "lib/b.js", "its main is lib/a.js, which is not among its files, so that it cannot be imported; build it", ""},
		"a folder without":         {`"main": "lib"`, "lib/a.js", "its main is lib,", ""},
		"a file, with a slash":     {`"main": "a.js/"`, "a.js", "its main is a.js/,", ""},
		"outside":                  {`"main": "../a.js"`, "a.js", "its main is ../a.js,", ""},
		"absolute":                 {`"main": "/a.js"`, "a.js", "its main is /a.js,", ""},
		"missing, with an index":   {`"main": "lib/a.js"`, "index.js", "", "Node takes its index.js instead"},
		"missing, with exports":    {`"main": "lib/a.js", "exports": "./b.js"`, "b.js", "", "its main is lib/a.js"},
		"module":                   {`"module": "esm/a.js"`, "", "", "its module is esm/a.js"},
		"module, there":            {`"module": "./esm/a.js"`, "esm/a.js", "", ""},
		"types":                    {`"types": "a.d.ts"`, "", "", "its types is a.d.ts"},
		"types, there":             {`"types": "./a"`, "a.d.ts", "", ""},
		"typings of a folder":      {`"typings": "types"`, "types/index.d.ts", "", ""},
		"browser":                  {`"browser": "web.js"`, "", "", "its browser is web.js"},
		"browser, file by file":    {`"browser": {"./a.js": "./b.js", "fs": false, "x": "y"}`, "a.js", "", "its browser is ./b.js"},
		"browser, file by file, 2": {`"browser": {"./a.js": "./b"}`, "b.js", "", ""},
	} {
		t.Run(name, func(t *testing.T) { test.judge(t, "main", rules.Want{}) })
	}
	t.Run("of a platform", func(t *testing.T) {
		importing{`"main": "p.node"`, "", "its main is p.node", ""}.judge(t, "main", rules.Want{Binary: true})
	})
	t.Run("of an entry with a command", func(t *testing.T) {
		importing{`"main": "lib.js", "bin": "p.js"`, "p.js", "", "its main is lib.js"}.judge(t, "main", entry("@s/p-linux-x64"))
	})
	t.Run("of an entry whose command is missing, too", func(t *testing.T) {
		importing{`"main": "lib.js", "bin": "p.js"`, "", "its main is lib.js", ""}.judge(t, "main", entry("@s/p-linux-x64"))
	})
}

func TestExportsAreAmongTheFiles(t *testing.T) {
	for name, test := range map[string]importing{
		"there":                        {`"exports": "./a.js"`, "a.js", "", ""},
		"null":                         {`"exports": null`, "", "", ""},
		"paths":                        {`"exports": {".": "./a.js", "./b": "./b.js", "./c": null, "./package.json": "./package.json"}`, "a.js b.js", "", ""},
		"conditions":                   {`"exports": {"import": "./a.mjs", "default": "./a.js"}`, "a.mjs a.js", "", ""},
		"missing":                      {`"exports": "./a.js"`, "b.js", `its exports name ./a.js for ".", which is not among its files; build it`, ""},
		"no ending is added":           {`"exports": "./a"`, "a.js", "its exports name ./a for", ""},
		"no folder is taken":           {`"exports": "./lib"`, "lib/index.js", "its exports name ./lib for", ""},
		"a path is missing":            {`"exports": {".": "./a.js", "./b": "./b.js"}`, "a.js", `its exports name ./b.js for "./b"`, ""},
		"a condition is missing":       {`"exports": {".": {"require": "./a.cjs", "import": "./a.mjs"}}`, "a.mjs", `its exports name ./a.cjs for "."`, ""},
		"conditions in conditions":     {`"exports": {"node": {"import": {"default": "./a.mjs"}}}`, "", "its exports name ./a.mjs", ""},
		"types only":                   {`"exports": {".": {"types": "./a.d.ts", "default": "./a.js"}}`, "a.js", "", "its exports name ./a.d.ts"},
		"types of a version":           {`"exports": {".": {"types@>=5": {"import": "./a.d.mts"}, "default": "./a.js"}}`, "a.js", "", "./a.d.mts"},
		"for others than Node":         {`"exports": {".": {"bun": "./a.ts", "browser": {"import": "./w.js"}, "default": "./a.js"}}`, "a.js", "", "./a.ts"},
		"a pattern":                    {`"exports": {"./*": "./lib/*.js"}`, "lib/x/y.js", "", ""},
		"a pattern of nothing":         {`"exports": {"./*": "./lib/*.js"}`, "lib/a.ts", `its exports name ./lib/*.js for "./*", and none of its files is like that`, ""},
		"a pattern with an ending":     {`"exports": {"./f/*.js": "./lib/*.mjs"}`, "lib/.mjs a.mjs", "", ""},
		"a pattern twice":              {`"exports": {"./*": "./lib/*/*.js"}`, "lib/a/a.js", "", ""},
		"a star that is none":          {`"exports": {"./a": "./*.js"}`, "a.js", "its exports name ./*.js", ""},
		"a folder of old":              {`"exports": {"./f/": "./lib/"}`, "lib/a.js", "", ""},
		"a folder of old, empty":       {`"exports": {"./f/": "./lib/"}`, "a.js", "the folder ./lib/", ""},
		"a list: the first valid":      {`"exports": ["not:valid", "./a.js", "./b.js"]`, "a.js", "", ""},
		"a list: a later one is there": {`"exports": ["./a.js", "./b.js"]`, "b.js", "its exports name ./a.js", ""},
		"a list of conditions":         {`"exports": {".": [{"import": "./a.mjs"}, "./a.js"]}`, "a.js", "./a.mjs", ""},
		"no path":                      {`"exports": "a.js"`, "a.js", "its exports name a.js for \".\", which Node refuses; write it as a path", ""},
		"outside":                      {`"exports": {"./x": "./../a.js"}`, "a.js", "which Node refuses", ""},
		"mixed":                        {`"exports": {".": "./a.js", "import": "./a.js"}`, "a.js", "its exports mix paths", ""},
		"numbers":                      {`"exports": 7`, "", "", ""},
	} {
		t.Run(name, func(t *testing.T) { test.judge(t, "exports", rules.Want{}) })
	}
	t.Run("of a platform", func(t *testing.T) {
		importing{`"exports": {"./p": "./bin/p"}`, "", `its exports name ./bin/p for "./p"`, ""}.judge(t, "exports", rules.Want{Binary: true})
	})
	t.Run("of an entry with a command", func(t *testing.T) {
		importing{`"exports": "./lib.js", "bin": "p.js"`, "p.js", "", "its exports name ./lib.js"}.judge(t, "exports", entry("@s/p-linux-x64"))
	})
	t.Run("thousands of patterns and files take no time", func(t *testing.T) {
		g := NewWithT(t)
		var fields, files strings.Builder
		for i := range 3000 {
			name := strings.Repeat("a", i%50) + string(rune('a'+i%26)) + strings.Repeat("b", i/50)
			fields.WriteString(`, "./` + name + `/*": "./` + name + `*"`)
			if i < 200 {
				files.WriteString(" " + name + ".js")
			}
		}
		importing{`"exports": {` + fields.String()[2:] + `}`, files.String(), "none of its files is like that", ""}.judge(t, "exports", rules.Want{})
		g.Expect(fields.Len()).To(BeNumerically("<", 1<<20))
	})
}
