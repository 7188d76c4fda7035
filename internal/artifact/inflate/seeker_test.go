package inflate_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact/deflate"
	"github.com/agent-facets/facets-reconcile/internal/artifact/inflate"
)

const worth = 1 << 19

// program is as a compiler would write it: words that come again for some time, and numbers that do not.
func program(n int, seed uint64) []byte {
	source := rand.New(rand.NewPCG(seed, 5))
	words := make([][8]byte, 2000)
	data := make([]byte, 0, n+8)
	for len(data) < n {
		word := &words[min(source.IntN(len(words)), source.IntN(len(words)))]
		if source.IntN(4) > 0 {
			binary.LittleEndian.PutUint64(word[:], source.Uint64()&0x7f0f7f3f7f0f3f7f)
		}
		data = append(data, word[:3+source.IntN(6)]...)
		if source.IntN(12) == 0 {
			data = append(data, byte(source.Uint32()), byte(source.Uint32()))
		}
	}
	return data[:n]
}

// passOver reads up to a place, passes on to another, and reads the rest, all of which has to be what data says.
func passOver(t testing.TB, file, data []byte, from, to int) (passed int64) {
	t.Helper()
	g := NewWithT(t)
	s, err := inflate.NewSeeker(bytes.NewReader(file), int64(len(file)), worth)
	g.Expect(err).NotTo(HaveOccurred())
	head := make([]byte, from)
	_, err = io.ReadFull(s, head)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(bytes.Equal(head, data[:from])).To(BeTrue(), "what comes before")
	at, err := s.Seek(int64(to-from), io.SeekCurrent)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(at).To(Equal(int64(to)))
	rest, err := io.ReadAll(s)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(bytes.Equal(rest, data[to:])).To(BeTrue(), "what comes behind")
	return s.Passed()
}

func TestAPartIsPassedOver(t *testing.T) {
	const before, between, behind = 5000, 3 << 19, 9000
	data := program(before+between+behind, 1)
	for _, level := range []int{gzip.HuffmanOnly, gzip.BestSpeed, gzip.DefaultCompression, gzip.BestCompression} {
		t.Run(fmt.Sprint("level ", level), func(t *testing.T) {
			NewWithT(t).Expect(passOver(t, packed(t, data, level, gzip.Header{}), data, before, before+between)).
				To(BeEquivalentTo(between))
		})
	}
	t.Run("own encoder", func(t *testing.T) {
		out := []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255}
		out = deflate.NewEncoder().Append(out, deflate.Piece{Data: data, Final: true}, deflate.Effort{Depth: 4, Nice: 16})
		reference := packed(t, data, gzip.NoCompression, gzip.Header{})
		NewWithT(t).Expect(passOver(t, append(out, reference[len(reference)-8:]...), data, before, before+between)).
			To(BeEquivalentTo(between))
	})
}

func TestWhatCannotBePassedOverIsUnpacked(t *testing.T) {
	data := program(3<<19, 2)
	far := append(random(1<<20, 256), data[:9000]...)
	for name, c := range map[string]struct {
		data     []byte
		level    int
		from, to int
	}{
		"less than it is worth":       {data, 6, 10, 10 + worth - 1},
		"nothing":                     {data, 6, 10, 10},
		"up to the end":               {data, 6, 10, len(data)},
		"a long way before the end":   {data, 6, 10, 10 + 1<<19},
		"no codes":                    {data, gzip.NoCompression, 10, len(data) - 10},
		"no block of codes at all":    {far, gzip.NoCompression, 10, len(far) - 10},
		"all the same, up to the end": {make([]byte, 2<<20), 9, 10, 2<<20 - 2000},
	} {
		t.Run(name, func(t *testing.T) {
			NewWithT(t).Expect(passOver(t, packed(t, c.data, c.level, gzip.Header{}), c.data, c.from, c.to)).To(BeZero())
		})
	}
}

// What was said long before the end, and again and again, takes most of the file to know.
func TestRepetitionsOfWhatIsNotKnown(t *testing.T) {
	said, fresh := random(25_000, 256), random(450_000, 256)
	var data []byte
	for i := range 150 {
		data = append(append(data, said...), fresh[i*3000:(i+1)*3000]...)
	}
	NewWithT(t).Expect(passOver(t, packed(t, data, 6, gzip.Header{}), data, 100, len(data)-10_000)).To(BeZero())
}

func TestAnEndThatIsMissingIsNoticed(t *testing.T) {
	data := program(3<<19, 3)
	whole := packed(t, data, 6, gzip.Header{})
	for missing := 1; missing < len(whole)/2; missing = missing*3 + 1 {
		for _, behind := range []string{"", string(whole[len(whole)-8:])} { // with the right length at its end after all
			g := NewWithT(t)
			file := append(bytes.Clone(whole[:len(whole)-missing]), behind...)
			s, err := inflate.NewSeeker(bytes.NewReader(file), int64(len(file)), worth)
			g.Expect(err).NotTo(HaveOccurred())
			_, err = s.Seek(int64(len(data)-1000), io.SeekCurrent)
			if err == nil {
				_, err = io.Copy(io.Discard, s)
			}
			g.Expect(err).To(HaveOccurred(), "%d bytes missing", missing)
		}
	}
	g := NewWithT(t)
	s, err := inflate.NewSeeker(bytes.NewReader(whole), int64(len(whole)), worth)
	g.Expect(err).NotTo(HaveOccurred())
	_, err = s.Seek(int64(len(data))+1, io.SeekCurrent)
	g.Expect(err).To(MatchError(io.ErrUnexpectedEOF), "beyond an end that is whole")
}

func TestAFileThatCannotBeReadIsSaid(t *testing.T) {
	g := NewWithT(t)
	data := program(3<<19, 4)
	whole := packed(t, data, 6, gzip.Header{})
	broken := errors.New("the disk is broken")
	for _, at := range []int64{int64(len(whole) - 2), int64(len(whole) - 30_000)} {
		s, err := inflate.NewSeeker(brokenAt{bytes.NewReader(whole), at, broken}, int64(len(whole)), worth)
		g.Expect(err).NotTo(HaveOccurred())
		_, err = s.Seek(int64(len(data)-1000), io.SeekCurrent)
		g.Expect(err).To(MatchError(broken))
	}
	s, err := inflate.NewSeeker(bytes.NewReader(whole), int64(len(whole)), worth)
	g.Expect(err).NotTo(HaveOccurred())
	for whence, offset := range map[int]int64{io.SeekStart: 0, io.SeekEnd: 0, io.SeekCurrent: -1} {
		_, err = s.Seek(offset, whence)
		g.Expect(err).To(MatchError(ContainSubstring("backwards")))
	}
}

type brokenAt struct {
	io.ReaderAt
	at  int64
	err error
}

func (b brokenAt) ReadAt(p []byte, offset int64) (int, error) {
	if offset <= b.at && b.at < offset+int64(len(p)) {
		return 0, b.err
	}
	return b.ReaderAt.ReadAt(p, offset)
}

func TestDoubts(t *testing.T) {
	good := packed(t, program(1<<20, 5), 6, gzip.Header{})
	with := func(at int, what []byte) []byte {
		file := bytes.Clone(good)
		copy(file[at:], what)
		return file
	}
	member := packed(t, program(1<<16, 6), 6, gzip.Header{})
	member[8], member[9] = 1, 77 // which nobody writes, and anybody reads
	anyOf := func(file []byte) bool {
		var d inflate.Doubts
		n, err := io.CopyBuffer(&d, struct{ io.Reader }{bytes.NewReader(file)}, make([]byte, 16<<10))
		g := NewWithT(t)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(n).To(BeEquivalentTo(len(file)))
		return d.Any(bytes.NewReader(file))
	}
	for name, c := range map[string]struct {
		file []byte
		any  bool
	}{
		"none":                          {good, false},
		"another member":                {append(bytes.Clone(good), packed(t, []byte("x"), 9, gzip.Header{Name: "n"})...), true},
		"another in between":            {with(40_000, member[:10_000]), true},
		"half a header at the end":      {append(bytes.Clone(good), member[:9]...), false},
		"a header, but no member":       {with(40_000, member[:10]), false},
		"headers all over":              {append(good[:10:10], bytes.Repeat(member[:10], 10_000)...), true},
		"a hole":                        {with(50_000, make([]byte, 8<<10)), true},
		"less than a page of zeros":     {with(48<<10+1, make([]byte, 4<<10-1)), false},
		"a page of zeros off the pages": {with(48<<10+1, make([]byte, 4<<10)), false},
		"a header only":                 {member[:10], false},
		"nothing":                       {nil, false},
	} {
		t.Run(name, func(t *testing.T) { NewWithT(t).Expect(anyOf(c.file)).To(Equal(c.any)) })
	}
	for at := 16<<10 - 4; at < 16<<10+2; at++ { // where two writes meet
		NewWithT(t).Expect(anyOf(with(at, member[:10_000]))).To(BeTrue(), "at %d", at)
	}
}

// Many blocks that expand far lead to an end that is none: to try them all would take minutes.
func TestTheSearchForTheEndIsBounded(t *testing.T) {
	g := NewWithT(t)
	const claimed = 3 << 20
	var blocks bytes.Buffer
	w, err := flate.NewWriter(&blocks, flate.BestCompression)
	g.Expect(err).NotTo(HaveOccurred())
	for blocks.Len() < 512<<10 {
		_, _ = w.Write(make([]byte, 100<<10)) // a Buffer
		_ = w.Flush()                         // takes everything
	}
	file := packed(t, random(1<<20, 256), gzip.NoCompression, gzip.Header{})
	file = append(file[:len(file)-13], blocks.Bytes()...) // without the last block, and what follows it
	file = append(file, 1, 0, 0, 0xff, 0xff, 'x')
	file = binary.LittleEndian.AppendUint32(file, claimed)
	counted := &countingAt{ReaderAt: bytes.NewReader(file)}
	s, err := inflate.NewSeeker(counted, int64(len(file)), worth)
	g.Expect(err).NotTo(HaveOccurred())
	_, err = s.Seek(claimed-100_000, io.SeekCurrent)
	g.Expect(err).NotTo(HaveOccurred(), "all of it unpacks to more")
	g.Expect(s.Passed()).To(BeZero())
	g.Expect(counted.times).To(BeNumerically("<", 1000))
}

type countingAt struct {
	io.ReaderAt
	times int
}

func (c *countingAt) ReadAt(p []byte, offset int64) (int, error) {
	c.times++
	return c.ReaderAt.ReadAt(p, offset)
}

// FuzzSeeker holds the Seeker to the truth wherever it passes on to, in files of all kinds.
func FuzzSeeker(f *testing.F) {
	f.Add(uint64(1), uint(6), uint(100), uint(2000), uint(3))
	f.Add(uint64(2), uint(1), uint(70_000), uint(1), uint(0))
	f.Add(uint64(3), uint(9), uint(0), uint(600_000), uint(9))
	f.Fuzz(func(t *testing.T, seed uint64, level, from, behind, gaps uint) {
		const size = 1 << 20
		data := program(size, seed)
		source := rand.New(rand.NewPCG(seed, 6))
		for range gaps % 64 {
			at := source.IntN(size)
			clear(data[at:min(size, at+source.IntN(1<<source.IntN(17)))])
		}
		from, behind = from%(size/8), behind%(size/8)
		passOver(t, packed(t, data, int(level%10), gzip.Header{}), data, int(from), int(size-behind))
	})
}
