package spec_test

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func TestParseNameTakesWhatNpmTakes(t *testing.T) {
	for _, c := range []struct{ name, scope, base, escaped string }{
		{"a", "", "a", "a"},
		{"agent-facets", "", "agent-facets", "agent-facets"},
		{"@agent-facets/cli-linux-x64", "@agent-facets", "cli-linux-x64", "@agent-facets%2fcli-linux-x64"},
		{"0", "", "0", "0"},
		{"a.b_c-d", "", "a.b_c-d", "a.b_c-d"},
		{"a..b", "", "a..b", "a..b"},
		{"a-", "", "a-", "a-"},
		{"@s.t/p_q", "@s.t", "p_q", "@s.t%2fp_q"},
		{"@s/node_modules", "@s", "node_modules", "@s%2fnode_modules"}, // reserved without a scope only
		{strings.Repeat("a", 214), "", strings.Repeat("a", 214), strings.Repeat("a", 214)},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			name, err := spec.ParseName(c.name)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(name.String()).To(Equal(c.name))
			g.Expect([]string{name.Scope(), name.Base(), name.Escaped()}).To(Equal([]string{c.scope, c.base, c.escaped}))
		})
	}
}

func TestParseNameRefusesWhatNpmRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		says []string // all of them
	}{
		{"", []string{"must not be empty"}},
		{".", []string{`must not start with "."`}},
		{"..", []string{`must not start with "."`}},
		{"../etc/passwd", []string{`must not start with "."`}},
		{".a", []string{`must not start with "."`}},
		{"_a", []string{`must not start with "_"`}},
		{"-a", []string{`must not start with "-"`}},
		{"@s/..", []string{`the name must not start with "."`}},
		{"@../p", []string{`the scope must not start with "."`}},
		{"@s/-p", []string{`the name must not start with "-"`}},
		{"@s", []string{"the form @scope/name"}},
		{"@", []string{"the form @scope/name"}},
		{"@/p", []string{"the form @scope/name"}},
		{"@s/", []string{"the name is empty"}},
		{"@s/p/q", []string{"'/'"}},
		{"s/p", []string{"'/'"}},
		{`s\p`, []string{`'\\'`}},
		{"@s%2fp", []string{"the form @scope/name", "'%'"}},
		{"s%2fp", []string{"'%'"}},
		{"s%2Fp", []string{"upper-case", "'%'"}},
		{"Agent", []string{"upper-case"}},
		{"@S/p", []string{"upper-case"}},
		{"a b", []string{"' '"}},
		{" a", []string{"' '"}},
		{"a\n", []string{`'\n'`}},
		{"a\x00b", []string{`'\x00'`}},
		{"a\x1b[31mb", []string{`'\x1b'`}},
		{"a~b", []string{"'~'"}},
		{"a'b", []string{`'\''`}},
		{"a!b", []string{"'!'"}},
		{"a(b)", []string{"'('"}},
		{"a*b", []string{"'*'"}},
		{"a?b", []string{"'?'"}},
		{"a#b", []string{"'#'"}},
		{"a:b", []string{"':'"}},
		{"a@1.0.0", []string{"'@'"}},
		{"\u0430gent", []string{"'\u0430'"}},       // a Cyrillic a
		{"\uff41gent", []string{"'\uff41'"}},       // a full-width a
		{"agent\u2010x", []string{"'\u2010'"}},     // a hyphen that is none of ASCII's
		{"@s\u2215p", []string{"the form @scope"}}, // a division slash
		{"agent\u200bx", []string{`'\u200b'`}},     // no width
		{"\u212aelvin", []string{"upper-case"}},    // the Kelvin sign, k in lower case
		{"a\xffb", []string{"'\ufffd'"}},           // no UTF-8
		{"node_modules", []string{"reserved"}},
		{"favicon.ico", []string{"reserved"}},
		{strings.Repeat("a", 215), []string{"at most 214"}},
		{"@s/" + strings.Repeat("a", 212), []string{"at most 214"}},
		{".A b", []string{"upper-case", `must not start with "."`}},
		{"@.S/-p" + strings.Repeat("a", 214), []string{"at most 214", "upper-case", "the scope must not", "the name must not"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			name, err := spec.ParseName(c.name)
			g.Expect(err).To(HaveOccurred())
			g.Expect(name).To(BeEmpty())
			for _, says := range c.says {
				g.Expect(err).To(MatchError(ContainSubstring(says)))
			}
			g.Expect(err.Error()).NotTo(ContainSubstring("\n"))
			g.Expect(err.Error()).NotTo(ContainSubstring("\x1b"), "the error quotes what it refuses")
		})
	}
}

func TestNamesThatSayMusl(t *testing.T) {
	for name, says := range map[spec.Name]bool{
		"cli-linux-x64-musl": true, "musl": true, "@s/lib-linuxmusl-arm64": true, "lib.linux-arm-musleabihf": true, "cli_musleabi": true,
		"muslin": false, "cli-muslin-linux-x64": false, "@musl/cli-linux-x64": false, "cli-linux-x64-gnu": false, "emusl": false, "cli": false,
	} {
		NewWithT(t).Expect(name.SaysMusl()).To(Equal(says), name.String())
	}
}

func TestCutName(t *testing.T) {
	for path, want := range map[string][2]string{
		"":             {"", ""},
		"p":            {"p", ""},
		"p/1.0.0":      {"p", "1.0.0"},
		"p/-/p-1.tgz":  {"p", "-/p-1.tgz"},
		"@s/p":         {"@s/p", ""},
		"@s/p/-/p.tgz": {"@s/p", "-/p.tgz"},
		"@s":           {"@s/", ""},
	} {
		name, rest := spec.CutName(path)
		NewWithT(t).Expect([2]string{name.String(), rest}).To(Equal(want), path)
	}
}

func FuzzParseName(f *testing.F) {
	for _, seed := range []string{"a", "@s/p", "..", "@s%2fp", "@/", "\u0430"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name, err := spec.ParseName(s)
		if err != nil {
			return
		}
		g := NewWithT(t)
		g.Expect(name.String()).To(Equal(s))
		g.Expect(name.Escaped()).To(MatchRegexp(`^(@[a-z0-9][a-z0-9._-]*%2f)?[a-z0-9][a-z0-9._-]*$`))
		if name.Scope() != "" {
			s = strings.TrimPrefix(s, name.Scope()+"/")
		}
		g.Expect(name.Base()).To(Equal(s))
	})
}
