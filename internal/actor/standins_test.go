package actor_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func TestAStandInTakesThePlaceOfWhatIsNotThere(t *testing.T) {
	for _, c := range []struct {
		tag string
		of  spec.Name
	}{
		{"cli@1.0.0", "cli"}, {"cli@1.0.0", "@s/cli-linux-x64"}, {"cli@1.0.0", "@s/cli-darwin-arm64"},
		{"lib@1.0.0", "lib"}, {"bare@1.0.0", "bare"}, // the last names no artifact
	} {
		t.Run(string(c.of), func(t *testing.T) {
			g := NewWithT(t)
			s := setUp(t)
			dir := t.TempDir()
			standIns := &actor.StandIns{Artifacts: actor.Folder{Root: t.TempDir()}, Dir: dir, Repository: "github.com/o/r"}
			what := s.publication(t, c.tag, c.of)
			path, err := standIns.Find(t.Context(), what)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(strings.HasPrefix(path, dir+string(filepath.Separator))).To(BeTrue())
			g.Expect(standIns.Made()).To(HaveLen(1))
			p := s.publisher(t, s.exchange())
			p.Artifacts = standIns
			g.Expect(inspect(t, p, what)).To(Succeed(), "it is what the state file wants")
			g.Expect(standIns.Made()).To(HaveLen(1), "it is made once")
			document, err := os.ReadFile(filepath.Join(path, "package.json"))
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(string(document)).To(SatisfyAll(ContainSubstring("Stands in"), ContainSubstring("git+https://github.com/o/r.git")))
		})
	}
}

func TestARealArtifactNeedsNoStandIn(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	what := s.publication(t, "lib@1.0.0", "lib")
	root, dir := build(t, what)
	standIns := &actor.StandIns{Artifacts: actor.Folder{Root: root}, Dir: t.TempDir()}
	g.Expect(standIns.Find(t.Context(), what)).To(Equal(dir))
	g.Expect(standIns.Made()).To(BeEmpty())
	beEmptyFolder(t, standIns.Dir)
}

func TestWhatIsWrongIsNotStoodInFor(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	what := s.publication(t, "lib@1.0.0", "lib")
	root, _ := build(t, what)
	g.Expect(os.Mkdir(filepath.Join(root, "dist/lib-1.0.0x"), 0o700)).To(Succeed())
	what.Package.Artifact = "dist/lib-*"
	standIns := &actor.StandIns{Artifacts: actor.Folder{Root: root}, Dir: t.TempDir()}
	_, err := standIns.Find(t.Context(), what)
	g.Expect(err).To(MatchError(ContainSubstring("matches 2 paths")))
	g.Expect(standIns.Made()).To(BeEmpty())
}

func TestStandInsAreMadeOnceForAll(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	what := s.publication(t, "cli@1.0.0", "@s/cli-linux-x64")
	standIns := &actor.StandIns{Artifacts: actor.Folder{Root: t.TempDir()}, Dir: t.TempDir()}
	var group sync.WaitGroup
	errs, paths := make([]error, 8), make([]string, 8)
	for i := range errs {
		group.Go(func() { paths[i], errs[i] = standIns.Find(t.Context(), what) })
	}
	group.Wait()
	g.Expect(errors.Join(errs...)).NotTo(HaveOccurred())
	g.Expect(paths).To(HaveEach(paths[0]))
	g.Expect(standIns.Made()).To(HaveLen(1))
}

func TestEachVersionHasAStandInOfItsOwn(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	p := s.publisher(t, s.exchange())
	for _, tag := range []string{"cli@1.0.0", "cli@1.0.1", "cli@1.0.0"} {
		g.Expect(inspect(t, p, s.publication(t, tag, "cli"))).To(Succeed(), tag)
	}
}
