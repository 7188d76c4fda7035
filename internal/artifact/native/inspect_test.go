package native_test

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact/native"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// streamed reads data as a stream that begins anew when it has to, and counts how often that is.
func streamed(data []byte) (s *native.Stream, begun *int) {
	begun = new(int)
	return native.NewStream(bytes.NewReader(data), func() (io.Reader, error) {
		*begun++
		return bytes.NewReader(data), nil
	}), begun
}

func TestStreamReadsAnywhere(t *testing.T) {
	g := NewWithT(t)
	data := make([]byte, 300_000)
	for i := range data {
		data[i] = byte(i >> 8)
	}
	s, begun := streamed(data)
	read := func(at int64, n int) {
		t.Helper()
		p := make([]byte, n)
		got, err := s.ReadAt(p, at)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(got).To(Equal(n))
		g.Expect(p).To(Equal(data[at:at+int64(n)]), "at %d", at)
	}
	for _, at := range []int64{0, 65_000, 10, 100_000, 65_000, 250_000} {
		read(at, 500)
	}
	g.Expect(*begun).To(BeZero(), "the head stays, the rest rises") // 65_000 to 65_500 is within
	read(65_500, 100)                                               // over the head's end
	g.Expect(*begun).To(Equal(1))
	n, err := s.ReadAt(make([]byte, 100), 299_950)
	g.Expect(n).To(Equal(50))
	g.Expect(err).To(MatchError(io.ErrUnexpectedEOF))
	failing := native.NewStream(bytes.NewReader(data), func() (io.Reader, error) { return nil, errors.New("gone") })
	_, err = failing.ReadAt(make([]byte, 1), 100_000)
	g.Expect(err).NotTo(HaveOccurred())
	_, err = failing.ReadAt(make([]byte, 1), 99_000)
	g.Expect(err).To(MatchError("gone"))
}

// signed makes an executable of macOS with code of so many bytes, and a signature with sums of each kind in turn.
func signed(length int, pageSize byte, kinds ...byte) []byte {
	file := make([]byte, length)
	for i := range file {
		file[i] = byte(i * i >> 7)
	}
	var sums [][]byte
	for _, kind := range kinds {
		sums = append(sums, directory(nil, length, pageSize, kind))
	}
	signature := blob(sums)
	for at, field := range []uint32{0xfeedfacf, 0x0100000c, 0, 2, 1, 16, 0, 0, 0x1d, 16, uint32(length), uint32(len(signature))} {
		binary.LittleEndian.PutUint32(file[4*at:], field)
	}
	for i, kind := range kinds {
		sums[i] = directory(file, length, pageSize, kind)
	}
	return slices.Concat(file, blob(sums))
}

func blob(directories [][]byte) []byte {
	at := 12 + 8*len(directories)
	var index, parts []byte
	for i, d := range directories {
		slot := uint32(0)
		if i > 0 {
			slot = 0x1000 + uint32(i) - 1
		}
		index = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(index, slot), uint32(at+len(parts)))
		parts = append(parts, d...)
	}
	var b []byte
	for _, field := range []uint32{0xfade0cc0, uint32(at + len(parts)), uint32(len(directories))} {
		b = binary.BigEndian.AppendUint32(b, field)
	}
	return append(append(b, index...), parts...)
}

// directory sums file, or has zeros where it is not there yet.
func directory(file []byte, limit int, pageSize, kind byte) []byte {
	size := map[byte]int{1: 20, 2: 32, 3: 20, 4: 48}[kind]
	page := limit
	if pageSize > 0 {
		page = 1 << pageSize
	}
	var sums []byte
	for at := 0; at < limit; at += page {
		sum := make([]byte, 64)
		if file != nil {
			part := file[at:min(at+page, limit)]
			switch kind {
			case 1:
				a := sha1.Sum(part)
				sum = a[:]
			case 2, 3:
				a := sha256.Sum256(part)
				sum = a[:]
			case 4:
				a := sha512.Sum384(part)
				sum = a[:]
			}
		}
		sums = append(sums, sum[:size]...)
	}
	var b []byte
	for _, field := range []uint32{0xfade0c02, uint32(44 + 2 + len(sums)), 0x20001, 2, 46, 44, 0, uint32(len(sums) / size), uint32(limit)} {
		b = binary.BigEndian.AppendUint32(b, field)
	}
	b = append(b, byte(size), kind, 0, pageSize, 0, 0, 0, 0, 'x', 0)
	return append(b, sums...)
}

func TestSignaturesOfEachKind(t *testing.T) {
	for _, test := range []struct {
		length int
		page   byte
		kinds  []byte
		again  int // how often a stream has to be begun anew
	}{
		{300_000, 12, []byte{2}, 0}, {300_000, 14, []byte{2}, 0}, {300_000, 12, []byte{1, 2}, 0}, {1 << 18, 12, []byte{2, 1}, 0},
		{300_000, 12, []byte{1}, 1}, {300_000, 12, []byte{3, 1}, 1}, {300_000, 12, []byte{2, 4}, 1}, {300_000, 0, []byte{2}, 1}, {300_000, 16, []byte{2}, 1},
		{1000, 12, []byte{1}, 0},
	} {
		t.Run(fmt.Sprint(test), func(t *testing.T) {
			g := NewWithT(t)
			file := signed(test.length, test.page, test.kinds...)
			for at, want := range map[int]native.Signature{
				-1: native.SignatureFine, 100: native.SignatureBroken, test.length / 2: native.SignatureBroken, test.length - 1: native.SignatureBroken,
			} {
				data := bytes.Clone(file)
				if at >= 0 {
					data[at] ^= 1
				}
				found, err := native.Inspect(bytes.NewReader(data), int64(len(data)))
				g.Expect(err).NotTo(HaveOccurred())
				g.Expect(found.Cut).To(BeEmpty())
				g.Expect(found.Signature).To(Equal(want), "changed at %d", at)
				stream, begun := streamed(data)
				again, err := native.Inspect(stream, int64(len(data)))
				g.Expect(err).NotTo(HaveOccurred())
				g.Expect(again).To(Equal(found))
				g.Expect(*begun).To(Equal(test.again))
			}
		})
	}
}

// universal joins two slices.
func universal(a, b []byte) []byte {
	const first = 64
	fat := binary.BigEndian.AppendUint32(nil, 0xcafebabe)
	for _, field := range []uint32{2, 0x01000007, 3, first, uint32(len(a)), 0, 0x0100000c, 0, first + uint32(len(a)), uint32(len(b)), 0} {
		fat = binary.BigEndian.AppendUint32(fat, field)
	}
	return append(append(append(fat, make([]byte, first-len(fat))...), a...), b...)
}

func TestUniversalFilesAreReadOnce(t *testing.T) {
	g := NewWithT(t)
	data := universal(signed(300_000, 12, 2), signed(400_000, 14, 2))
	for at, want := range map[int]native.Signature{200: native.SignatureBroken, 350_000: native.SignatureBroken, -1: native.SignatureFine} {
		changed := bytes.Clone(data)
		if at >= 0 {
			changed[at] ^= 1
		}
		stream, begun := streamed(changed)
		found, err := native.Inspect(stream, int64(len(data)))
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(found).To(Equal(&native.Native{Format: native.MachO, Systems: []string{"darwin"}, CPUs: []string{"x64", "arm64"}, Started: true,
			Signature: want}))
		g.Expect(*begun).To(BeZero())
	}
}

// counting is a reader that counts what is asked of it.
type counting struct {
	io.ReaderAt
	bytes int64
}

func (c *counting) ReadAt(p []byte, at int64) (int, error) {
	c.bytes += int64(len(p))
	return c.ReaderAt.ReadAt(p, at)
}

// FuzzInspect reads any bytes, of any claimed size, as an executable: it must end soon, and say the same of a stream.
func FuzzInspect(f *testing.F) {
	for _, system := range []string{"linux", "darwin", "win32", "aix", "netbsd"} {
		for _, cpu := range []string{"x64", "arm64", "ppc64", "s390x", "ia32"} {
			header, _ := native.Header(spec.Platform{OS: []string{system}, CPU: []string{cpu}}, "glibc")
			f.Add(header)
		}
	}
	f.Add(signed(9000, 12, 1, 2))
	f.Add(signed(9000, 14, 4))
	f.Add(universal(signed(5000, 12, 2), signed(5000, 12, 2)))
	f.Add([]byte("\x7fELF\x02\x01\x01" + string(bytes.Repeat([]byte{0xff}, 80))))
	f.Add([]byte("\xca\xfe\xba\xbf\x00\x00\x00\x01"))
	f.Fuzz(func(t *testing.T, data []byte) {
		g := NewWithT(t)
		size := int64(len(data))
		read := &counting{ReaderAt: bytes.NewReader(data)}
		found, err := native.Inspect(read, size)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(read.bytes).To(BeNumerically("<", 16*size+16<<20))
		stream, begun := streamed(data)
		again, err := native.Inspect(stream, size)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(again).To(Equal(found))
		g.Expect(*begun).To(BeNumerically("<=", 50))
	})
}
