package e2e_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"strings"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// stranger is another origin than the registry's, which says yes to everything and keeps what it is sent.
type stranger struct {
	url string

	mu       sync.Mutex
	requests []string // whole, with headers and body
}

func newStranger() *stranger {
	GinkgoHelper()
	s := &stranger{}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		request, err := httputil.DumpRequest(r, true)
		if err != nil {
			http.Error(rw, err.Error(), http.StatusBadRequest)
			return
		}
		s.mu.Lock()
		s.requests = append(s.requests, string(request))
		s.mu.Unlock()
		rw.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(rw).Encode(map[string]string{"token": "what a stranger gave", "latest": "9.9.9"}) // or it is gone
	}))
	DeferCleanup(server.Close)
	s.url = server.URL
	return s
}

// got returns what it was sent. A token must never be in it.
func (s *stranger) got() []string {
	GinkgoHelper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, request := range s.requests {
		Expect(request).NotTo(MatchRegexp(`(?i)\n(authorization|proxy-authorization|cookie|npm-otp):`), "a token went to another origin")
		Expect(anyToken.MatchString(request)).To(BeFalse(), "a token went to another origin:\n%s", request)
	}
	return s.requests
}

var _ = Describe("a registry that points elsewhere", func() {
	const untrusted = "@demo/core"

	// behind is a world, seeded and but for one package trusted, where requests that fit are answered otherwise.
	behind := func(fits func(*http.Request) bool, answer func(next http.Handler) http.HandlerFunc) *pipeline {
		GinkgoHelper()
		p := newDemo()
		p.seedAndTrust()
		p.build("1.0.0")
		newPipeline(p).distrust(untrusted)
		return newPipelineBehind(p, func(next http.Handler) http.Handler {
			otherwise := answer(next)
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if fits(r) {
					otherwise(rw, r)
					return
				}
				next.ServeHTTP(rw, r)
			})
		})
	}
	asked := func(method, path string) func(*http.Request) bool {
		return func(r *http.Request) bool { return r.Method == method && strings.Contains(r.URL.EscapedPath(), path) }
	}

	DescribeTable("by a redirect gets no token sent there",
		func(method, path string, code int, reached bool) {
			other := newStranger()
			p := behind(asked(method, path), func(http.Handler) http.HandlerFunc {
				return func(rw http.ResponseWriter, r *http.Request) {
					http.Redirect(rw, r, other.url+r.URL.EscapedPath(), http.StatusTemporaryRedirect)
				}
			})
			p.job("v1.0.0", nil).run("apply", "--timeout", "1s", "--log-level", "debug").ends(code)
			p.human().run("apply", "--only", "seed,trust", p.otp(), "--log-level", "debug")
			p.human().run("doctor", "--log-level", "debug")
			if reached {
				Expect(other.got()).NotTo(BeEmpty(), "anonymous reads may follow: else nothing was proved")
			} else {
				Expect(other.got()).To(BeEmpty(), "what takes credentials follows none")
			}
		},
		Entry("of the exchange", http.MethodPost, "/oidc/token/exchange/", 1, false),
		Entry("of a publish", http.MethodPut, "/", 1, false),
		Entry("of the list of trusted publishers", http.MethodGet, "/trust", 0, false),
		Entry("of the creation of one", http.MethodPost, "/trust", 0, false),
		Entry("of the question who it is", http.MethodGet, "/-/whoami", 0, false),
		Entry("of dist-tags", http.MethodGet, "/dist-tags", 3, true),
		Entry("of a tarball", http.MethodHead, ".tgz", 0, true),
	)

	It("by the address of a tarball gets no token sent there", func() {
		other := newStranger()
		p := behind(asked(http.MethodGet, "/1.0.0"), func(next http.Handler) http.HandlerFunc {
			return func(rw http.ResponseWriter, r *http.Request) {
				answer := httptest.NewRecorder()
				next.ServeHTTP(answer, r)
				rw.Header().Set("Content-Type", "application/json")
				rw.WriteHeader(answer.Code)
				_, _ = rw.Write([]byte(strings.ReplaceAll(answer.Body.String(), "http://"+r.Host+"/", other.url+"/"))) // or nobody waits
			}
		})
		p.job("v1.0.0", nil).run("apply", "--log-level", "debug").ends(0)
		p.job("v1.0.0", nil).run("apply", "--verify", "--log-level", "debug")
		p.human().run("plan", "--log-level", "debug")
		Expect(other.got()).NotTo(BeEmpty(), "it was not asked for the tarballs: nothing was proved")
	})

	It("for the code of a second factor is refused", func() {
		other := newStranger()
		p := behind(asked(http.MethodPost, "/trust"), func(http.Handler) http.HandlerFunc {
			return func(rw http.ResponseWriter, r *http.Request) {
				rw.Header().Set("WWW-Authenticate", "OTP")
				rw.WriteHeader(http.StatusUnauthorized)
				_ = json.NewEncoder(rw).Encode(map[string]string{ // or nobody waits
					"authUrl": "http://" + r.Host + "/auth/cli/it", "doneUrl": other.url + "/-/v1/done?authId=it",
				})
			}
		})
		session, _ := p.human().atTerminal(binary, "apply", "--only", "trust", "--yes", "--log-level", "debug")
		o := finish(session).ends(3)
		Expect(o.out).To(And(ContainSubstring("not the registry's own"), Not(ContainSubstring("second factor: open"))))
		Expect(other.got()).To(BeEmpty())
	})
})
