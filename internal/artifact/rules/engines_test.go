package rules_test

import (
	"testing"
	"time"

	. "github.com/onsi/gomega"
)

func TestEnginesOfAPlatformAdmitWhatTheEntrysDo(t *testing.T) {
	for name, test := range map[string]struct {
		entry, platform string // engines, as JSON
		refusal         string // "": none
		warning         string
	}{
		"none":                        {`{}`, `{}`, "", ""},
		"the same":                    {`{"node": ">=24"}`, `{"node": ">=24"}`, "", ""},
		"a wider one":                 {`{"node": ">=24"}`, `{"node": ">=14"}`, "", ""},
		"one line less":               {`{"node": ">=18"}`, `{"node": ">=24"}`, `is ">=24", and its entry's is ">=18": npm installs the entry on Node 22, without`, ""},
		"a gap":                       {`{"node": "^22 || >=24"}`, `{"node": "22.x || >= 26"}`, "on Node 24,", ""},
		"an end":                      {`{"node": "22 - 26"}`, `{"node": "<26"}`, "on Node 26,", ""},
		"lines that are past":         {`{"node": ">=14"}`, `{"node": ">=22"}`, "", ""},
		"odd lines are past":          {`{"node": ">=22"}`, `{"node": "^22 || ^24 || >=26"}`, "", ""},
		"the entry says nothing":      {`{}`, `{"node": ">= 24"}`, "its entry has none: npm installs the entry on Node 22,", ""},
		"the entry admits as little":  {`{"node": "^22"}`, `{"node": "^22.0.0"}`, "", ""},
		"the next line":               {`{"node": ">=22"}`, `{"node": ">=22 <27"}`, "", "on Node 27, which comes next"},
		"the first of a line":         {`{"node": ">=22"}`, `{"node": ">=22.12.0"}`, "", "on some versions, as Node 22.0.0"},
		"no range":                    {`{"node": ">=22"}`, `{"node": "lts"}`, `engines.node is "lts", which is no range to npm`, ""},
		"with a comma":                {`{"node": ">=18"}`, `{"node": ">=18, <30"}`, "which is no range to npm", ""},
		"no range in the entry":       {`{"node": "lts"}`, `{"node": ">=24"}`, "on Node 22,", ""},
		"everything":                  {`{"node": ">=18"}`, `{"node": "*"}`, "", ""},
		"nothing in it":               {`{"node": ">=18"}`, `{"node": ""}`, "", ""},
		"a list":                      {`{"node": ">=18"}`, `["node >= 24"]`, "", ""}, // npm overlooks it
		"npm":                         {`{"node": ">=22"}`, `{"npm": ">=11"}`, "npm 10, which comes with Node 22,", ""},
		"npm, where the entry's fits": {`{"npm": ">=11"}`, `{"npm": ">=11"}`, "", ""},
		"npm, no range":               {`{}`, `{"npm": "newest!"}`, "engines.npm is \"newest!\", which is no range", ""},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			refusals, warnings := judged(t, "engines", of(t, `{"name": "e", "version": "1.0.0", "engines": `+test.entry+`}`),
				map[string]string{"package.json": document + `"engines": ` + test.platform + `}`, "bin/p": executable("linux", "x64")})
			for _, told := range []struct {
				have []string
				want string
			}{{refusals, test.refusal}, {warnings, test.warning}} {
				if told.want == "" {
					g.Expect(told.have).To(BeEmpty())
				} else {
					g.Expect(told.have).To(ConsistOf(ContainSubstring(told.want)))
				}
			}
		})
	}
}

func TestEnginesAreJudgedByTheDate(t *testing.T) {
	g := NewWithT(t)
	files := map[string]string{"package.json": document + `"engines": {"node": ">=24"}}`, "bin/p": executable("linux", "x64")}
	want := of(t, `{"name": "e", "version": "1.0.0"}`)
	for _, test := range []struct {
		now     time.Time
		refused string
	}{
		{time.Date(2026, 4, 30, 12, 0, 0, 0, time.UTC), "on Node 20, 22,"},
		{time.Date(2026, 5, 2, 0, 0, 0, 0, time.UTC), "on Node 22,"},
		{time.Date(2027, 5, 2, 0, 0, 0, 0, time.UTC), ""},
		{time.Time{}, "on Node 18, 20, 21, 22, 23,"},
	} {
		want.Now = test.now
		refusals, _ := judged(t, "engines", want, files)
		if test.refused == "" {
			g.Expect(refusals).To(BeEmpty(), "%v", test.now)
			continue
		}
		g.Expect(refusals).To(ConsistOf(ContainSubstring(test.refused)), "%v", test.now)
	}
	want.Now = time.Date(2029, 5, 2, 0, 0, 0, 0, time.UTC) // 26 is past, 27 to 29 have come, each supported for three years
	files["package.json"] = document + `"engines": {"node": "<28"}}`
	refusals, warnings := judged(t, "engines", want, files)
	g.Expect(refusals).To(ConsistOf(ContainSubstring("on Node 28, 29,")))
	g.Expect(warnings).To(ConsistOf(ContainSubstring("on Node 30, which comes next")))
	want.Entry = nil
	g.Expect(judged(t, "engines", want, files)).To(BeEmpty(), "where the entry is not known nothing is compared")
}
