package e2e_test

import (
	"maps"
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("the entry package", func() {
	It("is never visible without its platforms, however long each of them is scanned", func() {
		p := newDemo()
		_, r := p.serve()
		session := p.start(binary, "apply", "--sandbox", "--scan-delay", "200ms..4s")
		watch := watcher{registry: r, seen: map[string]bool{}}
		Eventually(func() bool {
			watch.look("1.0.0")
			return session.ExitCode() >= 0
		}, soon, "20ms").Should(BeTrue())
		finish(session).ends(0)
		watch.look("1.0.0")

		Expect(watch.seen).To(HaveKey("nothing"), "it was not looked for from the beginning")
		Expect(watch.seen).To(HaveKey("some platforms"), "the platforms were all served at once: nothing was proved")
		Expect(watch.seen).To(HaveKey("the entry"))
	})
})

// watcher looks at a registry again and again, as those who install would.
type watcher struct {
	registry registry
	seen     map[string]bool
}

// look looks for the entry first and for its platforms after it: whatever is missing then was missing before, too.
func (w *watcher) look(version string) {
	GinkgoHelper()
	_, visible := w.registry.manifest("demo", version)
	visible = visible || slices.Contains(w.registry.versions("demo"), version) ||
		slices.Contains(slices.Collect(maps.Values(w.registry.distTags("demo"))), version)
	served := 0
	for name := range demoPlatforms() {
		if w.registry.served(name, version) {
			served++
		}
	}
	switch {
	case visible:
		Expect(served).To(Equal(len(demoPlatforms())), "the entry is to be seen, and so many of its platforms are served")
		w.seen["the entry"] = true
	case served == 0:
		w.seen["nothing"] = true
	case served < len(demoPlatforms()):
		w.seen["some platforms"] = true
	}
}
