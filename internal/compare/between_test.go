package compare_test

import (
	"crypto/sha256"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/artifact/native"
	"github.com/agent-facets/facets-reconcile/internal/compare"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// version is one that was read, of files by path and contents; one whose contents begin with "+x" is executable.
func version(number spec.Version, manifest string, files map[string]string) *compare.Version {
	v := &compare.Version{Number: number, Source: "served", Packed: 100, Listing: artifact.Listing{Manifest: []byte(manifest)}}
	all := map[string]string{"package.json": manifest}
	for path, contents := range files {
		all[path] = contents
	}
	for path, contents := range all {
		f := artifact.Listed{File: artifact.File{Path: path, Mode: 0o644, Size: int64(len(contents))}}
		if rest, executable := strings.CutPrefix(contents, "+x"); executable {
			f.Mode, f.Size, contents = 0o755, f.Size-2, rest
		}
		f.Sum = sha256.Sum256([]byte(contents))
		v.Files = append(v.Files, f)
	}
	return v
}

func TestFilesAreAddedRemovedAndChanged(t *testing.T) {
	g := NewWithT(t)
	p, err := compare.Between(
		version("1.0.0", `{}`, map[string]string{"same": "1", "gone": "22", "grown": "1", "other": "1", "mode": "1"}),
		version("1.1.0", `{}`, map[string]string{"same": "1", "grown": "333", "other": "2", "mode": "+x1", "a/new": "4444"}))
	g.Expect(err).NotTo(HaveOccurred())
	state := func(size int64, mode string) *compare.FileState { return &compare.FileState{Size: size, Mode: mode} }
	g.Expect(p.Files).To(Equal([]compare.File{
		{Path: "a/new", Change: compare.Added, To: state(4, "0644")},
		{Path: "gone", Change: compare.Removed, From: state(2, "0644")},
		{Path: "grown", Change: compare.Changed, From: state(1, "0644"), To: state(3, "0644")},
		{Path: "mode", Change: compare.Changed, From: state(1, "0644"), To: state(1, "0755"), SameBytes: true},
		{Path: "other", Change: compare.Changed, From: state(1, "0644"), To: state(1, "0644")},
	}))
	g.Expect(p.From).To(And(HaveField("Unpacked", int64(8)), HaveField("Files", 6), HaveField("Version", spec.Version("1.0.0"))))
	g.Expect(p.To).To(And(HaveField("Unpacked", int64(12)), HaveField("Packed", int64(100))))
}

func TestExecutablesAreTold(t *testing.T) {
	for want, n := range map[string]*native.Native{
		"":                            nil,
		"ELF linux x64 musl":          {Format: native.ELF, Systems: []string{"linux"}, CPUs: []string{"x64"}, Libcs: []string{"musl"}},
		"Mach-O darwin arm64+x64":     {Format: native.MachO, Systems: []string{"darwin"}, CPUs: []string{"arm64", "x64"}},
		"ELF arm64":                   {Format: native.ELF, Systems: []string{"linux", "android", "freebsd", "openbsd"}, CPUs: []string{"arm64"}},
		"WebAssembly":                 {Format: native.WebAssembly},
		"PE win32 arm64 (cut off)":    {Format: native.PE, Systems: []string{"win32"}, CPUs: []string{"arm64"}, Cut: "a section"},
		"ELF freebsd+openbsd riscv64": {Format: native.ELF, Systems: []string{"freebsd", "openbsd"}, CPUs: []string{"riscv64"}},
	} {
		t.Run(want, func(t *testing.T) {
			g := NewWithT(t)
			v := version("1.1.0", `{}`, map[string]string{"bin/p": "1"})
			for i := range v.Files {
				if v.Files[i].Path == "bin/p" {
					v.Files[i].Native = n
				}
			}
			p, err := compare.Between(version("1.0.0", `{}`, nil), v)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(p.Files).To(HaveLen(1))
			g.Expect(p.Files[0].To.Kind).To(Equal(want))
		})
	}
}

func TestFieldsOfPackageJSON(t *testing.T) {
	const from, to = "1.0.0", "1.1.0"
	for name, c := range map[string]struct {
		before, after string
		want          []compare.Field
	}{
		"another order and other spaces": {`{"a": 1, "b": [1, 2]}`, `{"b":[1,2],"a":1}`, []compare.Field{}},
		"a byte order mark":              {`{"a": 1}`, "\ufeff" + `{"a": 1}`, []compare.Field{}},
		"the version, and what follows it": {`{"version": "1.0.0", "optionalDependencies": {"x": "1.0.0", "y": "^1.0.0"}}`,
			`{"version": "1.1.0", "optionalDependencies": {"x": "1.1.0", "y": "^1.1.0"}}`, []compare.Field{
				{Path: []string{"optionalDependencies", "x"}, Change: compare.Changed, From: from, To: to, Follows: true},
				{Path: []string{"optionalDependencies", "y"}, Change: compare.Changed, From: "^1.0.0", To: "^1.1.0"},
				{Path: []string{"version"}, Change: compare.Changed, From: from, To: to, Follows: true},
			}},
		"a script that installing runs": {`{}`, `{"scripts": {"postinstall": "node x"}}`, []compare.Field{
			{Path: []string{"scripts", "postinstall"}, Change: compare.Added, To: "node x"},
		}},
		"an object that is gone": {`{"bin": {"a": "a.js"}, "os": ["linux"]}`, `{"os": ["linux"]}`, []compare.Field{
			{Path: []string{"bin", "a"}, Change: compare.Removed, From: "a.js"},
		}},
		"an object in the place of a text": {`{"bin": "a.js"}`, `{"bin": {"a": "a.js"}}`, []compare.Field{
			{Path: []string{"bin"}, Change: compare.Changed, From: "a.js", To: map[string]any{"a": "a.js"}},
		}},
		"null is not nothing": {`{"a": null}`, `{}`, []compare.Field{{Path: []string{"a"}, Change: compare.Removed}}},
		"an empty object":     {`{}`, `{"a": {}}`, []compare.Field{{Path: []string{"a"}, Change: compare.Added, To: map[string]any{}}}},
		"what lies deep is compared whole": {`{"a": {"b": {"c": {"d": {"e": "1"}}}}}`, `{"a": {"b": {"c": {"d": {"e": "2"}}}}}`, []compare.Field{
			{Path: []string{"a", "b", "c", "d"}, Change: compare.Changed, From: map[string]any{"e": "1"}, To: map[string]any{"e": "2"}},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			p, err := compare.Between(version(from, c.before, nil), version(to, c.after, nil))
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(p.Fields).To(Equal(c.want))
		})
	}
	g := NewWithT(t)
	_, err := compare.Between(version(from, `{}`, nil), version(to, `[]`, nil))
	g.Expect(err).To(MatchError(ContainSubstring("the package.json of version 1.1.0 cannot be read")))
	p, err := compare.Between(version(from, `null`, nil), version(to, `null`, nil))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(p.Fields).To(BeEmpty())
}

func TestWithoutAnOlderOneAllIsNew(t *testing.T) {
	g := NewWithT(t)
	p, err := compare.Between(nil, version("1.0.0", `{"version": "1.0.0"}`, map[string]string{"a": "1"}))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(p.From).To(BeNil())
	g.Expect(p.Files).To(HaveLen(2))
	g.Expect(p.Files).To(HaveEach(HaveField("Change", compare.Added)))
	g.Expect(p.Fields).To(HaveExactElements(And(HaveField("Change", compare.Added), HaveField("Follows", false))))
}

// FuzzBetween compares any two documents: whatever stands in them, a version does not differ from itself.
func FuzzBetween(f *testing.F) {
	f.Add([]byte(`{"version": "1.0.0", "a": {"b": null}}`), []byte(`{"version": "1.1.0", "a": {"b": {"c": 1e999}}}`))
	f.Add([]byte(`{"a": `+strings.Repeat(`{"a": `, 5000)), []byte("\xff{}"))
	f.Fuzz(func(t *testing.T, before, after []byte) {
		one, other := version("1.0.0", string(before), nil), version("1.0.0", string(after), nil)
		_, _ = compare.Between(one, other) // either may be no JSON
		p, err := compare.Between(one, one)
		if err == nil && len(p.Files)+len(p.Fields) > 0 {
			t.Errorf("it differs from itself: %v %v", p.Files, p.Fields)
		}
	})
}
