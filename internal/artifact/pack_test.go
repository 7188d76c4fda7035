package artifact_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha1"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/artifact/packagetest"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func open(t *testing.T, path string) *artifact.Artifact {
	t.Helper()
	a, err := artifact.Open(t.Context(), path)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return a
}

func pack(t *testing.T, a *artifact.Artifact, o artifact.PackOptions) *artifact.Tarball {
	t.Helper()
	g := NewWithT(t)
	o.Dir = t.TempDir()
	tarball, err := a.Pack(t.Context(), o)
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { g.Expect(tarball.Close()).To(Succeed()) })
	return tarball
}

func TestPackIsReproducibleAndHashedRight(t *testing.T) {
	g := NewWithT(t)
	files := map[string]string{"package.json": `{"name": "p", "version": "1.0.0", "bin": "cli/run.js"}`,
		"cli/run.js": "x", "big": strings.Repeat("0123456789", 1e5)}
	first, second := pack(t, open(t, packagetest.Directory(t, files)), artifact.PackOptions{}), pack(t, open(t, packagetest.Directory(t,
		files)), artifact.PackOptions{})
	data := bytesOf(t, first)
	g.Expect(data).To(Equal(bytesOf(t, second)))
	g.Expect(data).To(Equal(bytesOf(t, first)), "it opens more than once")
	sum := sha1.Sum(data)
	g.Expect(first.Size).To(Equal(int64(len(data))))
	g.Expect(first.Shasum).To(Equal(hex.EncodeToString(sum[:])))
	g.Expect(first.Integrity).To(Equal(spec.NewIntegrity(sha512.Sum512(data))))
	g.Expect(entries(t, data)).To(ContainSubstring("0755 1 0:0 499162500 package/cli/run.js"), "commands are executable")
}

func TestPackLeavesNothingBehind(t *testing.T) {
	g := NewWithT(t)
	dir := packagetest.Directory(t, map[string]string{"package.json": minimal, "a": "1"})
	spool := t.TempDir()
	a := open(t, dir)
	tarball, err := a.Pack(t.Context(), artifact.PackOptions{Dir: spool})
	g.Expect(err).NotTo(HaveOccurred())
	if runtime.GOOS != "windows" { // where an open file keeps its name
		g.Expect(os.ReadDir(spool)).To(BeEmpty(), "nothing is left behind by a process that is killed")
	}
	g.Expect(tarball.Close()).To(Succeed())
	g.Expect(tarball.Close()).To(Succeed(), "twice does no harm")
	g.Expect(os.ReadDir(spool)).To(BeEmpty())

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = a.Pack(ctx, artifact.PackOptions{Dir: spool})
	g.Expect(err).To(MatchError(context.Canceled))
	g.Expect(os.WriteFile(filepath.Join(dir, "a"), []byte("longer"), 0o600)).To(Succeed())
	_, err = a.Pack(t.Context(), artifact.PackOptions{Dir: spool})
	g.Expect(err).To(MatchError(ContainSubstring("a: it changed since it was listed")))
	g.Expect(os.ReadDir(spool)).To(BeEmpty())
}

func TestPackTakesATgzAsItIs(t *testing.T) {
	g := NewWithT(t)
	path := packagetest.Tgz(t, packagetest.Regular("package/package.json", minimal), packagetest.Regular("package/README.md", "# p\n\nText."))
	before, err := os.ReadFile(path)
	g.Expect(err).NotTo(HaveOccurred())
	a := open(t, path)
	tarball := pack(t, a, artifact.PackOptions{GitHead: "abc"})
	g.Expect(bytesOf(t, tarball)).To(Equal(before))
	g.Expect(tarball.Integrity).To(Equal(spec.NewIntegrity(sha512.Sum512(before))))
	g.Expect(tarball.Manifest).To(Equal(map[string]any{
		"name": "@s/p", "version": "1.0.0", "readme": "# p\n\nText.", "readmeFilename": "README.md",
		"description": "Text.", "gitHead": "abc",
	}))
	g.Expect(tarball.Close()).To(Succeed())
	g.Expect(path).To(BeAnExistingFile())

	g.Expect(os.WriteFile(path, append(before, 0), 0o600)).To(Succeed())
	_, err = a.Pack(t.Context(), artifact.PackOptions{})
	g.Expect(err).To(MatchError(ContainSubstring("it changed since it was read")))
}

func TestPlatformsAmongTheDependencies(t *testing.T) {
	optional, hard := map[string]string{"@s/cli-a": "1.0.0"}, map[string]string{"@s/cli-b": "1.0.0"}
	for document, complaint := range map[string]string{
		`"dependencies": {"@s/cli-b": "1.0.0"}, "optionalDependencies": {"@s/cli-a": "1.0.0"}`: "",
		`"dependencies": {"@s/cli-b": "1.0.0", "@s/cli-a": "1.0.0"}`:                           "@s/cli-a stands in dependencies",
		`"dependencies": {"@s/cli-b": "^1.0.0"}`:                                               `must hold @s/cli-b at "1.0.0"`,
		`"optionalDependencies": {"@s/cli-a": "1.0.0", "@s/cli-b": "1.0.0"}`:                   "its place is in dependencies",
		`"optionalDependencies": {"@s/cli-a": "1.0.0"}`:                                        `must hold @s/cli-b at "1.0.0"`,
	} {
		dir := packagetest.Directory(t, map[string]string{"package.json": `{"version": "1.0.0", "name": "p", ` + document + "}"})
		mismatch := open(t, dir).PlatformMismatch(optional, hard, nil)
		if complaint == "" {
			if mismatch != nil {
				t.Fatal(document, mismatch)
			}
			continue
		}
		NewWithT(t).Expect(mismatch).To(MatchError(ContainSubstring(complaint)), document)
	}
}

func TestOptionalDependencies(t *testing.T) {
	want := map[string]string{"@s/cli-a": "1.0.0", "@s/cli-b": "1.0.0"}
	within := func(name, wanted string) bool { return strings.HasPrefix(name, "@s/cli-") && wanted != "^7" }
	const head = `{"version": "1.0.0", "name": "p", `
	for name, test := range map[string]struct {
		document, written, complaint string
		tgz                          string // what is said of a .tgz instead
	}{
		"none": {document: head + `"main":"x"}`, tgz: "lack the release's 2 platforms",
			written: "{\n  \"version\": \"1.0.0\",\n  \"name\": \"p\",\n  \"main\": \"x\",\n" +
				"  \"optionalDependencies\": {\n    \"@s/cli-a\": \"1.0.0\",\n    \"@s/cli-b\": \"1.0.0\"\n  }\n}\n"},
		"only others": {document: head + `"optionalDependencies":{"fsevents":"^2"},"x":"<>"}`,
			tgz: "lack the release's 2 platforms",
			written: "{\n  \"version\": \"1.0.0\",\n  \"name\": \"p\",\n  \"x\": \"<>\",\n  \"optionalDependencies\": {\n" +
				"    \"@s/cli-a\": \"1.0.0\",\n    \"@s/cli-b\": \"1.0.0\",\n    \"fsevents\": \"^2\"\n  }\n}\n"},
		"the same": {document: head + `"optionalDependencies": {"@s/cli-a": "1.0.0", "@s/cli-b": "1.0.0", "fsevents": "^2"}}`},
		"incomplete": {document: head + `"optionalDependencies": {"@s/cli-a": "1.0.0"}}`,
			complaint: "@s/cli-b@1.0.0 is missing"},
		"surplus": {document: head + `"optionalDependencies": {"@s/cli-a": "1.0.0", "@s/cli-b": "1.0.0", "@s/cli-c": "1.0.0"}}`,
			complaint: "@s/cli-c@1.0.0 is not wanted"},
		"a library with such a name": {
			document: head + `"optionalDependencies": {"@s/cli-a": "1.0.0", "@s/cli-b": "1.0.0", "@s/cli-wasm": "^7"}}`,
		},
		"other version": {document: head + `"optionalDependencies": {"@s/cli-a": "^1.0.0", "@s/cli-b": "1.0.0"}}`,
			complaint: `@s/cli-a is at "^1.0.0", not "1.0.0"`},
		"hard": {document: head + `"dependencies": {"@s/cli-a": "1.0.0"}}`, complaint: "@s/cli-a stands in dependencies"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			dir := packagetest.Directory(t, map[string]string{"package.json": test.document})
			for _, path := range []string{dir, packagetest.Tgz(t, packagetest.Regular("package/package.json", test.document))} {
				a := open(t, path)
				complaint := test.complaint
				if a.Packed() && test.tgz != "" {
					complaint = test.tgz
				}
				mismatch := a.PlatformMismatch(want, nil, within)
				if complaint != "" {
					g.Expect(mismatch).To(MatchError(ContainSubstring(complaint)))
					_, err := a.Pack(t.Context(), artifact.PackOptions{Dir: t.TempDir(), OptionalDependencies: want,
						PlatformPattern: within})
					g.Expect(err).To(MatchError(ContainSubstring(complaint)))
					continue
				}
				if mismatch != nil {
					t.Fatal(mismatch)
				}
				tarball := pack(t, a, artifact.PackOptions{OptionalDependencies: want, PlatformPattern: within})
				g.Expect(tarball.Manifest["optionalDependencies"]).To(And(HaveKeyWithValue("@s/cli-a", "1.0.0"),
					HaveKeyWithValue("@s/cli-b", "1.0.0")))
				if test.written == "" {
					test.written = test.document
				}
				expected := packagetest.Directory(t, map[string]string{"package.json": test.written})
				g.Expect(artifact.SameContents(bytes.NewReader(bytesOf(t, tarball)), bytes.NewReader(bytesOf(t, pack(t,
					open(t, expected), artifact.PackOptions{}))))).
					To(Succeed())
			}
			g.Expect(os.ReadFile(filepath.Join(dir, "package.json"))).To(BeEquivalentTo(test.document),
				"the build's own file stays")
		})
	}
}

// TestPackDoesNotHoldTheFile counts all that is allocated, which does not depend on when memory is freed again.
func TestPackDoesNotHoldTheFile(t *testing.T) {
	g := NewWithT(t)
	dir := packagetest.Directory(t, map[string]string{"package.json": minimal, "bin": ""})
	const size = 64 << 20
	g.Expect(os.Truncate(filepath.Join(dir, "bin"), size)).To(Succeed())
	a := open(t, dir)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	tarball := pack(t, a, artifact.PackOptions{})
	runtime.ReadMemStats(&after)
	g.Expect(after.TotalAlloc-before.TotalAlloc).To(BeNumerically("<", size/8), "bytes allocated")
	g.Expect(tarball.Size).To(BeNumerically(">", 0))
}

func TestSameContents(t *testing.T) {
	read := func(path string) *bytes.Reader {
		data, err := os.ReadFile(path)
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
		return bytes.NewReader(data)
	}
	a, b := packagetest.Regular("package/a", "1"), packagetest.Regular("package/b", "2")
	changed, executable, elsewhere := packagetest.Regular("package/b", "3"), b, packagetest.Regular("other/a", "1")
	executable.Mode = 0o755
	base := packagetest.Tgz(t, a, b)
	g := NewWithT(t)
	g.Expect(artifact.SameContents(read(base), read(packagetest.Tgz(t, b, a)))).To(Succeed())
	g.Expect(artifact.SameContents(read(base), read(packagetest.Tgz(t, elsewhere, packagetest.Regular("other/b", "2"))))).To(Succeed())
	g.Expect(artifact.SameContents(read(base), read(packagetest.Tgz(t, a, changed)))).To(MatchError(ContainSubstring("the files differ: b")))
	g.Expect(artifact.SameContents(read(base), read(packagetest.Tgz(t, a,
		executable)))).To(MatchError(ContainSubstring("b has mode 0644")))
	g.Expect(artifact.SameContents(read(base), read(packagetest.Tgz(t, a)))).To(MatchError(ContainSubstring("b is only in the first")))
	g.Expect(artifact.SameContents(read(packagetest.Tgz(t, a)), read(base))).To(MatchError(ContainSubstring("b is only in the second")))
	var others []tar.Header
	for _, name := range []string{"c", "d", "e", "f"} {
		others = append(others, packagetest.Regular("package/"+name, "1"))
	}
	g.Expect(artifact.SameContents(read(base), read(packagetest.Tgz(t, append(others, a, changed)...)))).To(MatchError("the files differ: " +
		"b, of 1 and 1 bytes; c is only in the second tarball; d is only in the second tarball; and 2 more"))
	g.Expect(artifact.SameContents(read(base),
		strings.NewReader("text"))).To(MatchError(ContainSubstring("second tarball")))
}

// entries lists what a tarball says of its files, one a line, in its order.
func entries(t *testing.T, tarball []byte) string {
	t.Helper()
	g := NewWithT(t)
	unzipped, err := gzip.NewReader(bytes.NewReader(tarball))
	g.Expect(err).NotTo(HaveOccurred())
	var found strings.Builder
	for r := tar.NewReader(unzipped); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return found.String()
		}
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(h.Typeflag).To(Equal(byte(tar.TypeReg)))
		_, _ = fmt.Fprintf(&found, "%04o %d %d:%d%s%s %d %s\n", h.Mode, h.Size, h.Uid, h.Gid, h.Uname, h.Gname,
			h.ModTime.Unix(), h.Name)
	}
}

func bytesOf(t *testing.T, tarball *artifact.Tarball) []byte {
	t.Helper()
	g := NewWithT(t)
	r, err := tarball.Open(t.Context())
	g.Expect(err).NotTo(HaveOccurred())
	defer func() { g.Expect(r.Close()).To(Succeed()) }()
	data, err := io.ReadAll(r)
	g.Expect(err).NotTo(HaveOccurred())
	return data
}
