package npm_test

import (
	"context"
	"crypto/sha512"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/report/advice"
)

const scoped spec.Name = "@s/p"

const (
	session = "npm_session_0123456789"
	publish = "npm_publish_0123456789"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve starts a registry and returns a client of it, with a session.
func serve(t *testing.T, handler http.HandlerFunc, shape ...func(*npm.Options)) *npm.Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return clientOf(t, server.URL, shape...)
}

func clientOf(t *testing.T, registry string, shape ...func(*npm.Options)) *npm.Client {
	t.Helper()
	u, err := url.Parse(registry)
	if err != nil {
		t.Fatal(err)
	}
	o := npm.Options{Registry: u, Session: spec.NewSecret(session), Advise: advice.On}
	for _, change := range shape {
		change(&o)
	}
	client, err := npm.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	return client
}

// wire lets a handler answer without a network, so that a test can own the clock (testing/synctest).
type wire http.HandlerFunc

func (w wire) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r = r.Clone(r.Context())
		r.Body = http.NoBody
	}
	defer func() { _ = r.Body.Close() }()
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	recorder := httptest.NewRecorder()
	w(recorder, r)
	return recorder.Result(), nil
}

func answer(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func publication(content string) npm.Publication {
	return npm.Publication{
		Name: scoped, Version: "1.0.0", DistTag: "latest", Access: "public",
		Manifest:  map[string]any{"name": "@s/p", "version": "1.0.0", "description": "a <b> & c"},
		Size:      int64(len(content)),
		Integrity: spec.NewIntegrity(sha512.Sum512([]byte(content))), Shasum: "abc",
		Checksum: crc32.Checksum([]byte(content), crc32.MakeTable(crc32.Castagnoli)),
		Open:     func(context.Context) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil },
	}
}
