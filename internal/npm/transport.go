package npm

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

const (
	maxRedirects = 5
	// idleConnections is more than anybody asks for at once: a connection that is closed for want of room costs a new one.
	idleConnections = 128
)

// errRedirect marks a redirect that is not followed; asking again would not help.
var errRedirect = errors.New("redirect refused")

func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConnsPerHost:   idleConnections,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,

		MaxResponseHeaderBytes: maxHeader,
	}
}

// uploadTransport gives every upload a connection of its own. One that had idled may be dead already, and one that is
// shared takes all uploads with it when it breaks; each would be a doubtful publish.
func uploadTransport(given http.RoundTripper) http.RoundTripper {
	shared, ok := given.(*http.Transport)
	if !ok {
		return given
	}
	own := shared.Clone()
	own.DisableKeepAlives = true
	own.Protocols = new(http.Protocols)
	own.Protocols.SetHTTP1(true)
	if own.TLSClientConfig == nil {
		own.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	own.TLSClientConfig.NextProtos = []string{"http/1.1"} // a clone still offers HTTP/2, which it does not speak
	own.WriteBufferSize = 64 << 10
	return own
}

func followNone(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// followStripped follows a read's redirects, never from https to http, and takes no token off the registry's origin.
// (net/http itself would carry it along to other ports and to subdomains.)
func (c *Client) followStripped(next *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return fmt.Errorf("%w: more than %d in a row, the last of them to %s", errRedirect, maxRedirects, next.URL.Host)
	}
	if via[0].URL.Scheme == "https" && next.URL.Scheme != "https" {
		return fmt.Errorf("%w: from https to %s", errRedirect, next.URL.Scheme)
	}
	if !sameOrigin(next.URL, c.registry) {
		next.Header.Del("Authorization")
	}
	return nil
}

// authorize puts the token into a request, if that goes to the registry and nobody can listen.
func (c *Client) authorize(req *http.Request, with Credential) error {
	switch {
	case !sameOrigin(req.URL, c.registry):
		return fmt.Errorf("a token of %s must not be sent to %s", c.registry.Host, req.URL.Host)
	case req.URL.Scheme != "https" && !spec.Loopback(req.URL.Hostname()):
		return fmt.Errorf("a token must not be sent to %s without TLS; use https", req.URL.Host)
	}
	scheme := "Bearer "
	if with.basic {
		scheme = "Basic "
	}
	req.Header.Set("Authorization", scheme+with.token.Reveal())
	return nil
}

func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

func port(u *url.URL) string {
	if u.Port() == "" {
		return map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Port()
}

// logged writes a line for every request, redirects and repetitions included.
type logged struct {
	wrapped
	log *slog.Logger
}

func (l logged) RoundTrip(req *http.Request) (*http.Response, error) {
	start := time.Now()
	resp, err := l.next.RoundTrip(req)
	line := l.log.With("method", req.Method, "host", req.URL.Host, "path", req.URL.EscapedPath(),
		"duration", time.Since(start))
	if err != nil {
		line.DebugContext(req.Context(), "registry call failed", "error", err)
		return nil, err
	}
	line.DebugContext(req.Context(), "registry call", "status", resp.StatusCode)
	return resp, nil
}

// wrapped is a transport with something before it.
type wrapped struct{ next http.RoundTripper }

// CloseIdleConnections lets http.Client reach the transport.
func (w wrapped) CloseIdleConnections() {
	if closer, ok := w.next.(interface{ CloseIdleConnections() }); ok {
		closer.CloseIdleConnections()
	}
}
