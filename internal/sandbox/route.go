package sandbox

import (
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// route finds the handler by the decoded path, in which the slash of a scope reads the same however it was sent. A handler's error is
// sent if it is an answer; spec.ErrNotFound becomes a 404, every other error a 500.
func (w *World) route(rw http.ResponseWriter, r *http.Request) {
	err := w.dispatch(rw, r)
	if err == nil {
		return
	}
	if r.Header.Get("Expect") == "" {
		_, _ = io.Copy(io.Discard, r.Body) // a client still sending would see a reset instead of the answer
	}
	var a *answer
	switch {
	case errors.As(err, &a):
	case errors.Is(err, spec.ErrNotFound):
		a = missing()
	default:
		w.registry.options.Log.Error("sandbox", "method", r.Method, "path", r.URL.Path, "error", err)
		a = refuse(http.StatusInternalServerError, "%v", err)
	}
	_ = a.send(rw) // the client is gone
}

func (w *World) dispatch(rw http.ResponseWriter, r *http.Request) error {
	path := r.URL.Path
	if err := w.issuers.serve(rw, r); !errors.Is(err, errNotIssuers) {
		return err
	}
	switch {
	case strings.HasPrefix(path, githubPath):
		return w.github.serve(rw, r, strings.TrimPrefix(path, githubPath))
	case path == mintPath:
		return w.issuers.serveCircleCI(rw, r)
	case strings.HasPrefix(path, actionsMints):
		return w.issuers.serveActions(rw, r)
	case strings.HasPrefix(path, fulcioPath), strings.HasPrefix(path, rekorPath):
		return w.sigstore.serveSigstore(rw, r)
	case strings.HasPrefix(path, "/-/"), strings.HasPrefix(path, approvePath):
		return w.registry.serveService(rw, r)
	default:
		return w.registry.servePackage(rw, r)
	}
}

// origin is the address under which the client reached this world. Links begin with it.
func origin(r *http.Request) string { return "http://" + r.Host }

func methodNotAllowed() *answer { return refuse(http.StatusMethodNotAllowed, "method not allowed") }

func isRead(r *http.Request) bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }
