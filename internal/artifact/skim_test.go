package artifact_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"io"
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
	contents := make([]byte, 1_300_000)
	for i := range contents {
		contents[i] = "abcdefghijklmnopqrstuvwxyz \n0123456789.,"[source.IntN(40)]
	}
	return regular("package/bin/tool", string(contents))
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
	for name, order := range map[string][]tar.Header{
		"first": {bulky(), good, note}, "in between": {good, bulky(), note}, "last": {good, note, bulky()},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			path := tgz(t, order...)
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
	path := tgz(t, bulky(), regular("package/package.json", minimal))
	for name, c := range map[string]struct {
		how  func(file []byte) []byte
		says string
	}{
		"cut off":     {func(file []byte) []byte { return file[:len(file)-5000] }, "ends too early"},
		"a hole":      {func(file []byte) []byte { clear(file[len(file)/2 : len(file)/2+8<<10]); return file }, "is damaged"},
		"more behind": {func(file []byte) []byte { return append(file, "something else"...) }, "is damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := artifact.Open(t.Context(), spoil(t, path, c.how))
			NewWithT(t).Expect(err).To(MatchError(ContainSubstring(c.says)))
		})
	}
	for name, hostile := range hostileArchives() {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			tool := bulky()
			tool.Name = "package/aLarge.js"
			_, err := artifact.Open(t.Context(), compress(t, tarOf(t, append([]tar.Header{tool}, hostile.headers...)...)))
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
		z := gzip.NewWriter(&b)
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
		"an entry as long as the first member": {3, regular("package/../x", "x")},
		"one that is longer":                   {77, regular("package/../x", strings.Repeat("x", 600))}, // which is no system
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
	path := tgz(t, bulky(), regular("package/package.json", minimal))
	slowly := artifact.PackOptions{Patience: 1} // every line is slower
	send := func(path string, o artifact.PackOptions) ([]byte, *artifact.Tarball, error) {
		g := NewWithT(t)
		a, err := artifact.Open(t.Context(), path)
		g.Expect(err).NotTo(HaveOccurred())
		tarball, err := a.Pack(t.Context(), o)
		g.Expect(err).NotTo(HaveOccurred())
		from, err := tarball.Open(t.Context())
		g.Expect(err).NotTo(HaveOccurred())
		sent, err := io.ReadAll(from)
		g.Expect(from.Close()).To(Succeed())
		return sent, tarball, err
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
	_, err = again.Read(make([]byte, 10))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(again.Close()).To(Succeed(), "while it is unpacked")

	_, _, err = send(spoilt, artifact.PackOptions{Patience: 1 << 62})
	g.Expect(err).NotTo(HaveOccurred(), "for nobody waits")
}
