package report_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/compare"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/report"
)

func side(version spec.Version, source string, packed, unpacked int64, files int) *compare.Side {
	return &compare.Side{Version: version, Source: source, Integrity: "sha512-…", Packed: packed, Unpacked: unpacked, Files: files}
}

func changedFile(path string, from, to int64, mode string) compare.File {
	return compare.File{
		Path: path, Change: compare.Changed,
		From: &compare.FileState{Size: from, Mode: "0644"}, To: &compare.FileState{Size: to, Mode: mode}, SameBytes: from == to && mode != "0644",
	}
}

// comparison has one of everything that may differ.
func comparison() report.ComparisonDocument {
	entry := compare.Package{
		Name: "cli", Role: compare.Entry, From: side("1.0.0", "served", 12_345, 40_000, 4), To: side("1.1.0", "built", 12_845, 41_234, 5),
		Files: []compare.File{
			{Path: "bin/new.js", Change: compare.Added, To: &compare.FileState{Size: 1234, Mode: "0755"}},
			changedFile("index.js", 800, 900, "0644"), changedFile("mode.sh", 5, 5, "0755"), changedFile("other.js", 5, 5, "0644"),
			{Path: "old.js", Change: compare.Removed, From: &compare.FileState{Size: 12, Mode: "0644"}},
			changedFile("package.json", 700, 710, "0644"),
		},
		Fields: []compare.Field{
			{Path: []string{"license"}, Change: compare.Changed, From: "MIT", To: "<b>`@who` | none</b> and a text that goes on for more than a line"},
			{Path: []string{"optionalDependencies", "@s/a"}, Change: compare.Changed, From: "1.0.0", To: "1.1.0", Follows: true},
			{Path: []string{"optionalDependencies", "@s/b"}, Change: compare.Changed, From: "1.0.0", To: "1.1.0", Follows: true},
			{Path: []string{"os"}, Change: compare.Removed, From: []any{"linux"}},
			{Path: []string{"scripts", "postinstall"}, Change: compare.Added, To: "node x.js"},
			{Path: []string{"version"}, Change: compare.Changed, From: "1.0.0", To: "1.1.0", Follows: true},
		},
	}
	follows := entry.Fields[5:]
	platform := func(name spec.Name, from, to string) compare.Package {
		p := compare.Package{
			Name: name, Role: compare.Platform, From: side("1.0.0", "served", 31_200_000, 91_000_000, 2),
			To: side("1.1.0", "built", 30_900_000, 91_000_000, 2), Fields: follows, Files: []compare.File{changedFile("bin/cli", 91_000_000, 91_000_000, "0644")},
		}
		p.Files[0].From.Kind, p.Files[0].To.Kind = from, to
		return p
	}
	many := compare.Package{Name: "@s/many", From: side("1.0.0", "served", 9, 9, 1), To: side("2.0.0", "served", 120_000_000, 2_300_000_000, 30)}
	for i := range 25 {
		many.Files = append(many.Files, compare.File{
			Path: fmt.Sprintf("chunk-%02d.js", i), Change: compare.Added, To: &compare.FileState{Size: 10, Mode: "0644"},
		})
		many.Fields = append(many.Fields, compare.Field{Path: []string{"exports", fmt.Sprintf("./%02d", i)}, Change: compare.Added, To: "x"})
	}
	return report.NewComparison([]report.ComparedGroup{
		{Name: "cli", Version: "1.1.0", Tag: "v1.1.0", Packages: []compare.Package{
			entry, platform("@s/linux", "ELF linux x64 glibc", "ELF linux x64 glibc"), platform("@s/linux-baseline", "ELF linux x64 glibc", "ELF linux x64 glibc"),
			platform("@s/musl", "ELF linux x64 musl", "ELF linux x64 glibc"), platform("@s/script", "ELF linux x64", ""),
			{Name: "@s/new", Role: compare.Platform, To: side("1.1.0", "built", 10, 20, 2), Note: "version 1.0.0 has no such platform"},
			{Name: "@s/gone", Role: compare.Platform, From: side("1.0.0", "served", 10, 20, 2), Note: "version 1.1.0 has no such platform"},
			{Name: "@s/broken", Role: compare.Platform, Err: "the tarball of @s/broken@1.0.0, as it is served: \x1b[2Jthe .tgz ends too early\nand more"},
		}},
		{Name: "libraries", Packages: []compare.Package{many, {
			Name: "@s/same", From: side("1.0.0", "served", 9, 9, 1), To: side("1.0.1", "served", 9, 9, 1),
		}}},
	}, "https://registry.example.test/")
}

func TestGoldenComparison(t *testing.T) {
	for _, format := range []report.Format{report.Table, report.JSON, report.YAML, report.Markdown, "colour"} {
		t.Run(string(format), func(t *testing.T) {
			g := NewWithT(t)
			var got bytes.Buffer
			f := format
			if format == "colour" {
				f = report.Table
			}
			g.Expect(comparison().Write(&got, f, format == "colour")).To(Succeed())
			file := filepath.Join("testdata", "comparison", string(format)+".golden")
			if *update {
				g.Expect(os.MkdirAll(filepath.Dir(file), 0o755)).To(Succeed())
				g.Expect(os.WriteFile(file, got.Bytes(), 0o644)).To(Succeed())
			}
			want, err := os.ReadFile(file)
			g.Expect(err).NotTo(HaveOccurred(), "write it with -update")
			g.Expect(got.String()).To(Equal(string(want)), "%s; when that is as it should be: go test ./internal/report -update", file)
		})
	}
}

func TestComparisonEndsWith1WhereOneCouldNotBeMade(t *testing.T) {
	g := NewWithT(t)
	g.Expect(comparison().ExitCode).To(Equal(1))
	whole := report.NewComparison([]report.ComparedGroup{{Name: "g", Packages: []compare.Package{
		{Name: "a", From: side("1.0.0", "served", 9, 9, 1), To: side("1.0.1", "served", 9, 9, 1)},
	}}}, "")
	g.Expect(whole.ExitCode).To(Equal(0))
	var text bytes.Buffer
	g.Expect(report.NewComparison(nil, "").Write(&text, report.Table, false)).To(Succeed())
	g.Expect(text.String()).To(Equal("There is nothing to compare.\n"))
}
