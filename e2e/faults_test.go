package e2e_test

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("a registry that misbehaves", func() {
	const platform = "@demo/cli-linux-x64"

	behind := func(fault func(http.Handler) http.Handler) *pipeline {
		GinkgoHelper()
		p := newDemo()
		p.seedAndTrust()
		p.build("1.0.0")
		return newPipelineBehind(p, fault)
	}
	concerns := func(r *http.Request) bool { return strings.Contains(r.URL.EscapedPath(), "@demo%2fcli-linux-x64") }

	DescribeTable("is not published to where it cannot be read: unknown is not absent",
		func(path string, status int) {
			p := behind(func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
					if r.Method == http.MethodGet && strings.HasSuffix(r.URL.EscapedPath(), path) {
						http.Error(rw, "<h1>not now</h1>", status)
						return
					}
					next.ServeHTTP(rw, r)
				})
			})
			d := p.job("v1.0.0", nil).run("plan", "--detailed-exitcode", "-o", "json").ends(1).document()
			Expect(d.pkg(platform).is("Served")).To(Equal("Unknown ReadFailed"))
			Expect(d.changed("publish")).NotTo(ContainElement(platform))
			Expect(d.Findings).To(ContainElement(HaveField("Package", platform)))

			o := p.job("v1.0.0", nil).run("apply", "--timeout", "1s").ends(1)
			Expect(o.out).To(ContainSubstring(platform + " could not be read"))
			Expect(p.sent(http.MethodPut)).NotTo(Or(ContainElement("/@demo%2fcli-linux-x64"), ContainElement("/demo")))
		},
		Entry("no dist-tags", "/-/package/@demo%2fcli-linux-x64/dist-tags", http.StatusServiceUnavailable),
		Entry("no version, by a fault of the server", "/@demo%2fcli-linux-x64/1.0.0", http.StatusInternalServerError),
		Entry("no version, for want of a login", "/@demo%2fcli-linux-x64/1.0.0", http.StatusUnauthorized),
		Entry("no version, for too many requests", "/@demo%2fcli-linux-x64/1.0.0", http.StatusTooManyRequests),
	)

	It("that cuts the line after a publish is asked what became of it, and sent it once", func() {
		var cut atomic.Int64
		p := behind(func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if r.Method != http.MethodPut || !concerns(r) {
					next.ServeHTTP(rw, r)
					return
				}
				cut.Add(1)
				next.ServeHTTP(discard{header: http.Header{}}, r)
				panic(http.ErrAbortHandler)
			})
		})
		d := p.job("v1.0.0", nil).run("apply", "-o", "json").ends(0).document()
		Expect(cut.Load()).To(BeEquivalentTo(1))
		Expect(d.Summary).To(Equal(summary{Converged: true}))
		Expect(p.registry.served("demo", "1.0.0")).To(BeTrue())
	})

	It("that refuses one platform gets the others, and not the entry", func() {
		p := behind(func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPut && concerns(r) {
					_, err := io.Copy(io.Discard, r.Body) // an answer amid the upload may be lost, and then it is another case
					Expect(err).NotTo(HaveOccurred())
					rw.WriteHeader(http.StatusRequestEntityTooLarge)
					return
				}
				next.ServeHTTP(rw, r)
			})
		})
		o := p.job("v1.0.0", nil).run("apply").ends(1)
		Expect(o.out).To(And(ContainSubstring(platform), ContainSubstring("413")))
		Expect(p.registry.versions("@demo/cli-linux-arm64")).To(ContainElement("1.0.0"))
		Expect(p.sent(http.MethodPut)).NotTo(ContainElement("/demo"))
	})
})

// discard is an answer that nobody gets.
type discard struct{ header http.Header }

func (d discard) Header() http.Header            { return d.header }
func (d discard) Write(data []byte) (int, error) { return len(data), nil }
func (d discard) WriteHeader(int)                {}
