package artifact_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/artifact/packagetest"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

const minimal = `{"name": "@s/p", "version": "1.0.0"}`

func TestOpenReadsBothForms(t *testing.T) {
	contents := `{"name": "@s/p", "version": "1.0.0-rc.1", "os": "linux", "cpu": ["x64", "arm64"], "optionalDependencies": {"a": "1.0.0"}}`
	for name, path := range map[string]string{
		"directory": packagetest.Directory(t, map[string]string{"package.json": "\ufeff" + contents, "index.js": ""}),
		"tgz": packagetest.Tgz(t, tar.Header{Name: "anything/", Typeflag: tar.TypeDir}, packagetest.Regular("anything/package.json", contents),
			packagetest.Regular("anything/index.js", "")),
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			a, err := artifact.Open(t.Context(), path)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(a.Path()).To(Equal(path))
			g.Expect(a.Packed()).To(Equal(name == "tgz"))
			g.Expect(a.Name()).To(Equal(spec.Name("@s/p")))
			g.Expect(a.Version()).To(Equal(spec.Version("1.0.0-rc.1")))
			g.Expect(a.Package().Platform).To(Equal(spec.Platform{OS: []string{"linux"}, CPU: []string{"x64", "arm64"}}))
			g.Expect(a.Package().OptionalDependencies).To(Equal(map[string]string{"a": "1.0.0"}))
			g.Expect(a.Files()).To(ConsistOf("package.json", "index.js"))
		})
	}
}

func TestOpenRefusesDirectories(t *testing.T) {
	for complaint, contents := range map[string]string{
		"cannot be read":                  `{"name": `,
		"cannot unmarshal array":          `[]`,
		"not an object":                   `null`,
		"behind the object":               minimal + "{}",
		"name is missing; the version is": `{}`,
		"name is not a string":            `{"name": 1, "version": "1.0.0"}`,
		"is not a package name":           `{"name": "Upper Case", "version": "1.0.0"}`,
		"is not a version":                `{"name": "p", "version": "v1"}`,
		"os is neither":                   `{"name": "p", "version": "1.0.0", "os": {}}`,
		"cpu holds something":             `{"name": "p", "version": "1.0.0", "cpu": [1]}`,
		"files is not a list":             `{"name": "p", "version": "1.0.0", "files": "dist"}`,
		"optionalDependencies is not":     `{"name": "p", "version": "1.0.0", "optionalDependencies": []}`,
		"larger than 1048576 bytes":       minimal + strings.Repeat(" ", 1<<20),
		"has groups in groups; write several patterns (an entry of `files`)": `{"name": "p", "version": "1.0.0", "files": ["a!(b|@(c))"]}`,
		"more than 1000 alternatives": `{"name": "p", "version": "1.0.0", "files": ["` + strings.Repeat("{a,b}",
			20) + `"]}`,
		"is longer than 65536 bytes": `{"name": "p", "version": "1.0.0", "files": ["` + strings.Repeat("{",
			70_000) + `"]}`,
		"no regular file": "->real.json",
	} {
		t.Run(complaint, func(t *testing.T) {
			g := NewWithT(t)
			dir := packagetest.Directory(t, map[string]string{"package.json": contents, "real.json": minimal})
			_, err := artifact.Open(t.Context(), dir)
			g.Expect(err).To(MatchError(And(ContainSubstring(complaint), ContainSubstring(dir))))
		})
	}
	t.Run("nothing there", func(t *testing.T) {
		g := NewWithT(t)
		_, err := artifact.Open(t.Context(), filepath.Join(t.TempDir(), "missing"))
		g.Expect(err).To(MatchError(fs.ErrNotExist))
		_, err = artifact.Open(t.Context(), t.TempDir())
		g.Expect(err).To(MatchError(ContainSubstring("no package.json")))
	})
	t.Run("package.json outside", func(t *testing.T) {
		outside := filepath.Join(packagetest.Directory(t, map[string]string{"package.json": minimal}), "package.json")
		_, err := artifact.Open(t.Context(), packagetest.Directory(t, map[string]string{"package.json": "->" + outside}))
		NewWithT(t).Expect(err).To(HaveOccurred())
	})
}

func TestOpenRefusesArchives(t *testing.T) {
	good := packagetest.Regular("package/package.json", minimal)
	for name, test := range map[string]struct {
		complaint string
		headers   []tar.Header
	}{
		"traversal": {"leads outside", []tar.Header{good, packagetest.Regular("package/../../x", "")}},
		"absolute":  {"is absolute", []tar.Header{good, packagetest.Regular("/package/x", "")}},
		"backslash": {"backslash", []tar.Header{good, packagetest.Regular(`package/..\x`, "")}},
		"symbolic link": {"put a copy of the file there", []tar.Header{good, {Name: "package/x",
			Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}}},
		"hard link": {"packed with whole files", []tar.Header{good, {Name: "package/x", Typeflag: tar.TypeLink,
			Linkname: "package/package.json"}}},
		"device":                {"is a device", []tar.Header{good, {Name: "package/x", Typeflag: tar.TypeChar}}},
		"two of them":           {"twice", []tar.Header{good, good}},
		"two folders":           {"two folders", []tar.Header{good, packagetest.Regular("other/x", "")}},
		"no folder":             {"beside the package's folder", []tar.Header{packagetest.Regular("package.json", minimal)}},
		"no package.json":       {"no package.json", []tar.Header{packagetest.Regular("package/x", "")}},
		"package.json too deep": {"no package.json", []tar.Header{packagetest.Regular("package/in/package.json", minimal)}},
		"enormous package.json": {"larger than", []tar.Header{packagetest.Regular("package/package.json",
			minimal+strings.Repeat(" ", 1<<20))}},
		"malformed package.json": {"cannot be read", []tar.Header{packagetest.Regular("package/package.json", "{")}},
	} {
		t.Run(name, func(t *testing.T) {
			path := packagetest.Tgz(t, test.headers...)
			_, err := artifact.Open(t.Context(), path)
			NewWithT(t).Expect(err).To(MatchError(And(ContainSubstring(test.complaint), ContainSubstring(path))))
		})
	}
}

func TestOpenRefusesBrokenStreams(t *testing.T) {
	g := NewWithT(t)
	whole, err := os.ReadFile(packagetest.Tgz(t, packagetest.Regular("package/package.json", minimal), packagetest.Regular("package/x",
		strings.Repeat("random?", 999))))
	g.Expect(err).NotTo(HaveOccurred())
	path := filepath.Join(t.TempDir(), "p.tgz")
	open := func(contents []byte) error {
		g.Expect(os.WriteFile(path, contents, 0o600)).To(Succeed())
		_, err := artifact.Open(t.Context(), path)
		return err
	}
	g.Expect(open(nil)).To(MatchError(ContainSubstring("it is empty; copy it again")))
	for length := 1; length < len(whole); length++ {
		g.Expect(open(whole[:length])).To(MatchError(ContainSubstring("the .tgz ends too early")), "cut at %d", length)
	}
	g.Expect(open([]byte("plain text"))).To(MatchError(ContainSubstring("it is no .tgz")))
	for _, at := range []int{len(whole) / 2, len(whole) - 6, len(whole) - 1} {
		spoilt := bytes.Clone(whole)
		spoilt[at] ^= 0x55
		g.Expect(open(spoilt)).To(MatchError(MatchRegexp("the .tgz (is damaged|ends too early)")), "byte %d", at)
	}
	g.Expect(open(append(whole, "and something else"...))).To(MatchError(ContainSubstring("the .tgz is damaged")))
}

// TestOpenRefusesBombs claims a size that no stream backs: it must be refused by the claim, before anything is read.
func TestOpenRefusesBombs(t *testing.T) {
	g := NewWithT(t)
	var b bytes.Buffer
	zipped := gzip.NewWriter(&b)
	tarred := tar.NewWriter(zipped)
	g.Expect(tarred.WriteHeader(&tar.Header{Name: "package/zeros", Size: 5 << 30, Mode: 0o644})).To(Succeed())
	g.Expect(zipped.Close()).To(Succeed())
	path := filepath.Join(t.TempDir(), "bomb.tgz")
	g.Expect(os.WriteFile(path, b.Bytes(), 0o600)).To(Succeed())
	_, err := artifact.Open(t.Context(), path)
	g.Expect(err).To(MatchError(ContainSubstring("unpacks to more than")))
}

func TestOpenEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, path := range []string{packagetest.Directory(t, map[string]string{"package.json": minimal}), packagetest.Tgz(t,
		packagetest.Regular("package/package.json", minimal))} {
		_, err := artifact.Open(ctx, path)
		NewWithT(t).Expect(err).To(MatchError(context.Canceled))
	}
}

// regular is a file's header; its contents travel in PAXRecords until tgz writes them.
