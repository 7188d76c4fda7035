package words_test

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/words"
)

func TestWordsCannotSteerATerminal(t *testing.T) {
	for name, c := range map[string]struct{ text, plain, masked, line string }{
		"nothing":               {"", "", "", ""},
		"plain words":           {"a version – ok", "a version – ok", "a version – ok", "a version – ok"},
		"lines and spaces":      {"one\n  two\r\n", "one\n  two\n", "one\n  two?\n", "one two"},
		"tabs":                  {"a\tb", "ab", "a?b", "a b"},
		"a colour":              {"\x1b[31mred\x1b[0m", "[31mred[0m", "?[31mred?[0m", "[31mred [0m"},
		"a title and a bell":    {"\x1b]0;x\a", "]0;x", "?]0;x?", "]0;x"},
		"C1 control characters": {"a\u009b1mb", "a1mb", "a?1mb", "a 1mb"},
		"turned writing":        {"a\u202eb", "ab", "a?b", "a b"},
		"invisible":             {"a\u200bb\x00", "ab", "a?b?", "a b"},
		"no UTF-8":              {"a\xff\xfeb", "a\ufffdb", "a\ufffdb", "a b"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			g.Expect(words.Plain(c.text)).To(Equal(c.plain))
			g.Expect(words.Masked(c.text, '?')).To(Equal(c.masked))
			g.Expect(words.OneLine(c.text)).To(Equal(c.line))
		})
	}
}

func TestCutCountsCharacters(t *testing.T) {
	g := NewWithT(t)
	g.Expect(words.Cut("äöü", 3)).To(Equal("äöü"))
	g.Expect(words.Cut("äöüß", 3)).To(Equal("äöü…"))
	g.Expect(words.Cut("", 0)).To(BeEmpty())
	g.Expect(words.Cut(strings.Repeat("x", 700), 600)).To(HaveLen(600 + len("…")))
}
