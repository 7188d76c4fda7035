package live_test

import (
	"bytes"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/live"
)

type page struct{ bytes.Buffer }

func (*page) Fd() uintptr { return ^uintptr(0) }

func TestNoTextIsACommandToTheRunner(t *testing.T) {
	for name, test := range map[string]struct{ text, inert string }{
		"nothing":                  {"", ""},
		"words":                    {"a::b, c:: [d] # [e] #[f]\n", "a::b, c:: [d] # [e] #[f]\n"},
		"a command":                {"::add-mask::a\n", ": :add-mask::a\n"},
		"of a later line":          {"a\n::error::b", "a\n: :error::b"},
		"behind blanks":            {" \t\u00a0::error::b", " \t\u00a0: :error::b"},
		"behind a carriage return": {"a\r::error::b", "a\r: :error::b"},
		"three colons":             {":::x", ": ::x"},
		"the old form, anywhere":   {"a ##[set-output name=b]c", "a ## [set-output name=b]c"},
		"behind a further hash":    {"###[error]", "### [error]"},
		"twice":                    {"##[a] ##[error]", "## [a] ## [error]"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			whole, bytewise := &page{}, &page{}
			_, err := (&live.Inert{Device: whole}).Write([]byte(test.text))
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(whole.String()).To(Equal(test.inert))
			inert := &live.Inert{Device: bytewise}
			for _, c := range []byte(test.text) {
				_, err := inert.Write([]byte{c})
				g.Expect(err).NotTo(HaveOccurred())
			}
			g.Expect(bytewise.String()).To(Equal(test.inert), "in whatever pieces")
		})
	}
}
