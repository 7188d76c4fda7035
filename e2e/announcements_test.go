package e2e_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// announcements are a GitHub that makes releases, each once, for all else the sandbox's, and a chat.
type announcements struct {
	*httptest.Server
	mu   sync.Mutex
	sent []string // method, path and body
}

func newAnnouncements(world registry) *announcements {
	GinkgoHelper()
	github, err := url.Parse(string(world) + "/github")
	Expect(err).NotTo(HaveOccurred())
	forward := httputil.NewSingleHostReverseProxy(github)
	a := &announcements{}
	a.Server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/chat" && !strings.HasSuffix(r.URL.Path, "/releases") {
			forward.ServeHTTP(rw, r)
			return
		}
		body, _ := io.ReadAll(r.Body)
		a.mu.Lock()
		defer a.mu.Unlock()
		what := r.Method + " " + r.URL.Path + " " + strings.Join(strings.Fields(string(body)), " ")
		if r.URL.Path != "/chat" && slices.Contains(a.sent, what) {
			rw.WriteHeader(http.StatusUnprocessableEntity)
			return
		}
		a.sent = append(a.sent, what)
		rw.WriteHeader(http.StatusCreated)
	}))
	DeferCleanup(a.Close)
	return a
}

func (a *announcements) all() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.sent)
}
