package artifact_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/artifact/packagetest"
)

// hostileArchive is a tarball that must not be published, and what is said of it; "" where it is harmless.
type hostileArchive struct {
	complaint string
	headers   []tar.Header
}

func folders(names ...string) []tar.Header {
	var all []tar.Header
	for _, name := range names {
		all = append(all, tar.Header{Name: name, Typeflag: tar.TypeDir, Mode: 0o755})
	}
	return all
}

func hostileArchives() map[string]hostileArchive {
	good := packagetest.Regular("package/package.json", minimal)
	beside := func(name string) []tar.Header { return []tar.Header{good, packagetest.Regular(name, "x")} }
	special := func(kind byte) []tar.Header {
		return []tar.Header{good, {Name: "package/x", Typeflag: kind, Linkname: "../../etc/passwd", Mode: 0o644}}
	}
	return map[string]hostileArchive{
		"a path that leads outside":          {"leads outside", beside("package/../../x")},
		"a path that leads outside and back": {"leads outside", beside("package/x/../y")},
		"two dots as the folder":             {"leads outside", beside("../x")},
		"an absolute path":                   {"is absolute", beside("/etc/passwd")},
		"a backslash":                        {"backslash", beside(`package/..\..\x`)},
		"a drive":                            {"two folders", beside(`C:/x`)},
		"a path that npm unpacks deeper":     {"two folders", beside("./package/x")},
		"all paths with a dot":               {"not written plainly", []tar.Header{packagetest.Regular("package/./package.json", minimal)}},
		"a doubled slash":                    {"not written plainly", beside("package//x")},
		"a terminal's commands in a name":    {`\x1b]0;`, beside("package/\x1b]0;x\a")},
		"a line break in a name":             {"control characters", beside("package/a\nb")},
		"letters that turn around":           {`\u202e`, beside("package/\u202etxt.exe")},
		"a name that is not UTF-8":           {`\xff" has a name that is not UTF-8`, beside("package/\xff")},
		"a path of 5000 bytes":               {"longer than 4096 bytes", beside("package/" + strings.Repeat("a/", 2500) + "x")},
		"a package.json in capitals":         {"takes the place of package.json", beside("package/PACKAGE.json")},
		"another package.json":               {"twice", []tar.Header{good, packagetest.Regular("package/package.json", `{"name":"x","version":"9.0.0"}`)}},
		"another folder":                     {"two folders", beside("other/package.json")},
		"a symbolic link":                    {"symbolic link to \"../../etc/passwd\", which npm leaves out", special(tar.TypeSymlink)},
		"a hard link":                        {"name the directory here, which is packed with whole files", special(tar.TypeLink)},
		"a pipe":                             {"is a pipe", special(tar.TypeFifo)},
		"a device of characters":             {"is a device", special(tar.TypeChar)},
		"a device of blocks":                 {"is a device", special(tar.TypeBlock)},
		"a claim of 100 GB": {"unpacks to more than", []tar.Header{good,
			{Name: "package/x", Typeflag: tar.TypeReg, Size: 100 << 30, Mode: 0o644}}},
		"a claim beyond all numbers": {"unpacks to more than", []tar.Header{good,
			{Name: "package/x", Typeflag: tar.TypeReg, Size: 1<<63 - 1, Mode: 0o644, Format: tar.FormatGNU}}},
		"Cyrillic letters": {"", beside("package/p\u0430ckage.json")},
		"colliding cases":  {"", append(beside("package/readme.md"), packagetest.Regular("package/README.MD", "x"))},
		"its folders":      {"", append(folders("package/", "package/lib/", "package/lib/deep"), good)},

		"a folder that leads outside":          {"leads outside", append(folders("package/../../x/"), good)},
		"a folder that leads outside and back": {"leads outside", append(folders("package/x/.."), good)},
		"two dots for a folder":                {"leads outside", append(folders("../"), good)},
		"an absolute folder":                   {"is absolute", append(folders("/etc/"), good)},
		"a folder beside":                      {"two folders", append(folders("elsewhere/"), good)},
		"a folder that npm unpacks deeper":     {"two folders", append([]tar.Header{good}, folders("./package/x/")...)},
		"a folder with a backslash":            {"backslash", append(folders(`package/..\..\x/`), good)},
		"a folder that turns around":           {`\u202e`, append(folders("package/\u202etxt/"), good)},
		"a folder of 5000 bytes":               {"longer than 4096 bytes", append(folders("package/"+strings.Repeat("a/", 2500)), good)},
	}
}

func TestHostileArchives(t *testing.T) {
	for name, hostile := range hostileArchives() {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			file := compress(t, tarOf(t, hostile.headers...))
			_, err := artifact.Open(t.Context(), file)
			if hostile.complaint == "" {
				g.Expect(err).NotTo(HaveOccurred())
				return
			}
			g.Expect(err).To(MatchError(And(ContainSubstring(hostile.complaint), ContainSubstring(file))))
			shown(t, err)

			stream, err := os.ReadFile(file)
			g.Expect(err).NotTo(HaveOccurred())
			err = artifact.SameContents(bytes.NewReader(stream), bytes.NewReader(stream))
			g.Expect(err).To(MatchError(ContainSubstring(hostile.complaint)), "also one that is downloaded")
		})
	}
}

// What archive/tar does not write is put together by hand.
func TestArchivesThatLie(t *testing.T) {
	good := tarOf(t, packagetest.Regular("package/package.json", minimal)) // its end included
	before := func(entries ...[]byte) []byte { return append(bytes.Join(entries, nil), good...) }
	pax := func(records ...string) []byte {
		var b strings.Builder
		for _, record := range records {
			length := len(record) + 3 // the blank, the line's end, and one digit
			for length < len(record)+2+len(fmt.Sprint(length)) {
				length++
			}
			fmt.Fprintf(&b, "%d %s\n", length, record)
		}
		return rawEntry("PaxHeaders", tar.TypeXHeader, b.String())
	}
	for name, c := range map[string]struct {
		stream    []byte
		complaint string
	}{
		"a sparse file of 4 EB": {before(pax("GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.name=package/x",
			"GNU.sparse.realsize=4611686018427387904"), rawEntry("x", tar.TypeReg, "0\n"+strings.Repeat("\x00", 510))), "sparse"},
		"a sparse file of old":     {before(rawEntry("package/x", tar.TypeGNUSparse, "")), "invalid tar header"},
		"a path in a pax header":   {before(pax("path=package/../../x"), rawEntry("package/x", tar.TypeReg, "")), "leads outside"},
		"a NUL in a pax header":    {before(pax("path=package/x\x00y"), rawEntry("package/x", tar.TypeReg, "")), "invalid tar header"},
		"a size in a pax header":   {before(pax("size=107374182400"), rawEntry("package/x", tar.TypeReg, "")), "unpacks to more than"},
		"a negative size":          {before(pax("size=-1"), rawEntry("package/x", tar.TypeReg, "")), "invalid tar header"},
		"a pax header of 2 MiB":    {before(pax("comment=" + strings.Repeat("x", 2<<20))), "too long"},
		"a long path of 2 MiB":     {before(rawEntry("././@LongLink", tar.TypeGNULongName, strings.Repeat("x", 2<<20))), "too long"},
		"nothing but pax headers":  {bytes.Repeat(pax("comment=x"), 3), "no package.json"},
		"a file cut short":         {rawEntry("package/x", tar.TypeReg, strings.Repeat("x", 2000))[:2000], "ends too early"},
		"a large one cut short":    {rawEntry("package/x", tar.TypeReg, strings.Repeat("x", 2<<20))[:2<<20], "ends too early"},
		"one block of zeros":       {before(make([]byte, 512)), "invalid tar header"},
		"data behind the end":      {append(bytes.Clone(good), make([]byte, 2<<20)...), "behind its last file"},
		"a contiguous file":        {before(rawEntry("package/x", tar.TypeCont, "")), "does not install"},
		"a checksum that is wrong": {bytes.Replace(good, []byte("package/"), []byte("packags/"), 1), "invalid tar header"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := artifact.Open(t.Context(), compress(t, c.stream))
			NewWithT(t).Expect(err).To(MatchError(ContainSubstring(c.complaint)))
			shown(t, err)
		})
	}
	_, err := artifact.Open(t.Context(), compress(t, before(pax("comment=harmless"), rawEntry("package/x", tar.TypeReg, "x"))))
	NewWithT(t).Expect(err).NotTo(HaveOccurred(), "so that what is put together here is well formed but for what is meant")
}

// rawEntry is an entry of any kind, in the form of ustar.
func rawEntry(name string, kind byte, contents string) []byte {
	block := make([]byte, 512)
	copy(block, name)
	copy(block[100:], "0000644\x000000000\x000000000\x00")
	copy(block[124:], fmt.Sprintf("%011o\x0000000000000\x00        ", len(contents)))
	block[156] = kind
	copy(block[257:], "ustar\x0000")
	sum := 0
	for _, b := range block {
		sum += int(b)
	}
	copy(block[148:], fmt.Sprintf("%06o\x00 ", sum))
	padding := (512 - len(contents)%512) % 512
	return slices.Concat(block, []byte(contents), make([]byte, padding))
}

// A bomb is given up long before it is through.
func TestBombs(t *testing.T) {
	read := func(file string) []byte {
		stream, err := os.ReadFile(file)
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
		return stream
	}
	good := compress(t, tarOf(t, packagetest.Regular("package/package.json", minimal)))
	const piece = 8 << 20
	for name, c := range map[string]struct {
		stream    []byte // gzip takes several streams for one
		complaint string
	}{
		"100 GB of zeros": {append(read(good), bytes.Repeat(read(compress(t, make([]byte, piece))), 100<<30/piece)...), "behind its last file"},
		"400 000 folders": {bytes.Repeat(read(compress(t, bytes.Repeat(rawEntry("package/", tar.TypeDir, ""), 4000))), 100),
			"more than 200000 entries"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			file := filepath.Join(t.TempDir(), "bomb.tgz")
			g.Expect(os.WriteFile(file, c.stream, 0o600)).To(Succeed())
			_, err := artifact.Open(t.Context(), file)
			g.Expect(err).To(MatchError(ContainSubstring(c.complaint)))
		})
	}
}

func compress(t *testing.T, stream []byte) string {
	t.Helper()
	g := NewWithT(t)
	var b bytes.Buffer
	zipped, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	g.Expect(err).NotTo(HaveOccurred())
	_, err = zipped.Write(stream)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(zipped.Close()).To(Succeed())
	file := filepath.Join(t.TempDir(), "p.tgz")
	g.Expect(os.WriteFile(file, b.Bytes(), 0o600)).To(Succeed())
	return file
}
