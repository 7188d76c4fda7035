package artifact_test

import (
	"archive/tar"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
)

// An archive can be made so that a block without codes holds others that lead to the same end: then its end alone shows other
// files than all of it does.
func TestAnArchiveThatReadsTwoWaysIsFoundOut(t *testing.T) {
	g := NewWithT(t)
	entries := func(headers ...tar.Header) []byte {
		stream := tarOf(t, headers...)
		return stream[:len(stream)-1024]
	}
	source := rand.New(rand.NewPCG(1, 2))
	body := make([]byte, 0, 10<<20)
	for len(body) < cap(body) {
		body = binary.LittleEndian.AppendUint64(body, source.Uint64())
	}
	body[len(body)-1] = 'z'
	actual := entries(regular("package/package.json", `{"name": "@s/other", "version": "9.9.9"}`),
		regular("package/filler", string(make([]byte, 60<<10))))
	packedActual := blocks(t, append([]byte{'z'}, actual...))
	for len(packedActual)%512 != 0 {
		packedActual = append(packedActual, 0, 0, 0, 0xff, 0xff)
	}
	header := entries(regular("package/rest", string(packedActual)))[:512]
	seeming := entries(regular("package/package.json", minimal))
	text := make([]byte, len(actual)-len(packedActual)-len(header)-len(seeming)-512)
	for i := range text {
		text[i] = "etaoin shrdlu"[source.IntN(13)]
	}
	hidden := append(blocks(t, slices.Concat([]byte{'z'}, seeming, entries(regular("package/text", string(text))), header)),
		storedHeader(len(packedActual))...)
	copy(body[len(body)-1-len(hidden):], hidden)

	stream := slices.Concat(entries(regular("package/big", string(body))), actual, make([]byte, 1024))
	before := 512 + len(body) - 1 - len(hidden)
	end := append([]byte{1}, storedHeader(1024)[1:]...)
	file := slices.Concat([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255}, stored(stream[:before]), stored(hidden), packedActual,
		end, make([]byte, 1024))
	file = binary.LittleEndian.AppendUint32(file, crc32.ChecksumIEEE(stream))
	file = binary.LittleEndian.AppendUint32(file, uint32(len(stream)))
	path := filepath.Join(t.TempDir(), "p.tgz")
	g.Expect(os.WriteFile(path, file, 0o600)).To(Succeed())

	a, err := artifact.Open(t.Context(), path)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(a.Name()).To(BeEquivalentTo("@s/p"), "so that this is such an archive: all of it is @s/other")
	g.Expect(a.ReadWhole(t.Context())).To(MatchError(ContainSubstring("its end reads otherwise")))
}

// blocks packs data, and ends at a byte but not the stream.
func blocks(t *testing.T, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z, err := flate.NewWriter(&b, flate.BestCompression)
	g := NewWithT(t)
	g.Expect(err).NotTo(HaveOccurred())
	_, err = z.Write(data)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(z.Flush()).To(Succeed())
	return b.Bytes()
}

// storedHeader is that of a block without codes (RFC 1951, section 3.2.4).
func storedHeader(n int) []byte {
	return binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16([]byte{0}, uint16(n)), ^uint16(n))
}

func stored(data []byte) []byte {
	var out []byte
	for part := range slices.Chunk(data, 65535) {
		out = append(append(out, storedHeader(len(part))...), part...)
	}
	return out
}
