package artifact

import (
	"bytes"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact/deflate"
)

func TestProofTellsWhatWasCompressedWrongly(t *testing.T) {
	data := bytes.Repeat([]byte("what is to be packed, "), 1000)
	for name, spoil := range map[string]func(p *piece){
		"a bit":          func(p *piece) { p.out[len(p.out)/2] ^= 4 },
		"the end":        func(p *piece) { p.out = p.out[:len(p.out)-1] },
		"more behind it": func(p *piece) { p.out = append(p.out, 0) },
		"other contents": func(p *piece) { p.Data = append(bytes.Clone(data[:len(data)-1]), 0) },
		"a longer one":   func(p *piece) { p.Data = data[:len(data)-1] },
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			e := &encoder{}
			p := &piece{Piece: deflate.Piece{Data: data, Start: 100, Final: true}}
			p.out = e.append(nil, p.Piece, Balanced)
			g.Expect(e.prove(p)).To(Succeed())
			spoil(p)
			g.Expect(e.prove(p)).To(MatchError(errCompression))
		})
	}
}

func TestWhatIsProven(t *testing.T) {
	for _, c := range []struct {
		index int
		final bool
		of    Compression
		want  bool
	}{
		{0, false, Balanced, true}, {1, false, Balanced, false}, {proofs, false, Balanced, true}, {5, true, Balanced, true},
		{0, false, "", true}, {1, false, Small, true}, {0, false, Fast, true}, {1, false, Fast, false},
	} {
		NewWithT(t).Expect(proven(c.index, c.final, c.of)).To(Equal(c.want), "%+v", c)
	}
}
