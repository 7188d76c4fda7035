package inflate_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact/deflate"
	"github.com/agent-facets/facets-reconcile/internal/artifact/inflate"
)

func unpack(from io.Reader) ([]byte, error) {
	r, err := inflate.NewReader(from)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func packed(t testing.TB, data []byte, level int, header gzip.Header) []byte {
	t.Helper()
	g := NewWithT(t)
	var to bytes.Buffer
	w, err := gzip.NewWriterLevel(&to, level)
	g.Expect(err).NotTo(HaveOccurred())
	w.Header = header
	_, err = w.Write(data)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(w.Close()).To(Succeed())
	return to.Bytes()
}

func random(n, alphabet int) []byte {
	source := rand.New(rand.NewPCG(1, 2))
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(source.IntN(alphabet))
	}
	return data
}

func inputs() map[string][]byte {
	text := []byte(strings.Repeat("The quick brown fox jumps over the lazy dog. ", 3000))
	inputs := map[string][]byte{
		"nothing": nil, "a byte": {7}, "zeros": make([]byte, 300_000), "text": text, "noise": random(200_000, 256),
		"two letters": random(200_000, 2), "mixed": append(append(random(100_000, 256), text...), random(150_000, 4)...),
		"all codes": skewed(400_000),
	}
	for n := 1; n <= 9; n++ { // repetitions at short distances
		inputs[fmt.Sprint("every ", n)] = bytes.Repeat([]byte("abcdefghi")[:n], 1000)
	}
	return inputs
}

// skewed has bytes so rare that their codes are as long as codes may be.
func skewed(n int) []byte {
	source := rand.New(rand.NewPCG(3, 4))
	data := make([]byte, n)
	for i := range data {
		for data[i] < 60 && source.IntN(3) > 0 {
			data[i]++
		}
	}
	return data
}

func TestWhatIsPackedIsUnpacked(t *testing.T) {
	for name, data := range inputs() {
		for _, level := range []int{gzip.HuffmanOnly, gzip.NoCompression, gzip.BestSpeed, gzip.DefaultCompression, gzip.BestCompression} {
			t.Run(fmt.Sprint(name, ", level ", level), func(t *testing.T) {
				g := NewWithT(t)
				whole := packed(t, data, level, gzip.Header{})
				for how, from := range map[string]io.Reader{
					"at once": bytes.NewReader(whole), "halves": iotest.HalfReader(bytes.NewReader(whole)),
					"with the end": iotest.DataErrReader(bytes.NewReader(whole)),
				} {
					have, err := unpack(from)
					g.Expect(err).NotTo(HaveOccurred(), how)
					g.Expect(bytes.Equal(have, data)).To(BeTrue(), how)
				}
			})
		}
	}
}

func TestOurOwnPiecesAreUnpacked(t *testing.T) {
	g := NewWithT(t)
	data := inputs()["mixed"]
	e := deflate.NewEncoder()
	out := []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255}
	out = e.Append(out, deflate.Piece{Data: data[:70_000]}, deflate.Effort{Depth: 4, Nice: 16})
	out = e.Append(out, deflate.Piece{Data: data[60_000:], Start: 10_000, Final: true}, deflate.Effort{Depth: 100, Nice: 258})
	reference := packed(t, data, gzip.NoCompression, gzip.Header{})
	have, err := unpack(bytes.NewReader(append(out, reference[len(reference)-8:]...)))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(bytes.Equal(have, data)).To(BeTrue())
}

func TestMembersAreOneStream(t *testing.T) {
	g := NewWithT(t)
	first := packed(t, []byte("first "), 6, gzip.Header{Name: "a name", Comment: "words", Extra: []byte("more")})
	second := packed(t, []byte("second"), 0, gzip.Header{})
	have, err := unpack(bytes.NewReader(append(append(first, packed(t, nil, 6, gzip.Header{})...), second...)))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(have)).To(Equal("first second"))

	far := bytes.Repeat(random(30_000, 256), 6)
	have, err = unpack(bytes.NewReader(append(packed(t, far[:20_000], 6, gzip.Header{}), packed(t, far, 6, gzip.Header{})...)))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(bytes.Equal(have, append(far[:20_000:20_000], far...))).To(BeTrue())
}

func TestAMemberMustNotReferToTheOneBefore(t *testing.T) {
	g := NewWithT(t)
	text := bytes.Repeat([]byte("0123456789"), 5)
	out := deflate.NewEncoder().Append([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255},
		deflate.Piece{Data: text, Start: 20, Final: true}, deflate.Effort{Depth: 4, Nice: 16})
	_, err := unpack(bytes.NewReader(append(packed(t, text, 6, gzip.Header{}), out...)))
	g.Expect(err).To(MatchError(inflate.ErrCorrupt))
}

func TestWhatEndsTooEarlyIsRefused(t *testing.T) {
	for _, level := range []int{gzip.NoCompression, gzip.BestCompression} {
		whole := packed(t, inputs()["all codes"][:3000], level, gzip.Header{Name: "n", Extra: []byte("e")})
		for n := range whole {
			_, err := unpack(bytes.NewReader(whole[:n]))
			want := io.ErrUnexpectedEOF
			if n == 0 {
				want = io.EOF
			}
			NewWithT(t).Expect(err).To(MatchError(want), "%d of %d bytes, level %d", n, len(whole), level)
		}
	}
}

func TestWhatCannotBeReadIsSaid(t *testing.T) {
	broken := errors.New("the disk is broken")
	whole := packed(t, inputs()["text"], 6, gzip.Header{})
	for _, n := range []int{0, 5, 30, len(whole) - 3, len(whole)} {
		_, err := unpack(io.MultiReader(bytes.NewReader(whole[:n]), iotest.ErrReader(broken)))
		NewWithT(t).Expect(err).To(MatchError(broken), "after %d bytes", n)
	}
}

func TestWhatIsSpoiltIsRefused(t *testing.T) {
	g := NewWithT(t)
	whole := packed(t, inputs()["mixed"], 6, gzip.Header{})
	for at, want := range map[int]error{
		0: inflate.ErrHeader, 2: inflate.ErrHeader, len(whole) - 1: inflate.ErrChecksum, len(whole) - 8: inflate.ErrChecksum,
	} {
		spoilt := bytes.Clone(whole)
		spoilt[at] ^= 1
		_, err := unpack(bytes.NewReader(spoilt))
		g.Expect(err).To(MatchError(want), "byte %d", at)
	}
	_, err := unpack(bytes.NewReader(append(whole, "something behind"...)))
	g.Expect(err).To(MatchError(inflate.ErrHeader))
	for length, want := range map[int]error{511: nil, 512: inflate.ErrHeader} {
		_, err := unpack(bytes.NewReader(packed(t, nil, 6, gzip.Header{Name: strings.Repeat("n", length)})))
		g.Expect(errors.Is(err, want)).To(BeTrue(), "%d bytes of name: %v", length, err)
	}
}

// expectAsStandard holds the Reader to what compress/gzip makes of the same bytes.
func expectAsStandard(t *testing.T, data []byte) {
	t.Helper()
	var want []byte
	standard, wantErr := gzip.NewReader(bytes.NewReader(data))
	if wantErr == nil {
		want, wantErr = io.ReadAll(io.LimitReader(standard, 1<<24))
	}
	var have []byte
	own, haveErr := inflate.NewReader(bytes.NewReader(data))
	if haveErr == nil {
		have, haveErr = io.ReadAll(io.LimitReader(own, 1<<24))
	}
	switch {
	case (haveErr == nil) != (wantErr == nil):
		t.Fatalf("it says %v, compress/gzip %v", haveErr, wantErr)
	case wantErr == nil && !bytes.Equal(have, want):
		t.Fatal("it unpacks to something else than with compress/gzip")
	case !bytes.HasPrefix(want, have):
		t.Fatal("what it gives before it fails differs from compress/gzip")
	}
}

func TestSpoiltBitsAreAsToCompressGzip(t *testing.T) {
	for _, name := range []string{"text", "all codes", "every 3"} {
		whole := packed(t, inputs()[name][:1000], 9, gzip.Header{Comment: "c"})
		for bit := range 8 * len(whole) {
			spoilt := bytes.Clone(whole)
			spoilt[bit/8] ^= 1 << (bit % 8)
			expectAsStandard(t, spoilt)
		}
	}
}

func FuzzReader(f *testing.F) {
	for _, data := range inputs() {
		for level := gzip.HuffmanOnly; level <= gzip.BestCompression; level += 3 {
			f.Add(packed(f, data[:min(len(data), 700)], level, gzip.Header{}))
		}
	}
	f.Add(packed(f, nil, 6, gzip.Header{Name: "n", Comment: "c", Extra: []byte("e")}))
	f.Fuzz(func(t *testing.T, data []byte) { expectAsStandard(t, data) })
}

// FuzzBlocks puts the right checksum behind what compress/flate can read.
func FuzzBlocks(f *testing.F) {
	for _, data := range inputs() {
		whole := packed(f, data[:min(len(data), 700)], 9, gzip.Header{})
		f.Add(whole[10 : len(whole)-8])
	}
	f.Fuzz(func(t *testing.T, blocks []byte) {
		left := bytes.NewReader(blocks)
		contents, err := io.ReadAll(io.LimitReader(flate.NewReader(left), 1<<24))
		member := append([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255}, blocks[:len(blocks)-left.Len()]...)
		member = binary.LittleEndian.AppendUint32(member, crc32.ChecksumIEEE(contents))
		member = binary.LittleEndian.AppendUint32(member, uint32(len(contents)))
		have, haveErr := unpack(bytes.NewReader(member))
		if err == nil && !bytes.Equal(have, contents) {
			t.Fatal("it unpacks to something else than with compress/flate", haveErr)
		}
		if err != nil && haveErr == nil {
			t.Fatal("compress/flate says", err)
		}
	})
}
