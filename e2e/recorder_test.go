package e2e_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// recorder is a proxy on loopback that remembers what went through it.
type recorder struct {
	registry registry // its own address

	mu       sync.Mutex
	requests []recorded
}

type recorded struct {
	method, path  string
	authorization string
	body          []byte
}

// record puts a recorder in front of a registry.
func record(target registry) *recorder {
	GinkgoHelper()
	to, err := url.Parse(string(target))
	Expect(err).NotTo(HaveOccurred())
	r := &recorder{}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(request *httputil.ProxyRequest) {
			request.SetURL(to)
			request.Out.Host = request.In.Host // the registry builds its links from it
		},
	}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		if err != nil {
			http.Error(rw, err.Error(), http.StatusBadRequest)
			return
		}
		request.Body = io.NopCloser(bytes.NewReader(body))
		r.mu.Lock()
		r.requests = append(r.requests, recorded{
			request.Method, request.URL.EscapedPath(), request.Header.Get("Authorization"), body,
		})
		r.mu.Unlock()
		proxy.ServeHTTP(rw, request)
	}))
	DeferCleanup(server.Close)
	r.registry = registry(server.URL)
	return r
}

// sent returns the requests with a method so far.
func (r *recorder) sent(method string) []recorded {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(r.requests), func(one recorded) bool { return one.method != method })
}

// all returns every request so far.
func (r *recorder) all() []recorded {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.requests)
}
