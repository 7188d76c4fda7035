package main

import (
	"go/parser"
	"go/token"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

func TestPackagesWithGoroutinesHaveTheRaceDetector(t *testing.T) {
	g := NewWithT(t)
	with, without, err := byRace(t.Context(), "../..")
	g.Expect(err).NotTo(HaveOccurred())
	const module = "github.com/agent-facets/facets-reconcile/"
	g.Expect(with).To(ContainElements(module+"cmd/facets-reconcile", module+"e2e/chaos", module+"internal/actor", module+"internal/artifact",
		module+"internal/live", module+"internal/npm", module+"internal/sandbox", module+"observed", module+"reconcile"))
	g.Expect(without).To(ContainElements(module+"internal/artifact/asnpm", module+"internal/artifact/rules"))
}

func TestOnlyRoomsWithoutGoroutinesLackTheRaceDetector(t *testing.T) {
	g := NewWithT(t)
	_, without, err := byRace(t.Context(), "../..")
	g.Expect(err).NotTo(HaveOccurred())
	for _, flag := range uninstrumented() {
		room := strings.TrimSuffix(strings.TrimPrefix(flag, "-gcflags="), "=-race=false")
		g.Expect(without).To(ContainElement(room))
	}
}

func TestWhatMakesAFileConcurrent(t *testing.T) {
	for source, want := range map[string]bool{
		"func a() { go b() }":                       true,
		"func a(c chan<- int) { c <- 1 }":           true,
		`import "sync/atomic"`:                      true,
		`import "sync"`:                             true,
		`import "golang.org/x/sync/errgroup"`:       true,
		`import "syncopation"`:                      false,
		"func a() { b() } // which does not go off": false,
	} {
		file, err := parser.ParseFile(token.NewFileSet(), "", "package p\n"+source, 0)
		NewWithT(t).Expect(err).NotTo(HaveOccurred(), source)
		NewWithT(t).Expect(isConcurrent(file)).To(Equal(want), source)
	}
}
