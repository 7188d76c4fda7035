package actor_test

import (
	"context"
	"crypto/sha512"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/artifact/packagetest"
	"github.com/agent-facets/facets-reconcile/internal/artifact/standin"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// built leaves an artifact in root, whose package.json has further fields, and returns its folder.
func built(t *testing.T, root string, what reconcile.Publication, fields string) string {
	t.Helper()
	dir := filepath.Join(root, what.Package.Artifact)
	NewWithT(t).Expect(standin.Write(dir, actor.Needed(what), nil, "")).To(Succeed())
	if fields != "" {
		edit(t, dir, `"version"`, fields+`, "version"`)
	}
	return dir
}

func TestAPlatformIsComparedWithItsEntry(t *testing.T) {
	for _, packed := range []bool{false, true} {
		g := NewWithT(t)
		s := setUp(t)
		root := t.TempDir()
		cli, linux := s.publication(t, "cli@1.0.0", "cli"), s.publication(t, "cli@1.0.0", "@s/cli-linux-x64")
		p := s.publisher(t, s.exchange())
		p.Artifacts = actor.Folder{Root: root}
		p.Now = func() time.Time { return time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC) }
		built(t, root, linux, `"engines": {"node": ">=24"}`)
		g.Expect(inspect(t, p, linux)).To(Succeed(), "where there is no entry nothing is compared")

		dir := built(t, root, cli, `"engines": {"node": ">=20"}`)
		if packed {
			archive := exec.Command("tar", "czf", dir+".tgz", "--transform", "s,^cli,package,", "-C", filepath.Dir(dir), "cli")
			g.Expect(archive.Run()).To(Succeed())
			g.Expect(os.RemoveAll(dir)).To(Succeed())
			g.Expect(os.Rename(dir+".tgz", dir)).To(Succeed()) // the state file names it so
		}
		g.Expect(inspect(t, p, linux)).To(MatchError(ContainSubstring("npm installs the entry on Node 22, without this platform")))
		p.Now = func() time.Time { return time.Date(2027, 11, 27, 0, 0, 0, 0, time.UTC) }
		g.Expect(inspect(t, p, linux)).To(Succeed(), "22 is past")

		rehearsal := &actor.StandIns{Artifacts: actor.Folder{Root: t.TempDir()}, Dir: t.TempDir()}
		p.Artifacts, p.Now = rehearsal, nil
		g.Expect(inspect(t, p, linux)).To(Succeed())
		g.Expect(rehearsal.Made()).To(HaveLen(1), "an entry is not stood in for to be compared with")
	}
}

func TestAnEntryIsComparedWithWhatIsServed(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	root := t.TempDir()
	p := s.publisher(t, s.session())
	p.Artifacts = actor.Folder{Root: root}
	first := s.publication(t, "cli@1.0.0", "cli")
	dir := built(t, root, first, `"bin": {"cli": "index.js", "old": "index.js"}`)
	edit(t, dir, "Stands in for", "The real") // what was published in a rehearsal tells nothing
	_, err := p.Publish(t.Context(), first)
	g.Expect(err).NotTo(HaveOccurred())

	next := s.publication(t, "cli@1.0.1", "cli")
	next.Tagged = "1.0.0"
	edit(t, dir, `"1.0.0"`, `"1.0.1"`)
	edit(t, dir, `"old": `, `"new": `)
	g.Expect(inspect(t, p, next)).To(MatchError(ContainSubstring("1.0.0, which users have now, has the command old, and it has cli, new")))
	edit(t, dir, `"new": "index.js"`, `"new": "index.js", "old": "index.js"`)
	g.Expect(inspect(t, p, next)).To(Succeed())

	edit(t, dir, `, "old": "index.js"`, ``)
	s.refuse(http.StatusInternalServerError, http.MethodGet, "/cli/1.0.0", always)
	g.Expect(inspect(t, p, next)).To(Succeed(), "what cannot be read is not compared")
	s.fail(nil)
	g.Expect(inspect(t, p, next)).NotTo(Succeed())
	rehearsal := &actor.StandIns{Artifacts: actor.Folder{Root: t.TempDir()}, Dir: t.TempDir()}
	p.Artifacts = rehearsal
	g.Expect(inspect(t, p, next)).To(Succeed(), "a stand-in has no commands of the real one")
}

func TestPlatformsBelowTheirEntryAreFound(t *testing.T) {
	for _, c := range []struct{ entry, platform, at string }{
		{".", "dist/cli-linux-x64", "dist/cli-linux-x64"},
		{"cli", "cli/dist/{version}/cli-linux-x64", "cli/dist/1.0.0/cli-linux-x64"},
		{"./cli/", "cli/npm/cli-linux-x64", "cli/npm/cli-linux-x64"},
		{".", "out/*/cli-linux-x64", "out/x/cli-linux-x64"},
		{"cli", "client/cli-linux-x64", ""},
	} {
		t.Run(c.entry+" "+c.platform, func(t *testing.T) {
			g := NewWithT(t)
			s := setUp(t)
			root := t.TempDir()
			what := s.publication(t, "cli@1.0.0", "cli")
			what.Package.Artifact = c.entry
			what.Release.Packages[1].Artifact = c.platform
			linux := what
			linux.Package = what.Release.Packages[1]
			if linux.Package.Artifact = c.at; c.at == "" {
				linux.Package.Artifact = c.platform
			}
			g.Expect(os.Remove(filepath.Join(built(t, root, linux, ""), "package.json"))).To(Succeed(), "its name tells, too")
			built(t, root, what, "")
			p := s.publisher(t, s.exchange())
			p.Artifacts = actor.Folder{Root: root}
			err := inspect(t, p, what)
			if c.at == "" {
				g.Expect(err).NotTo(HaveOccurred())
				return
			}
			g.Expect(err).To(MatchError(And(ContainSubstring("it holds the packages of its platforms"), ContainSubstring("cli-linux-x64"))))
		})
	}
}

// elsewhere is a registry that serves nothing, and is not on this machine.
type elsewhere struct{}

func (elsewhere) Registry() string { return "https://registry.example.test/" }

func (elsewhere) Manifest(context.Context, spec.Name, spec.Version) (spec.Manifest, error) {
	return spec.Manifest{}, spec.ErrNotFound
}

func TestAShrinkwrapIsComparedWithRegistryAndArtifacts(t *testing.T) {
	s := setUp(t)
	root := t.TempDir()
	what := s.publication(t, "cli@1.0.0", "cli")
	what.Package.Artifact = "dist/cli.tgz"
	archive := filepath.Join(root, "dist/cli-linux-x64")
	NewWithT(t).Expect(os.Mkdir(filepath.Dir(archive), 0o750)).To(Succeed())
	NewWithT(t).Expect(os.WriteFile(archive, []byte("a .tgz"), 0o600)).To(Succeed())
	sum := sha512.Sum512([]byte("a .tgz"))
	right := spec.NewIntegrity(sum).String()
	for _, c := range []struct{ host, integrity, complaint string }{
		{"registry.example.test", right, ""},
		{"registry.example.test", "", ""},
		{"mirror.example.test", right, "@s/cli-linux-x64 is to come from https://mirror.example.test"},
		{"registry.example.test", "sha512-wrong", "@s/cli-linux-x64 is pinned with another integrity"},
	} {
		g := NewWithT(t)
		pin := map[string]string{
			"version": "1.0.0", "resolved": "https://" + c.host + "/@s/cli-linux-x64/-/cli-linux-x64-1.0.0.tgz", "integrity": c.integrity,
		}
		lock, err := json.Marshal(map[string]any{"lockfileVersion": 3, "packages": map[string]any{
			"node_modules/@s/cli-linux-x64": pin, "node_modules/@s/cli-darwin-arm64": map[string]string{"version": "1.0.0"},
		}})
		g.Expect(err).NotTo(HaveOccurred())
		packed := packagetest.Tgz(t, packagetest.Regular("package/package.json", `{"name": "cli", "version": "1.0.0", "bin": "cli.js",
			"optionalDependencies": {"@s/cli-linux-x64": "1.0.0", "@s/cli-darwin-arm64": "1.0.0"}}`),
			packagetest.Command("package/cli.js", "#!/usr/bin/env node\n"), packagetest.Regular("package/npm-shrinkwrap.json", string(lock)))
		g.Expect(os.Rename(packed, filepath.Join(root, "dist/cli.tgz"))).To(Succeed())
		inspection, err := actor.Inspector{Artifacts: actor.Folder{Root: root}, Registry: elsewhere{}}.Inspect(t.Context(), what)
		g.Expect(err).NotTo(HaveOccurred())
		defects := inspection.Defects
		g.Expect(defects).To(HaveLen(1))
		g.Expect(defects[0].Check).To(Equal("shrinkwrap"))
		g.Expect(defects[0].Refused).To(Equal(c.complaint != ""))
		g.Expect(defects[0].Message).To(ContainSubstring(c.complaint))
	}
}
