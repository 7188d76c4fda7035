package rules_test

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact/rules"
)

func TestCommandsStart(t *testing.T) {
	const shebang = "#!/usr/bin/env node\n"
	everywhere, onWindows := rules.Want{}, rules.Want{Binary: true, Platform: platform("win32", "x64")}
	pe := executable("win32", "x64")
	for name, test := range map[string]struct {
		want    rules.Want
		bin     string
		files   map[string]string
		warning string
	}{
		"a script":                  {everywhere, `"p.js"`, map[string]string{"p.js": shebang + "x"}, ""},
		"with an argument":          {everywhere, `"p.js"`, map[string]string{"p.js": "#!/bin/sh -e\n"}, ""},
		"with env -S":               {everywhere, `"p.js"`, map[string]string{"p.js": "#!/usr/bin/env -S node --no-warnings\n"}, ""},
		"with a space":              {everywhere, `"p.js"`, map[string]string{"p.js": "#! /usr/bin/env node\nx"}, ""},
		"an executable":             {everywhere, `"p"`, map[string]string{"p": executable("linux", "x64")}, ""},
		"other binary contents":     {everywhere, `"p"`, map[string]string{"p": "PK\x03\x04\x00\x00"}, ""},
		"no shebang":                {everywhere, `"p.js"`, map[string]string{"p.js": "console.log(1)\n"}, "its command p.js has no #! line, so that Unix takes it for a shell script; begin it"},
		"a BOM before it":           {everywhere, `"p.js"`, map[string]string{"p.js": "\ufeff" + shebang}, "has no #! line"},
		"an empty one":              {everywhere, `"p.js"`, map[string]string{"p.js": "#!\n"}, "has no #! line"},
		"CRLF":                      {everywhere, `"p.js"`, map[string]string{"p.js": "#!/usr/bin/env node\r\nx\r\n"}, "ends as on Windows (CRLF), which Unix takes for part of the name"},
		"CRLF, alone":               {everywhere, `"p.js"`, map[string]string{"p.js": "#!/usr/bin/env node\r\n"}, "(CRLF)"},
		"too long":                  {everywhere, `"p.js"`, map[string]string{"p.js": "#!/usr/bin/" + strings.Repeat("n", 130) + "\n"}, "more than 127 bytes"},
		"without an end":            {everywhere, `"p.js"`, map[string]string{"p.js": "#!/usr/bin/" + strings.Repeat("n", 9000)}, "more than 127 bytes"},
		"a local Node":              {everywhere, `"p.js"`, map[string]string{"p.js": "#!/usr/local/bin/node\n"}, "is run by /usr/local/bin/node, which stands elsewhere"},
		"a store":                   {everywhere, `"p.js"`, map[string]string{"p.js": "#!/nix/store/abc-node/bin/node\n"}, "is run by /nix/store"},
		"a bare name":               {everywhere, `"p.js"`, map[string]string{"p.js": "#!node\n"}, "is run by node,"},
		"env with arguments":        {everywhere, `"p.js"`, map[string]string{"p.js": "#!/usr/bin/env node --no-warnings\n"}, "of which Linux takes all behind env for one name"},
		"one file, two commands":    {everywhere, `{"p": "p.js", "q": "./p.js"}`, map[string]string{"p.js": "x"}, "has no #! line"},
		"a script for Windows only": {rules.Want{Platform: platform("win32", "x64")}, `"p.cmd"`, map[string]string{"p.cmd": "@echo off\r\n"}, ""},
		"an .exe":                   {onWindows, `"p.exe"`, map[string]string{"p.exe": pe}, ""},
		"without .exe":              {onWindows, `"bin/p"`, map[string]string{"bin/p": pe}, "bin/p is a Windows executable without .exe: neither a command prompt nor Node's spawn finds it by that name; name it bin/p.exe"},
		"without .exe nor command":  {onWindows, `{}`, map[string]string{"bin/p": pe}, "bin/p is a Windows executable without .exe"},
		"a library of it":           {onWindows, `{}`, map[string]string{"p.exe": pe, "p.dll": pe, "p.node": pe}, ""},
		"a helper beside a command": {onWindows, `"p.exe"`, map[string]string{"p.exe": pe, "helper": pe}, ""},
		"elsewhere":                 {rules.Want{Binary: true, Platform: platform("linux", "x64")}, `"p"`, map[string]string{"p": pe}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			files := map[string]string{"package.json": document + `"bin": ` + test.bin + "}"}
			for name, contents := range test.files {
				files[name] = contents
			}
			refusals, warnings := judged(t, "start", test.want, files)
			g.Expect(refusals).To(BeEmpty())
			if test.warning == "" {
				g.Expect(warnings).To(BeEmpty())
				return
			}
			g.Expect(warnings).To(ConsistOf(ContainSubstring(test.warning)), "and that once")
		})
	}
}
