package standin_test

import (
	"encoding/json"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/artifact/rules"
	"github.com/agent-facets/facets-reconcile/internal/artifact/standin"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func platform(os, cpu string, libc ...string) spec.Platform {
	return spec.Platform{OS: []string{os}, CPU: []string{cpu}, Libc: libc}
}

func open(t *testing.T, path string) *artifact.Artifact {
	t.Helper()
	a, err := artifact.Open(t.Context(), path)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return a
}

func pack(t *testing.T, a *artifact.Artifact) *artifact.Tarball {
	t.Helper()
	g := NewWithT(t)
	tarball, err := a.Pack(t.Context(), artifact.PackOptions{Dir: t.TempDir()})
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() { g.Expect(tarball.Close()).To(Succeed()) })
	return tarball
}

func TestStandIn(t *testing.T) {
	libraries := standin.Package{Name: "@s/lib", Version: "1.2.3"}
	for name, test := range map[string]struct {
		want     standin.Package
		optional map[string]string
		files    []string
	}{
		"linux": {standin.Package{Name: "@s/cli-linux-x64", Version: "1.2.3", Platform: platform("linux", "x64"),
			Binary: true}, nil, []string{"bin/cli-linux-x64"}},
		"musl": {standin.Package{Name: "@s/cli-linux-x64-musl", Version: "1.2.3", Platform: platform("linux", "x64"),
			Binary: true}, nil, []string{"bin/cli-linux-x64-musl"}},
		"libc": {standin.Package{Name: "@s/cli", Version: "1.2.3", Platform: platform("linux", "arm64", "musl"),
			Binary: true}, nil, []string{"bin/cli"}},
		"darwin": {standin.Package{Name: "@s/cli", Version: "1.2.3", Platform: platform("darwin", "arm64"),
			Binary: true}, nil, []string{"bin/cli"}},
		"windows": {standin.Package{Name: "@s/cli", Version: "1.2.3", Platform: platform("win32", "x64"), Binary: true},
			nil, []string{"bin/cli.exe"}},
		"openbsd": {standin.Package{Name: "@s/cli", Version: "1.2.3", Platform: platform("openbsd", "arm64"),
			Binary: true}, nil, []string{"bin/cli"}},
		"unknown": {standin.Package{Name: "@s/cli", Version: "1.2.3", Platform: platform("aix", "ppc64"), Binary: true},
			nil, []string{"bin/cli.wasm"}},
		"library": {libraries, nil, []string{"index.js"}},
		"entry": {standin.Package{Name: "agent", Version: "1.2.3"}, map[string]string{"@s/cli": "1.2.3"},
			[]string{"bin/agent.js"}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			dir, again := filepath.Join(t.TempDir(), "new", "folder"), t.TempDir()
			for _, dir := range []string{dir, again} {
				g.Expect(standin.Write(dir, test.want, test.optional, "git+https://github.com/o/r.git")).To(Succeed())
			}
			a := open(t, dir)
			g.Expect(rules.Check(t.Context(), a, rules.Want{
				Name: test.want.Name, Version: test.want.Version, Platform: test.want.Platform, Binary: test.want.Binary,
				OptionalDependencies: test.optional,
			})).To(BeEmpty())
			g.Expect(a.Files()).To(ConsistOf(append(test.files, "package.json", "README.md")))
			tarball := pack(t, a)
			g.Expect(tarball.Integrity).To(Equal(pack(t, open(t, again)).Integrity))
			manifest, err := json.Marshal(tarball.Manifest)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(string(manifest)).To(And(ContainSubstring("Stands in for"),
				ContainSubstring(`"url":"git+https://github.com/o/r.git"`)))
		})
	}
}
