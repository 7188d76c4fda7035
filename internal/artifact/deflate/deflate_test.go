package deflate_test

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact/deflate"
)

func efforts() map[string]deflate.Effort {
	return map[string]deflate.Effort{
		"none": {}, "little": {Depth: 2, Nice: 16, Patience: 32}, "eager": {Depth: 4, Nice: 258, Patience: 8},
		"some": {Depth: 4, Nice: 16, Lazy: 1, Patience: 32}, "more": {Depth: 8, Nice: 24, Lazy: 1}, "much": {Depth: 300, Nice: 258, Lazy: 2},
	}
}

// compress compresses data in pieces of a size.
func compress(e *deflate.Encoder, data []byte, size int, effort deflate.Effort) []byte {
	var out []byte
	for at, final := 0, false; !final; at += size {
		from, end := max(0, at-deflate.Window), min(len(data), at+size)
		final = end == len(data)
		out = e.Append(out, deflate.Piece{Data: data[from:end], Start: at - from, Final: final}, effort)
	}
	return out
}

func expand(t testing.TB, compressed []byte) []byte {
	t.Helper()
	data, err := io.ReadAll(flate.NewReader(bytes.NewReader(compressed)))
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return data
}

func random(n int, alphabet int) []byte {
	source := rand.New(rand.NewPCG(1, 2))
	data := make([]byte, n)
	for i := range data {
		data[i] = byte(source.IntN(alphabet))
	}
	return data
}

func inputs() map[string][]byte {
	text := []byte(strings.Repeat("The quick brown fox jumps over the lazy dog. ", 3000))
	mixed := append(append(random(100_000, 256), text...), random(150_000, 4)...)
	inputs := map[string][]byte{
		"zeros": make([]byte, 200_000), "text": text, "noise": random(200_000, 256), "two letters": random(200_000, 2),
		"mixed": append(mixed, mixed...), "rising": []byte(fmt.Sprint(make([]int, 30_000))),
		// Counts like Fibonacci's make the deepest tree, deeper than a code may be.
		"deep": deep(),
	}
	for n := range 12 {
		inputs[fmt.Sprint("bytes ", n)] = []byte("abcabcabcabc")[:n]
	}
	return inputs
}

func deep() []byte {
	var data []byte
	for symbol, a, b := byte(0), 1, 1; symbol < 22; symbol, a, b = symbol+1, b, a+b {
		data = append(data, bytes.Repeat([]byte{symbol}, a)...)
	}
	rand.New(rand.NewPCG(3, 4)).Shuffle(len(data), func(i, j int) { data[i], data[j] = data[j], data[i] })
	return data
}

func TestWhatIsCompressedCanBeExpanded(t *testing.T) {
	e := deflate.NewEncoder()
	for name, data := range inputs() {
		for of, effort := range efforts() {
			for _, size := range []int{5000, 65_537, 1 << 20} {
				t.Run(fmt.Sprint(name, ", ", of, " effort, pieces of ", size), func(t *testing.T) {
					g := NewWithT(t)
					compressed := compress(e, data, size, effort)
					g.Expect(bytes.Equal(expand(t, compressed), data)).To(BeTrue())
					pieces := len(data)/size + 1
					g.Expect(len(compressed)).To(BeNumerically("<=", len(data)+12*(pieces+len(data)/65535)), "noise hardly grows")
				})
			}
		}
	}
}

func TestWhatComesOutDependsOnThePieceAlone(t *testing.T) {
	g := NewWithT(t)
	used := deflate.NewEncoder()
	for name, data := range inputs() {
		for of, effort := range efforts() {
			fresh := compress(deflate.NewEncoder(), data, 1<<16, effort)
			g.Expect(bytes.Equal(compress(used, data, 1<<16, effort), fresh)).To(BeTrue(), name+", "+of)
		}
	}
}

func TestItIsSmall(t *testing.T) {
	g := NewWithT(t)
	data := inputs()["text"]
	g.Expect(len(compress(deflate.NewEncoder(), data, 1<<20, efforts()["some"]))).To(BeNumerically("<", 800))
	g.Expect(len(compress(deflate.NewEncoder(), data, 1<<14, efforts()["some"]))).To(BeNumerically("<", 2000),
		"each piece refers to the one before")
	g.Expect(compress(deflate.NewEncoder(), nil, 1, efforts()["some"])).To(HaveLen(2), "a fixed code needs no header")

	executable := executable(t)
	var standard bytes.Buffer
	w, err := flate.NewWriter(&standard, flate.DefaultCompression)
	g.Expect(err).NotTo(HaveOccurred())
	_, err = w.Write(executable)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(w.Close()).To(Succeed())
	for effort, percent := range map[string]int{"little": 109, "some": 103, "more": 100, "much": 98} {
		compressed := compress(deflate.NewEncoder(), executable, 512<<10, efforts()[effort])
		g.Expect(len(compressed)).To(BeNumerically("<", standard.Len()*percent/100), effort+" effort, against the standard library")
	}
}

// executable is 2 MB out of the middle of Go's compiler.
func executable(t testing.TB) []byte {
	t.Helper()
	g := NewWithT(t)
	path, err := exec.CommandContext(t.Context(), "go", "tool", "-n", "compile").Output()
	g.Expect(err).NotTo(HaveOccurred())
	f, err := os.Open(filepath.Clean(strings.TrimSpace(string(path))))
	g.Expect(err).NotTo(HaveOccurred())
	defer f.Close()
	data := make([]byte, 2<<20)
	_, err = f.ReadAt(data, 1<<20)
	g.Expect(err).NotTo(HaveOccurred())
	return data
}

func FuzzAppend(f *testing.F) {
	for _, data := range inputs() {
		f.Add(data[:min(len(data), 5000)], uint16(1000), uint8(4), uint8(1))
	}
	e := deflate.NewEncoder()
	f.Fuzz(func(t *testing.T, data []byte, size uint16, depth, lazy uint8) {
		effort := deflate.Effort{Depth: int(depth), Nice: 8 + int(depth), Lazy: int(lazy % 3), Patience: int(lazy / 3)}
		compressed := compress(e, data, int(size)+256, effort)
		if !bytes.Equal(expand(t, compressed), data) {
			t.Fatal("it does not come back")
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	data := executable(b)
	for name, effort := range efforts() {
		b.Run(name, func(b *testing.B) {
			e := deflate.NewEncoder()
			var out []byte
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				out = e.Append(out[:0], deflate.Piece{Data: data, Final: true}, effort)
			}
			b.ReportMetric(float64(len(out))/float64(len(data)), "size/input")
		})
	}
}
