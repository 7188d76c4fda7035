package memory_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	. "github.com/onsi/gomega"
)

// manyVersions is a packument of 2 000 versions and 20 MB, as large packages have: manifests that are alike, each with its own hashes. What
// is said of their deprecation is message.
func manyVersions(message string) string {
	var b strings.Builder
	b.WriteString(`{"_id":"p","name":"p","_rev":"1-a","dist-tags":{"latest":"1.1999.0"},"versions":{`)
	for i := range 2000 {
		_, _ = fmt.Fprintf(&b, `"1.%d.0":{"name":"p","version":"1.%d.0","dist":{"shasum":"%040x"}%s,"dependencies":{`, i, i, i*7919, message)
		for j := range 390 {
			_, _ = fmt.Fprintf(&b, `"a-dependency-%d":"^%d.%d.0",`, j, j, i%7)
		}
		b.WriteString(`"z":"1.0.0"}},`)
	}
	return b.String() + `"2.0.0-rc.1":{}}}`
}

const manyDeprecated = `apiVersion: reconcile.agentfacets.io/v1alpha1
kind: DesiredState
spec:
  groups:
    - name: g
      tag: v{version}
      packages: [{package: p, version: 1.1999.0, settings: {deprecated: [{versions: 1.x, message: moved}]}}]
`

// deprecatesMany measures the program while it reads a packument of 20 MB, plans, reads it again to change it, and sends it.
func deprecatesMany(t *testing.T, program string) {
	g := NewWithT(t)
	const most = 60 // MB
	before, after := manyVersions(""), manyVersions(`,"deprecated":"moved"`)
	g.Expect(len(before)).To(BeNumerically(">", 20<<20))
	var said, long atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path := r.URL.EscapedPath(); {
		case r.Method == http.MethodPut && path == "/p":
			body, _ := io.ReadAll(r.Body)
			said.Store(int64(strings.Count(string(body), `"deprecated":"moved"`)))
			long.Store(int64(len(body)) - r.ContentLength)
			_, _ = io.WriteString(w, `{"ok":true}`)
		case path == "/p" && said.Load() > 0:
			_, _ = io.WriteString(w, after)
		case path == "/p":
			_, _ = io.WriteString(w, before)
		case path == "/-/package/p/dist-tags":
			_, _ = io.WriteString(w, `{"latest":"1.1999.0"}`)
		case path == "/p/1.1999.0":
			_, _ = fmt.Fprintf(w, `{"name":"p","version":"1.1999.0","dist":{"tarball":"http://%s/p.tgz"}}`, r.Host)
		case path != "/p.tgz":
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	defer server.Close()
	home := t.TempDir()
	file := filepath.Join(home, "state.yaml")
	g.Expect(os.WriteFile(file, []byte(manyDeprecated), 0o600)).To(Succeed())
	token := strings.TrimPrefix(server.URL, "http:") + "/:_authToken=npm_human\n"
	g.Expect(os.WriteFile(filepath.Join(home, ".npmrc"), []byte(token), 0o600)).To(Succeed())
	t.Setenv("HOME", home)
	output, peak := measure(t.Context(), t, program, "apply", "--file", file, "--registry", server.URL, "--only", "deprecate", "--yes")
	t.Logf("peak %d MB\n%s", peak>>20, output)
	g.Expect(said.Load()).To(BeEquivalentTo(2000), output)
	g.Expect(long.Load()).To(BeZero(), "it says how long it is")
	g.Expect(output).To(ContainSubstring("Converged"))
	g.Expect(peak >> 20).To(BeNumerically("<", most))
}
