package sandbox

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// Server is a world that listens.
type Server struct {
	address string
	http    *http.Server
	unused  *unused
	done    chan struct{} // closed when nothing of the server runs any more
	err     error         // to be read when done is closed
}

const (
	headerTimeout = 10 * time.Second
	closeGrace    = 2 * time.Second // for requests that are under way when the context ends
)

// Serve listens at an address of this machine ("" is 127.0.0.1 at any free port) until the context ends or Close is called.
// Any other address is refused: what it serves signs tokens and approves second factors for everybody.
func (w *World) Serve(ctx context.Context, address string) (*Server, error) {
	address = cmp.Or(address, "127.0.0.1:0")
	if err := checkLoopback(address); err != nil {
		return nil, fmt.Errorf("serving the sandbox: %w", err)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("serving the sandbox: %w", err)
	}
	served, err := w.registry.folder.serving()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("serving the sandbox: %w", err), listener.Close())
	}
	idle := &unused{conns: map[net.Conn]bool{}}
	s := &Server{
		address: listener.Addr().String(),
		http:    &http.Server{Handler: w.Handler(), ReadHeaderTimeout: headerTimeout, ConnState: idle.watch},
		unused:  idle,
		done:    make(chan struct{}),
	}
	here := s.URL()
	w.origin.CompareAndSwap(nil, &here)
	go s.run(ctx, listener, served)
	return s, nil
}

func checkLoopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	if ip, err := netip.ParseAddr(host); host != "localhost" && (err != nil || !ip.IsLoopback()) {
		return fmt.Errorf("the address %q is not of this machine alone; use 127.0.0.1, [::1] or localhost", address)
	}
	return nil
}

func (s *Server) run(ctx context.Context, listener net.Listener, served io.Closer) {
	defer close(s.done)
	defer func() { s.err = errors.Join(s.err, served.Close()) }()
	closed := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeGrace)
		defer cancel()
		closed <- s.shutdown(grace)
	})
	if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		s.err = err
	}
	if !stop() {
		s.err = errors.Join(s.err, <-closed)
	}
}

// unused holds the connections on which nothing was asked yet. A client opens more than it needs, and Shutdown would wait for them.
type unused struct {
	mu    sync.Mutex
	conns map[net.Conn]bool
}

func (u *unused) watch(conn net.Conn, state http.ConnState) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if state == http.StateNew {
		u.conns[conn] = true
	} else {
		delete(u.conns, conn)
	}
}

func (u *unused) close() {
	u.mu.Lock()
	defer u.mu.Unlock()
	for conn := range u.conns {
		_ = conn.Close() // there is nothing on it to lose
	}
}

// shutdown lets requests under way end until ctx does, then cuts them.
func (s *Server) shutdown(ctx context.Context) error {
	s.unused.close()
	if err := s.http.Shutdown(ctx); err == nil || !errors.Is(err, ctx.Err()) {
		return err
	}
	return s.http.Close()
}

// URL is the origin, without a slash at its end. The registry is there.
func (s *Server) URL() string { return "http://" + s.address }

// GitHub is the address to use as GITHUB_API_URL, without a slash at its end.
func (s *Server) GitHub() string { return s.URL() + "/github" }

// CircleCI is where the issuer is, without a slash at its end; ID tokens are minted at its /oidc.
func (s *Server) CircleCI() string { return s.URL() + "/circleci" }

// Actions is where the issuer of GitHub Actions is, without a slash at its end.
func (s *Server) Actions() string { return s.URL() + actionsHome }

// GitLab is where GitLab's issuer is, without a slash at its end.
func (s *Server) GitLab() string { return s.URL() + gitLabHome }

// Fulcio is where the certificate authority of provenance is, without a slash at its end.
func (s *Server) Fulcio() string { return sigstoreAt(s.URL(), fulcioPath) }

// Rekor is where the transparency log of provenance is, without a slash at its end.
func (s *Server) Rekor() string { return sigstoreAt(s.URL(), rekorPath) }

func sigstoreAt(origin, path string) string { return origin + strings.TrimSuffix(path, "/") }

// Close ends the server. Requests under way are cut when ctx ends.
func (s *Server) Close(ctx context.Context) error {
	err := s.shutdown(ctx)
	return errors.Join(err, s.Wait())
}

// Wait returns when the server has ended, with what went wrong.
func (s *Server) Wait() error {
	<-s.done
	return s.err
}
