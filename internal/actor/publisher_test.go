package actor_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/artifact/standin"
	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// build leaves a good artifact for a publication where the state file says, and returns the folder that it is relative to.
func build(t *testing.T, p reconcile.Publication) (root, dir string) {
	t.Helper()
	root = t.TempDir()
	dir = filepath.Join(root, strings.ReplaceAll(p.Package.Artifact, "{version}", string(p.Release.Version)))
	NewWithT(t).Expect(standin.Write(dir, actor.Needed(p), nil, "")).To(Succeed())
	return root, dir
}

// building builds what is to be published, and returns who publishes it from there.
func (s *stage) building(t *testing.T, what reconcile.Publication) (p actor.Publisher, dir string) {
	t.Helper()
	root, dir := build(t, what)
	p = s.publisher(t, s.exchange())
	p.Artifacts = actor.Folder{Root: root}
	return p, dir
}

func edit(t *testing.T, dir, old, replacement string) {
	t.Helper()
	g := NewWithT(t)
	file := filepath.Join(dir, "package.json")
	data, err := os.ReadFile(file)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(data)).To(ContainSubstring(old))
	g.Expect(os.WriteFile(file, []byte(strings.ReplaceAll(string(data), old, replacement)), 0o600)).To(Succeed())
}

// inspect returns what keeps an artifact from being published, in one error.
func inspect(t *testing.T, p actor.Publisher, what reconcile.Publication) error {
	inspection, err := p.Inspect(t.Context(), what)
	errs := []error{err}
	for _, d := range inspection.Defects {
		if d.Refused {
			errs = append(errs, fmt.Errorf("artifact %s of %s: %s; %s", d.Artifact, what.Package.Name, d.Message, d.Next))
		}
	}
	return errors.Join(errs...)
}

func TestInspectFindsWhatIsWrongWithAnArtifact(t *testing.T) {
	const linux = spec.Name("@s/cli-linux-x64")
	for _, c := range []struct {
		name  string
		tag   string
		of    spec.Name
		spoil func(t *testing.T, root, dir string)
		says  []string // empty: it is good
	}{
		{"a good platform", "cli@1.0.0", linux, func(*testing.T, string, string) {}, nil},
		{"a good entry, without its dependencies", "cli@1.0.0", "cli", func(*testing.T, string, string) {}, nil},
		{"a good library", "lib@1.0.0", "lib", func(*testing.T, string, string) {}, nil},
		{"none", "cli@1.0.0", linux, func(t *testing.T, _, dir string) { _ = os.RemoveAll(dir) }, []string{"build it"}},
		{"none is named", "bare@1.0.0", "bare", func(*testing.T, string, string) {}, []string{"the state file names no artifact"}},
		{"another name", "cli@1.0.0", linux, func(t *testing.T, _, dir string) { edit(t, dir, `"@s/cli-linux-x64"`, `"@s/cli-linux-x65"`) },
			[]string{"@s/cli-linux-x65"}},
		{"another version", "cli@1.0.0", linux, func(t *testing.T, _, dir string) { edit(t, dir, `"1.0.0"`, `"1.0.1"`) }, []string{"1.0.1", "1.0.0"}},
		{"a private one", "cli@1.0.0", linux, func(t *testing.T, _, dir string) { edit(t, dir, `"version"`, `"private": true, "version"`) },
			[]string{"private"}},
		{"another os", "cli@1.0.0", linux, func(t *testing.T, _, dir string) { edit(t, dir, `"linux"`, `"win32"`) }, []string{"win32"}},
		{"scripts to be run first", "lib@1.0.0", "lib", func(t *testing.T, _, dir string) {
			edit(t, dir, `"version"`, `"scripts": {"prepack": "x"}, "version"`)
		}, []string{"prepack"}},
		{"a swapped binary", "cli@1.0.0", linux, func(t *testing.T, root, dir string) {
			g := NewWithT(t)
			mac, err := os.ReadFile(filepath.Join(root, "mac/bin/cli-darwin-arm64"))
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(os.WriteFile(filepath.Join(dir, "bin/cli-linux-x64"), mac, 0o700)).To(Succeed())
		}, []string{"bin/cli-linux-x64"}},
		{"a dual-use one, by ID token", "lib@1.0.0", "lib", func(t *testing.T, _, dir string) {
			edit(t, dir, `"version"`, `"contentPolicy": {"class": "dual-use"}, "version"`)
		}, []string{"DISCLOSURE", "--auth token"}},
		{"a secret", "lib@1.0.0", "lib", func(t *testing.T, _, dir string) {
			NewWithT(t).Expect(os.WriteFile(filepath.Join(dir, ".env"), []byte("A=b"), 0o600)).To(Succeed())
		}, []string{".env (variables with values)"}},
		{"no JSON", "lib@1.0.0", "lib", func(t *testing.T, _, dir string) { edit(t, dir, `{`, `[`) }, []string{"package.json"}},
		{"other platforms", "cli@1.0.0", "cli", func(t *testing.T, _, dir string) {
			edit(t, dir, `"version"`, `"optionalDependencies": {"@s/cli-linux-x64": "0.9.0"}, "version"`)
		}, []string{"@s/cli-linux-x64", "0.9.0", "@s/cli-darwin-arm64"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			s := setUp(t)
			what := s.publication(t, c.tag, c.of)
			root, dir := build(t, what)
			mac := s.publication(t, "cli@1.0.0", "@s/cli-darwin-arm64")
			g.Expect(standin.Write(filepath.Join(root, "mac"), actor.Needed(mac), nil, "")).To(Succeed())
			c.spoil(t, root, dir)
			p := s.publisher(t, s.exchange())
			p.Artifacts = actor.Folder{Root: root}
			err := inspect(t, p, what)
			g.Expect(s.npm.Requests()).To(BeEmpty(), "nothing is sent")
			beEmptyFolder(t, p.Spool)
			if len(c.says) == 0 {
				g.Expect(err).NotTo(HaveOccurred())
				return
			}
			for _, says := range append(c.says, string(c.of)) {
				g.Expect(err).To(MatchError(ContainSubstring(says)))
			}
		})
	}
}

func TestAFolderTellsAMissingArtifactFromOthers(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	what := s.publication(t, "lib@1.0.0", "lib")
	root, dir := build(t, what)
	g.Expect(actor.Folder{Root: root}.Find(t.Context(), what)).To(Equal(dir))
	g.Expect(filepath.Base(dir)).To(Equal("lib-1.0.0"), "the version is filled in")

	_, err := actor.Folder{Root: t.TempDir()}.Find(t.Context(), what)
	g.Expect(err).To(MatchError(fs.ErrNotExist))
	g.Expect(err).To(MatchError(ContainSubstring("lib@1.0.0")))
	what.Package.Artifact = "../elsewhere"
	_, err = actor.Folder{Root: root}.Find(t.Context(), what)
	g.Expect(err).To(MatchError(ContainSubstring("outside")))
	g.Expect(errors.Is(err, fs.ErrNotExist)).To(BeFalse())
}

func TestTheEntryIsPublishedWithItsPlatforms(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	s.trusted(t, "cli")
	what := s.publication(t, "cli@1.2.3", "cli")
	p, dir := s.building(t, what)
	before, err := os.ReadFile(filepath.Join(dir, "package.json"))
	g.Expect(err).NotTo(HaveOccurred())

	g.Expect(p.Authorize(t.Context(), "cli")).To(Succeed())
	integrity, err := p.Publish(t.Context(), what)
	g.Expect(err).NotTo(HaveOccurred())
	beEmptyFolder(t, p.Spool)

	platforms := map[string]string{"@s/cli-linux-x64": "1.2.3", "@s/cli-darwin-arm64": "1.2.3"}
	manifest, err := s.client.Manifest(t.Context(), "cli", "1.2.3")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(manifest.OptionalDependencies).To(BeEquivalentTo(platforms))
	g.Expect(manifest.Dist.Integrity).To(Equal(integrity))
	g.Expect(manifest.GitHead).To(Equal(s.npm.Head()))
	g.Expect(manifest.Publisher.TrustedPublisher.ID).To(Equal(circleci.Type))
	var packed struct{ OptionalDependencies map[string]string }
	g.Expect(json.Unmarshal([]byte(s.contents(t, "cli", "1.2.3")["package.json"]), &packed)).To(Succeed())
	g.Expect(packed.OptionalDependencies).To(Equal(platforms), "in the tarball as in the manifest")
	g.Expect(s.tags(t, "cli")).To(HaveKeyWithValue(spec.Latest, spec.Version("1.2.3")))
	after, err := os.ReadFile(filepath.Join(dir, "package.json"))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(string(after)).To(Equal(string(before)), "what was built stays as it is")
}

func TestAPlatformIsPublishedToItsDistTag(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	s.trusted(t, "@s/cli-linux-x64")
	what := s.publication(t, "cli@2.0.0-rc.1", "@s/cli-linux-x64")
	_, err := s.publisher(t, s.exchange()).Publish(t.Context(), what)
	g.Expect(err).NotTo(HaveOccurred())
	manifest, err := s.client.Manifest(t.Context(), "@s/cli-linux-x64", "2.0.0-rc.1")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(manifest.OptionalDependencies).To(BeEmpty())
	g.Expect(manifest.Platform()).To(Equal(spec.Platform{OS: []string{"linux"}, CPU: []string{"x64"}}))
	g.Expect(s.tags(t, "@s/cli-linux-x64")).To(Equal(map[spec.DistTag]spec.Version{
		"next": "2.0.0-rc.1", "latest": "0.0.1", "placeholder": "0.0.1"}))
}

func TestPublishingThatFailsLeavesNothingBehind(t *testing.T) {
	for _, c := range []struct {
		name    string
		prepare func(t *testing.T, s *stage)
		means   error
		sent    bool // what was sent can be compared
	}{
		{"no such name", func(*testing.T, *stage) {}, spec.ErrRefused, false},
		{"no trusted publisher", func(t *testing.T, s *stage) { s.seed(t, "lib") }, spec.ErrRefused, false},
		{"published before", func(t *testing.T, s *stage) {
			s.trusted(t, "lib")
			_, err := s.publisher(t, s.exchange()).Publish(t.Context(), s.publication(t, "lib@1.0.0", "lib"))
			NewWithT(t).Expect(err).NotTo(HaveOccurred())
		}, spec.ErrAlreadyPublished, true},
		{"an answer that says nothing", func(t *testing.T, s *stage) {
			s.trusted(t, "lib")
			s.refuse(http.StatusBadGateway, http.MethodPut, "/lib", always)
		}, spec.ErrDoubtful, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			s := setUp(t)
			c.prepare(t, s)
			puts := s.requests(http.MethodPut, "/lib")
			p := s.publisher(t, s.exchange())
			integrity, err := p.Publish(t.Context(), s.publication(t, "lib@1.0.0", "lib"))
			g.Expect(err).To(MatchError(c.means))
			g.Expect(err).To(MatchError(ContainSubstring("lib")))
			g.Expect(integrity != "").To(Equal(c.sent))
			g.Expect(s.requests(http.MethodPut, "/lib")-puts).To(Equal(map[bool]int{true: 1}[c.sent]), "a PUT is never repeated")
			beEmptyFolder(t, p.Spool)
		})
	}
}

func TestAuthorizingPublishesNothing(t *testing.T) {
	g := NewWithT(t)
	s := setUp(t)
	s.seed(t, "lib")
	p := s.publisher(t, s.exchange())
	puts := s.requests(http.MethodPut, "")
	g.Expect(p.Authorize(t.Context(), "lib")).To(MatchError(spec.ErrRefused))
	g.Expect(actor.Truster{Registry: s.client}.Trust(t.Context(), "lib", reconcile.Trusting{Want: spec.TrustedPublishers{s.want}})).To(Succeed())
	g.Expect(p.Authorize(t.Context(), "lib")).To(Succeed())
	g.Expect(s.requests(http.MethodPut, "")).To(Equal(puts))
}
