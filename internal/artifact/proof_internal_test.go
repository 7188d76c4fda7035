package artifact

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact/deflate"
)

// broken is an encoder that spoils what it makes of the piece that begins so many bytes into a stream of whole pieces.
type broken struct {
	*deflate.Encoder
	calls *int // of all that share it
	spoil func(call int, out []byte) []byte
}

func (b broken) Append(out []byte, p deflate.Piece, effort deflate.Effort) []byte {
	made := b.Encoder.Append(nil, p, effort)
	*b.calls++
	return append(out, b.spoil(*b.calls-1, made)...)
}

// spoiling returns a worker whose encoder spoils pieces by their number. It is one, so that they are in order.
func spoiling(spoil func(call int, out []byte) []byte) *Workers {
	w := NewWorkers(1)
	(<-w.encoders).own = nil
	w.encoders <- &encoder{own: broken{deflate.NewEncoder(), new(int), spoil}}
	return w
}

// severalPieces is a directory whose tar stream takes pieces in number.
func severalPieces(t *testing.T) (a *Artifact, pieces int) {
	t.Helper()
	g := NewWithT(t)
	dir, contents := t.TempDir(), make([]byte, 5*pieceSize/2)
	source := rand.New(rand.NewPCG(1, 2))
	for i := range contents {
		contents[i] = byte(source.ExpFloat64() * 20)
	}
	g.Expect(os.WriteFile(filepath.Join(dir, "package.json"), []byte(`{"name": "p", "version": "1.0.0"}`), 0o600)).To(Succeed())
	g.Expect(os.WriteFile(filepath.Join(dir, "data"), contents, 0o600)).To(Succeed())
	a, err := Open(t.Context(), dir)
	g.Expect(err).NotTo(HaveOccurred())
	return a, 3
}

func TestWhatABrokenEncoderWroteIsNeverSent(t *testing.T) {
	a, pieces := severalPieces(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	source := rand.New(rand.NewPCG(seed, 0))
	cases := map[string]func(call int, out []byte) []byte{}
	for try := range 20 {
		piece, place := source.IntN(pieces), source.Float64()
		cases[fmt.Sprintf("bit %d", try)] = func(call int, out []byte) []byte {
			if call == piece {
				bit := int(place * float64(8*(len(out)-16))) // not the last bits, which fill a byte and stand for nothing
				out[bit/8] ^= 1 << (bit % 8)
			}
			return out
		}
	}
	for piece := range pieces {
		cases[fmt.Sprint("dropped ", piece)] = func(call int, out []byte) []byte {
			if call == piece {
				return nil
			}
			return out
		}
		cases[fmt.Sprint("twice ", piece)] = func(call int, out []byte) []byte {
			if call == piece {
				return append(out, out...)
			}
			return out
		}
		cases[fmt.Sprint("cut ", piece)] = func(call int, out []byte) []byte {
			if call == piece {
				return out[:len(out)-1]
			}
			return out
		}
	}
	var last []byte
	cases["the one before"] = func(call int, out []byte) []byte {
		last, out = out, append([]byte(nil), last...)
		if call == 1 {
			return out
		}
		return last
	}
	for name, spoil := range cases {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			dir := t.TempDir()
			_, err := a.Pack(t.Context(), PackOptions{Dir: dir, Workers: spoiling(spoil)})
			g.Expect(err).To(MatchError(errCompression))
			g.Expect(os.ReadDir(dir)).To(BeEmpty())
		})
	}
	tarball, err := a.Pack(t.Context(), PackOptions{Dir: t.TempDir(), Workers: spoiling(func(_ int, out []byte) []byte { return out })})
	NewWithT(t).Expect(err).NotTo(HaveOccurred(), "so that it is what was spoilt that is seen")
	NewWithT(t).Expect(tarball.Close()).To(Succeed())
}

// follow has a file proven that is there already.
func follow(ctx context.Context, file io.ReaderAt, size int, want stream) error {
	p := prove(ctx, file)
	_, _ = p.Write(make([]byte, size)) // it only counts
	return p.end(want, nil)
}

func TestAFrameThatIsWrongIsSeen(t *testing.T) {
	g := NewWithT(t)
	plain := bytes.Repeat([]byte("what is to be packed, "), 100_000)
	var want stream
	_, _ = want.Write(plain) // never fails
	var good bytes.Buffer
	g.Expect(NewWorkers(2).zip(t.Context(), &good, Balanced, func(to io.Writer) error {
		_, err := to.Write(plain)
		return err
	})).To(Succeed())
	g.Expect(follow(t.Context(), bytes.NewReader(good.Bytes()), good.Len(), want)).To(Succeed())

	cases := map[string][]byte{
		"cut":                {},
		"more behind":        append(bytes.Clone(good.Bytes()), 0),
		"itself behind":      append(bytes.Clone(good.Bytes()), good.Bytes()...),
		"empty member first": append(zipped(t, nil), good.Bytes()...),
		"other contents":     zipped(t, plain[1:]),
		"nothing":            zipped(t, nil),
	}
	for at := 1; at <= 8; at++ {
		cases[fmt.Sprint("sum or size, byte ", 8-at)] = flipped(good.Bytes(), good.Len()-at)
		cases[fmt.Sprint("cut by ", at)] = good.Bytes()[:good.Len()-at]
	}
	for at := range frame() {
		cases[fmt.Sprint("header, byte ", at)] = flipped(good.Bytes(), at)
	}
	for name, file := range cases {
		t.Run(name, func(t *testing.T) {
			NewWithT(t).Expect(follow(t.Context(), bytes.NewReader(file), len(file), want)).To(MatchError(errCompression))
		})
	}
	for name, other := range map[string]stream{"size": {want.size + 1, want.sum}, "sum": {want.size, want.sum ^ 1}} {
		t.Run("another "+name+" of what was packed", func(t *testing.T) {
			NewWithT(t).Expect(follow(t.Context(), bytes.NewReader(good.Bytes()), good.Len(), other)).To(MatchError(errCompression))
		})
	}
}

func flipped(file []byte, at int) []byte {
	file = bytes.Clone(file)
	file[at] ^= 4
	return file
}

func zipped(t *testing.T, plain []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write(plain)
	NewWithT(t).Expect(errors.Join(err, z.Close())).To(Succeed())
	return b.Bytes()
}

func TestAFileThatCannotBeReadBackIsNotTheEncodersFault(t *testing.T) {
	g := NewWithT(t)
	a, _ := severalPieces(t)
	tarball, err := a.Pack(t.Context(), PackOptions{Dir: t.TempDir()})
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { _ = tarball.Close() }) // it may have been closed
	size := int(tarball.Size)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err = follow(ctx, tarball.spool, size, stream{})
	g.Expect(err).To(MatchError(context.Canceled))
	g.Expect(err).NotTo(MatchError(errCompression))

	g.Expect(tarball.spool.Truncate(1000)).To(Succeed())
	err = follow(t.Context(), tarball.spool, size, stream{})
	g.Expect(err).To(MatchError(ContainSubstring("reading back what was packed")))
	g.Expect(err).NotTo(MatchError(errCompression))

	failed := errors.New("the disk is full")
	g.Expect(prove(t.Context(), tarball.spool).end(stream{}, failed)).To(MatchError(failed))
}
