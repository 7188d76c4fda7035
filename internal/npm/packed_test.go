package npm_test

import (
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// manyVersions is a packument of 2 000 versions and 20 MB, as large packages have: manifests that are alike, each with its own hashes.
func manyVersions() string {
	var b strings.Builder
	b.WriteString(`{"_id":"p","name":"p","_rev":"1-a","dist-tags":{"latest":"1.1999.0"},"versions":{`)
	for i := range 2000 {
		_, _ = fmt.Fprintf(&b, `"1.%d.0":{"name":"p","version":"1.%d.0","dist":{"shasum":"%040x"},"dependencies":{`, i, i, i*7919)
		for j := range 300 {
			_, _ = fmt.Fprintf(&b, `"a-dependency-%d":"^%d.%d.0",`, j, j, i%7)
		}
		b.WriteString(`"z":"1.0.0"}},`)
	}
	return b.String() + `"1.2000.0":{}}}`
}

func TestDeprecatingManyVersionsTakesLittleMemory(t *testing.T) {
	g := NewWithT(t)
	text := manyVersions()
	g.Expect(len(text)).To(BeNumerically(">", 14<<20))
	var sent struct{ size, said int }
	var held uint64
	client := clientOf(t, "https://registry.example.test", func(o *npm.Options) {
		o.Transport = wire(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet {
				_, _ = io.WriteString(w, text)
				return
			}
			runtime.GC()
			var now runtime.MemStats
			runtime.ReadMemStats(&now)
			held = now.HeapAlloc
			body, err := io.ReadAll(r.Body)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(r.ContentLength).To(BeEquivalentTo(len(body)))
			sent.size, sent.said = len(body), strings.Count(string(body), `"deprecated":"no"`)
		})
	})
	wanted := map[spec.Version]spec.Deprecation{}
	for i := range 2000 {
		wanted[spec.Version(fmt.Sprintf("1.%d.0", i))] = spec.Deprecation{Message: "no", Tagged: true}
	}
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	g.Expect(client.Deprecate(t.Context(), "p", wanted, npm.NewCredential(spec.NewSecret("npm_human"), time.Time{}))).To(Succeed())
	g.Expect(sent.said).To(Equal(2000))
	g.Expect(sent.size).To(Equal(len(text) + 2000*len(`,"deprecated":"no"`)))
	t.Logf("held %d KiB", (int(held)-int(before.HeapAlloc))>>10)
}
