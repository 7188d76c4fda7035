package glob_test

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact/glob"
)

// TestMatch holds what minimatch says, as TestAsMinimatch asks it, without running it.
func TestMatch(t *testing.T) {
	for pattern, c := range map[string]struct{ takes, leaves []string }{
		"a.js":              {[]string{"a.js", "in/a.js", "A.JS"}, []string{"a.jsx", "a.js/b"}},
		"/a.js":             {[]string{"/a.js"}, []string{"a.js", "/in/a.js"}},
		"a/**":              {[]string{"a/b", "a/b/c", "a/"}, []string{"a", "b/a"}},
		"**/a/*":            {[]string{"a/b", "x/y/a/b"}, []string{"a", "a/b/c"}},
		"{1..3}":            {[]string{"1", "3"}, []string{"4", "{1..3}"}},
		"{08..10}":          {[]string{"08", "09", "10"}, []string{"8"}},
		"{a..e..2}":         {[]string{"a", "c", "e"}, []string{"b"}},
		"{a}":               {[]string{"{a}"}, []string{"a"}},
		"{a},b}":            {[]string{"a}", "b"}, []string{"{a},b}"}},
		"${a,b}":            {[]string{"${a,b}"}, []string{"$a"}},
		"@(a|b).js":         {[]string{"a.js", "b.js"}, []string{"ab.js", ".js"}},
		"x!(a|b).js":        {[]string{"x.js", "xab.js", "xc.js"}, []string{"xa.js", "xb.js"}},
		"+(a|b)":            {[]string{"a", "abba"}, []string{"", "abc"}},
		"?(a)b":             {[]string{"ab", "b"}, []string{"aab"}},
		"*(a)b":             {[]string{"aab", "b"}, []string{"cb"}},
		"@(a":               {[]string{"@(a"}, []string{"a"}},
		"[z-a]x":            {nil, []string{"z", "a", "zx", "x", "[z-a]x"}},
		"[z-ab]":            {[]string{"b"}, []string{"z", "a"}},
		`[\d]`:              {[]string{"d"}, []string{"1", `\`}},
		"[[:alpha:]]":       {[]string{"a", "é", "Ж", "漢"}, []string{"1", "-"}},
		"[[:digit:]]":       {[]string{"1", "٣"}, []string{"a"}},
		"[[:upper:]]x":      {[]string{"Éx", "éx"}, []string{"1x"}}, // as case is ignored
		"[!a]b":             {[]string{"bb", "éb"}, []string{"ab", "Ab"}},
		"[a":                {[]string{"[a"}, []string{"a"}},
		"??":                {[]string{"ab", "😀"}, []string{"a"}}, // UTF-16's units
		"?" + "[[:graph:]]": {[]string{"😀b"}, []string{"b"}},
		"é":                 {[]string{"é", "É"}, []string{"e\u0301"}},
		"ß":                 {[]string{"ß"}, []string{"ẞ", "ss"}},
		"k":                 {[]string{"K"}, []string{"\u212a"}},
		`\*`:                {[]string{"*"}, []string{"a"}},
		`*\.js`:             {[]string{`a\.js`}, []string{"a.js"}}, // npm's shortcut for endings
		"a/../b":            {[]string{"b"}, []string{"a"}},
	} {
		t.Run(pattern, func(t *testing.T) {
			g := NewWithT(t)
			p, err := glob.New(pattern, glob.Options{IgnoreCase: true, Base: true, Dots: true})
			g.Expect(err).NotTo(HaveOccurred())
			for _, path := range c.takes {
				g.Expect(p.Match(path)).To(BeTrue(), path)
			}
			for _, path := range c.leaves {
				g.Expect(p.Match(path)).To(BeFalse(), path)
			}
		})
	}
}

func TestOptions(t *testing.T) {
	g := NewWithT(t)
	p, err := glob.New("./lib//*.js", glob.Options{Plain: true})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(p.Match("lib/a.js")).To(BeTrue())
	g.Expect(p.Match("lib/a.JS")).To(BeFalse())
	g.Expect(p.Match("lib/.a.js")).To(BeFalse())
	g.Expect(p.MatchBelow("lib")).To(BeTrue())
	g.Expect(p.MatchBelow("src")).To(BeFalse())
	hidden, err := glob.New("**/x", glob.Options{})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(hidden.Match("a/x")).To(BeTrue())
	g.Expect(hidden.Match("a/.b/x")).To(BeFalse())
}

func TestNewRefuses(t *testing.T) {
	for pattern, complaint := range map[string]string{
		strings.Repeat("a", 65<<10):                           "is longer than 65536 bytes; write several",
		strings.Repeat("{a,b}", 20):                           "more than 1000 alternatives; write several patterns",
		"{1..100000}":                                         "more than 1000 alternatives",
		"{1..99999999999999999999}":                           "write it without braces",
		strings.Repeat("{a,", 200) + strings.Repeat("}", 200): "more than 100 deep",
		"@(a|+(b))":                                           "groups in groups; write several patterns",
		"!(a)!(b)!(c)":                                        "more than two !( )",
		"@()":                                                 "nothing in its parentheses",
		`a\|b`:                                                `write [|]`,
		"a-[[:alpha:]]":                                       "which npm cannot read",
	} {
		t.Run(complaint, func(t *testing.T) {
			_, err := glob.New(pattern, glob.Options{})
			NewWithT(t).Expect(err).To(MatchError(And(HavePrefix("the pattern"), ContainSubstring(complaint))))
		})
	}
}

// Patterns that an engine which tries one way after the other does not get through.
func TestHostilePatternsEnd(t *testing.T) {
	name := strings.Repeat("a", 250)
	for _, pattern := range []string{
		strings.Repeat("*a", 100) + "b", "+(a|aa|aaa|*a)" + strings.Repeat("a", 30) + "b", "!(*a*a*a*b)!(*a*a*c)d", strings.Repeat("**/a/", 50) + "b",
		strings.Repeat("+(a*)", 30) + "b",
	} {
		g := NewWithT(t)
		p, err := glob.New(pattern, glob.Options{IgnoreCase: true, Dots: true})
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(p.Match(name)).To(BeFalse(), pattern)
		g.Expect(p.Match(strings.Repeat("a/", 100)+"c")).To(BeFalse(), pattern)
	}
}
