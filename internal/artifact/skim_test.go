package artifact_test

import (
	"archive/tar"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"encoding/binary"
	"hash/crc32"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
)

// bulky is a file of which most need not be unpacked.
func bulky() tar.Header {
	source := rand.New(rand.NewPCG(1, 7))
	contents := make([]byte, 0, 10_000_000)
	for len(contents) < cap(contents) {
		contents = binary.LittleEndian.AppendUint64(contents, source.Uint64()&0x7f7f7f7f7f7f7f7f)
	}
	return regular("package/bin/tool", string(contents))
}

// begun is the first part of a .tgz.
type begun struct {
	packed []byte // whole blocks
	sum    uint32
	size   int
}

// withBulky begins a .tgz with some files and a large one.
func withBulky(t *testing.T, files ...tar.Header) begun {
	t.Helper()
	stream := tarOf(t, append(files, bulky())...)
	stream = stream[:len(stream)-1024]
	var b bytes.Buffer
	b.Write([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255})
	z, err := flate.NewWriter(&b, flate.HuffmanOnly)
	g := NewWithT(t)
	g.Expect(err).NotTo(HaveOccurred())
	_, err = z.Write(stream)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(z.Flush()).To(Succeed())
	return begun{b.Bytes(), crc32.ChecksumIEEE(stream), len(stream)}
}

// ended writes the .tgz with further files, and returns its path.
func (f begun) ended(t *testing.T, files ...tar.Header) string {
	t.Helper()
	g := NewWithT(t)
	stream := tarOf(t, files...)
	b := bytes.NewBuffer(bytes.Clone(f.packed))
	z, err := flate.NewWriter(b, flate.BestSpeed)
	g.Expect(err).NotTo(HaveOccurred())
	_, err = z.Write(stream)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(z.Close()).To(Succeed())
	file := binary.LittleEndian.AppendUint32(b.Bytes(), crc32.Update(f.sum, crc32.IEEETable, stream))
	path := filepath.Join(t.TempDir(), "p.tgz")
	g.Expect(os.WriteFile(path, binary.LittleEndian.AppendUint32(file, uint32(f.size+len(stream))), 0o600)).To(Succeed())
	return path
}

// spoil changes a file, and returns the path of what comes of it.
func spoil(t *testing.T, path string, how func(file []byte) []byte) string {
	t.Helper()
	g := NewWithT(t)
	file, err := os.ReadFile(path)
	g.Expect(err).NotTo(HaveOccurred())
	to := filepath.Join(t.TempDir(), "spoilt.tgz")
	g.Expect(os.WriteFile(to, how(file), 0o600)).To(Succeed())
	return to
}

// inTheMiddle spoils what no reader of both ends can see.
func inTheMiddle(file []byte) []byte {
	file[len(file)/2] ^= 0x55
	return file
}

func TestALargeFileIsPassedOverUntilItMatters(t *testing.T) {
	good, note := regular("package/package.json", minimal), regular("package/README.md", "# p")
	for name, path := range map[string]string{
		"first": withBulky(t).ended(t, good, note), "in between": withBulky(t, good).ended(t, note),
		"last": withBulky(t, good, note).ended(t),
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			a, err := artifact.Open(t.Context(), path)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(a.Name()).To(BeEquivalentTo("@s/p"))
			g.Expect(a.Files()).To(ConsistOf("package.json", "README.md", "bin/tool"))
			g.Expect(a.ReadWhole(t.Context())).To(Succeed())

			spoilt := spoil(t, path, inTheMiddle)
			a, err = artifact.Open(t.Context(), spoilt)
			g.Expect(err).NotTo(HaveOccurred(), "which shows that it was not unpacked")
			g.Expect(a.ReadWhole(t.Context())).To(MatchError(And(ContainSubstring("the .tgz is damaged"), ContainSubstring(spoilt))))
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			g.Expect(a.ReadWhole(ctx)).To(MatchError(context.Canceled))
		})
	}
}

func TestWhatIsWrongIsSeenBesidesALargeFile(t *testing.T) {
	path := withBulky(t).ended(t, regular("package/package.json", minimal))
	for name, c := range map[string]struct {
		how  func(file []byte) []byte
		says string
	}{
		"cut off":     {func(file []byte) []byte { return file[:len(file)-5000] }, "ends too early"},
		"a hole":      {func(file []byte) []byte { clear(file[len(file)/2 : len(file)/2+8<<10]); return file }, "is damaged"},
		"more behind": {func(file []byte) []byte { return append(file, "something else"...) }, "behind its end stands something else"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := artifact.Open(t.Context(), spoil(t, path, c.how))
			NewWithT(t).Expect(err).To(MatchError(ContainSubstring(c.says)))
		})
	}
	first := withBulky(t)
	all := hostileArchives()
	for _, name := range []string{"a path that leads outside", "another package.json", "a symbolic link", "a claim of 100 GB", "Cyrillic letters"} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			hostile, known := all[name]
			g.Expect(known).To(BeTrue())
			_, err := artifact.Open(t.Context(), first.ended(t, hostile.headers...))
			if hostile.complaint == "" {
				g.Expect(err).NotTo(HaveOccurred())
				return
			}
			g.Expect(err).To(MatchError(ContainSubstring(hostile.complaint)))
		})
	}
}

// The last member says how much it unpacks to, which is not all. So the place that is looked for seems to be further behind:
// what lies before it must not be left out, and what lies there must not be taken for something else.
func TestMembersHideNothing(t *testing.T) {
	zip := func(part []byte, system byte) []byte {
		var b bytes.Buffer
		z, _ := gzip.NewWriterLevel(&b, gzip.HuffmanOnly) // the level exists
		z.OS = system
		_, _ = z.Write(part) // a Buffer
		_ = z.Close()        // takes everything
		return b.Bytes()
	}
	first := tarOf(t, regular("package/package.json", minimal))[:1024]
	for name, c := range map[string]struct {
		system byte // that wrote the second member
		hidden tar.Header
	}{
		"an entry as long as the first member":      {3, regular("package/../x", "x")},
		"behind a header that nobody writes":        {77, regular("package/../x", "x")},
		"one that is longer, so that nothing fits":  {3, regular("package/../x", strings.Repeat("x", 600))},
		"one that is shorter, so that nothing fits": {3, tar.Header{Name: "package/../x", Typeflag: tar.TypeReg}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			rest := tarOf(t, bulky(), c.hidden, regular("package/y", "y"), regular("package/z", "z"))
			path := filepath.Join(t.TempDir(), "p.tgz")
			g.Expect(os.WriteFile(path, append(zip(first, 3), zip(rest, c.system)...), 0o600)).To(Succeed())
			_, err := artifact.Open(t.Context(), path)
			g.Expect(err).To(MatchError(ContainSubstring("leads outside")))
		})
	}
}

func TestATgzIsUnpackedWhileItIsSentSlowly(t *testing.T) {
	path := withBulky(t).ended(t, regular("package/package.json", minimal))
	slowly := artifact.PackOptions{Pace: math.MaxInt64} // every line is slower
	send := func(path string, o artifact.PackOptions) ([]byte, *artifact.Tarball, error) {
		g := NewWithT(t)
		a, err := artifact.Open(t.Context(), path)
		g.Expect(err).NotTo(HaveOccurred())
		tarball, err := a.Pack(t.Context(), o)
		g.Expect(err).NotTo(HaveOccurred())
		from, err := tarball.Open(t.Context())
		g.Expect(err).NotTo(HaveOccurred())
		var sent bytes.Buffer
		_, err = io.Copy(&sent, from)
		g.Expect(from.Close()).To(Succeed())
		return sent.Bytes(), tarball, err
	}
	g := NewWithT(t)
	whole, err := os.ReadFile(path)
	g.Expect(err).NotTo(HaveOccurred())
	sent, tarball, err := send(path, slowly)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(bytes.Equal(sent, whole)).To(BeTrue())
	again, err := tarball.Open(t.Context())
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(again).To(BeAssignableToTypeOf(&os.File{}), "it is unpacked once only")
	g.Expect(again.Close()).To(Succeed())

	spoilt := spoil(t, path, inTheMiddle)
	sent, tarball, err = send(spoilt, slowly)
	g.Expect(err).To(MatchError(And(ContainSubstring("the .tgz is damaged"), ContainSubstring(spoilt))))
	g.Expect(sent).To(HaveLen(len(whole)), "only the end is missing")
	again, err = tarball.Open(t.Context())
	g.Expect(err).NotTo(HaveOccurred())
	_, err = io.ReadFull(again, make([]byte, len(whole)))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(again.Close()).To(Succeed(), "perhaps while it is unpacked")

	_, _, err = send(spoilt, artifact.PackOptions{Pace: 1})
	g.Expect(err).NotTo(HaveOccurred(), "for nobody waits")
}
