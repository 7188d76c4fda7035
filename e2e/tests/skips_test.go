package main

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

func TestSkipsOfGoTestAreFound(t *testing.T) {
	g := NewWithT(t)
	var out strings.Builder
	skips, err := follow(strings.NewReader(`
		{"Action":"output","Package":"p","Test":"TestA","Output":"=== RUN   TestA\n"}
		{"Action":"output","Package":"p","Test":"TestA","Output":"    a_test.go:9: tmux is not here\n"}
		{"Action":"skip","Package":"p","Test":"TestA"}
		{"Action":"output","Package":"p","Test":"TestB","Output":"    b_test.go:7: it is broken\n"}
		{"Action":"fail","Package":"p","Test":"TestB"}
		{"Action":"output","Package":"p","Test":"TestC","Output":"nobody needs to know\n"}
		{"Action":"pass","Package":"p","Test":"TestC"}
		{"Action":"output","Package":"p","Test":"TestD","Output":"panic: of another goroutine\n"}
		{"Action":"output","Package":"p","Output":"FAIL\tp\t0.1s\n"}
		{"Action":"fail","Package":"p"}
	`), &out)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(skips).To(Equal([]skip{{"p TestA", "tmux is not here"}}))
	g.Expect(out.String()).To(Equal("    b_test.go:7: it is broken\nFAIL\tp\t0.1s\npanic: of another goroutine\n"))
	g.Expect(list(skips)).To(Equal("Skipped: 1\n  tmux is not here\n    p TestA\n"))
}

func TestSkipsOfGinkgoAreFound(t *testing.T) {
	g := NewWithT(t)
	skips, err := skippedSpecs(strings.NewReader(`[{"SpecReports":[
		{"State":"passed","LeafNodeText":"a","ContainerHierarchyTexts":["one"]},
		{"State":"skipped","LeafNodeText":"b","ContainerHierarchyTexts":["one","two"],"Failure":{"Message":"no node"}}]}]`))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(skips).To(Equal([]skip{{"e2e one two b", "no node"}}))
}

func TestOnlyWhatIsOptInMayBeSkippedInCI(t *testing.T) {
	g := NewWithT(t)
	g.Expect(forbid([]skip{{"p TestA", "FACETS_E2E_REGISTRY=1 runs this"}})).To(Succeed())
	g.Expect(forbid([]skip{{"p TestA", "npm is not on PATH: nothing to compare with"}})).To(
		MatchError(ContainSubstring("p TestA was skipped in CI: npm is not on PATH")))
}
