package report_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/report"
)

// located is a document whose state file is in a folder, a package a line.
func located(d report.Document) report.Document {
	d.StateFile = report.StateFile{Path: "release/desired-state.yaml", Where: func(name spec.Name, field string) desired.Position {
		for i, known := range names() {
			if known == name {
				return desired.Position{Line: 10 + 2*i + len(field)/7, Column: 9}
			}
		}
		return desired.Position{Line: 5, Column: 3}
	}}
	return d
}

func TestGoldenFilesOfPipelines(t *testing.T) {
	all := documents(t)
	for name, document := range all {
		document = located(document)
		for form, write := range map[string]func(*bytes.Buffer) error{
			"summary.md":       func(b *bytes.Buffer) error { return document.JobSummary(b, report.MaxJobSummary) },
			"annotations":      func(b *bytes.Buffer) error { return document.Annotations(b) },
			"codequality.json": func(b *bytes.Buffer) error { return document.CodeQuality(b) },
		} {
			t.Run(name+"/"+form, func(t *testing.T) {
				g := NewWithT(t)
				var got bytes.Buffer
				g.Expect(write(&got)).To(Succeed())
				file := filepath.Join("testdata", "pipelines", name+"."+form+".golden")
				if *update {
					g.Expect(os.WriteFile(file, got.Bytes(), 0o644)).To(Succeed())
				}
				want, err := os.ReadFile(file)
				g.Expect(err).NotTo(HaveOccurred(), "write it with -update")
				g.Expect(got.String()).To(Equal(string(want)), "%s; when that is as it should be: go test ./internal/report -update", file)
			})
		}
	}
	NewWithT(t).Expect(filepath.Glob("testdata/pipelines/*.golden")).To(HaveLen(3 * len(all)))
}
