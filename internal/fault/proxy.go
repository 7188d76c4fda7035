package fault

import (
	"io"
	"log"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"
)

// Proxy returns a handler that passes everything on to a registry elsewhere. The registry sees the host that the client asked,
// so its links lead back here; bodies stream both ways. Where the registry cannot be reached, the answer is 502.
func Proxy(target *url.URL) http.Handler {
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host
		},
		// A connection for each request leaves none behind, as nobody could close it.
		Transport: &http.Transport{
			DisableKeepAlives: true, DisableCompression: true, ExpectContinueTimeout: time.Second,
		},
		FlushInterval: -1,
		ErrorLog:      log.New(io.Discard, "", 0), // what goes wrong is the client's to tell
		ErrorHandler: func(rw http.ResponseWriter, _ *http.Request, err error) {
			http.Error(rw, err.Error(), http.StatusBadGateway)
		},
	}
}
