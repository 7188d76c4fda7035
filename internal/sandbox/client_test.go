package sandbox_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha1"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
	"github.com/agent-facets/facets-reconcile/internal/sandbox/sandboxtest"
)

// site is a world that is being served, and its client.
type site struct {
	*WithT
	t     *testing.T
	world *sandbox.World
	url   string
	clock *sandboxtest.Clock
}

// serve opens and serves a world with a clock that stands still, in a new folder unless o names one.
func serve(t *testing.T, o sandbox.Options) *site {
	t.Helper()
	g := NewWithT(t)
	c := sandboxtest.NewClock(time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC))
	if o.Now == nil {
		o.Now = c.Now
	}
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	if o.Repository == "" {
		o.Repository = "agent-facets/facets"
	}
	w, err := sandbox.Open(o)
	g.Expect(err).NotTo(HaveOccurred())
	server, err := w.Serve(context.Background(), "")
	g.Expect(err).NotTo(HaveOccurred())
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		g.Expect(server.Close(context.Background())).To(Succeed())
	})
	return &site{WithT: g, t: t, world: w, url: server.URL(), clock: c}
}

// reply is an answer, read to its end.
type reply struct {
	status int
	header http.Header
	body   string
}

func (r reply) field(name string) string {
	var fields map[string]any
	if json.Unmarshal([]byte(r.body), &fields) != nil {
		return ""
	}
	s, _ := fields[name].(string)
	return s
}

// do sends a request. Headers are given as "Name: value"; body is sent as it is when it is a string or a reader, else as
// JSON.
func (s *site) do(method, address string, body any, headers ...string) reply {
	s.t.Helper()
	r, err := s.try(method, address, body, headers...)
	s.Expect(err).NotTo(HaveOccurred())
	return r
}

func (s *site) try(method, address string, body any, headers ...string) (reply, error) {
	var content io.Reader
	switch body := body.(type) {
	case nil:
	case string:
		content = strings.NewReader(body)
	case io.Reader:
		content = body
	default:
		data, err := json.Marshal(body)
		if err != nil {
			return reply{}, err
		}
		content = bytes.NewReader(data)
	}
	if strings.HasPrefix(address, "/") {
		address = s.url + address
	}
	request, err := http.NewRequestWithContext(s.t.Context(), method, address, content)
	if err != nil {
		return reply{}, err
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return reply{}, err
	}
	data, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	return reply{response.StatusCode, response.Header, string(data)}, err
}

func (s *site) get(address string, headers ...string) reply {
	s.t.Helper()
	return s.do(http.MethodGet, address, nil, headers...)
}

// session is the header of the human's session.
func (s *site) session() string { return bearer(s.world.Session()) }

func bearer(token spec.Secret) string { return "Authorization: Bearer " + token.Reveal() }

// put publishes as the human does.
func (s *site) put(p publication) reply {
	s.t.Helper()
	return s.do(http.MethodPut, "/"+escaped(p.name), p.body(s.t), s.session())
}

func escaped(name string) string { return spec.Name(name).Escaped() }

// publication makes the body of a publish. What is not given is as npm would have it.
type publication struct {
	name, version, tag, access string
	manifest                   map[string]any    // fields over the usual ones
	files                      map[string]string // of the tarball, over the usual package.json
	change                     func(document map[string]any)
}

func (p publication) body(t *testing.T) map[string]any {
	t.Helper()
	tarball := p.tarball(t)
	long, short := sha512.Sum512(tarball), sha1.Sum(tarball)
	manifest := map[string]any{
		"name": p.name, "version": p.version, "_id": p.name + "@" + p.version,
		"dist": map[string]any{"integrity": spec.NewIntegrity(long), "shasum": hex.EncodeToString(short[:])},
	}
	for field, value := range p.manifest {
		manifest[field] = value
	}
	tag := p.tag
	if tag == "" {
		tag = "latest"
	}
	document := map[string]any{
		"_id": p.name, "name": p.name, "dist-tags": map[string]any{tag: p.version},
		"versions": map[string]any{p.version: manifest}, "access": nil,
		"_attachments": map[string]any{p.name + "-" + p.version + ".tgz": map[string]any{
			"content_type": "application/octet-stream", "data": base64.StdEncoding.EncodeToString(tarball), "length": len(tarball),
		}},
	}
	if p.access != "" {
		document["access"] = p.access
	}
	if p.change != nil {
		p.change(document)
	}
	return document
}

func (p publication) tarball(t *testing.T) []byte {
	t.Helper()
	g := NewWithT(t)
	about, err := json.Marshal(map[string]string{"name": p.name, "version": p.version})
	g.Expect(err).NotTo(HaveOccurred())
	files := map[string]string{"package/package.json": string(about)}
	for name, content := range p.files {
		files[name] = content
	}
	var data bytes.Buffer
	zipped := gzip.NewWriter(&data)
	entries := tar.NewWriter(zipped)
	for name, content := range files {
		g.Expect(entries.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content))})).To(Succeed())
		_, err := entries.Write([]byte(content))
		g.Expect(err).NotTo(HaveOccurred())
	}
	g.Expect(entries.Close()).To(Succeed())
	g.Expect(zipped.Close()).To(Succeed())
	return data.Bytes()
}
