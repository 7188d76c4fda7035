package fault_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	"go.uber.org/goleak"

	"github.com/agent-facets/facets-reconcile/internal/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	tarball = "a tarball's bytes"
	rightly = "sha512-rightly"
)

// registry is a tiny one: it accepts any version of any package and serves it at once.
type registry struct {
	mu     sync.Mutex
	tags   map[string]map[string]string // by package
	bodies []string                     // of uploads
	asked  []string
	status int // of the next answer to an upload; 0: accepted
}

func (g *registry) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.asked = append(g.asked, r.Method+" "+r.URL.RequestURI())
	operation, name, version := fault.Describe(r)
	tags := g.tags[name.String()]
	switch {
	case operation == fault.Publish && g.status != 0:
		rw.WriteHeader(g.status)
	case operation == fault.Publish:
		g.bodies = append(g.bodies, string(body))
		var document struct {
			Tags map[string]string `json:"dist-tags"`
		}
		if json.Unmarshal(body, &document) == nil {
			g.tags[name.String()] = maps.Clone(tags)
			if tags == nil {
				g.tags[name.String()] = map[string]string{}
			}
			maps.Copy(g.tags[name.String()], document.Tags)
		}
		rw.WriteHeader(http.StatusCreated)
	case tags == nil:
		http.Error(rw, `"Not Found"`, http.StatusNotFound)
	case operation == fault.Tags:
		send(rw, tags)
	case operation == fault.Manifest:
		send(rw, manifest(name.String(), version.String()))
	case operation == fault.Packument:
		versions := map[string]any{}
		for _, version := range tags {
			versions[version] = manifest(name.String(), version)
		}
		send(rw, map[string]any{"name": name, "dist-tags": tags, "versions": versions})
	case operation == fault.Tarball:
		rw.Header().Set("Content-Length", strconv.Itoa(len(tarball)))
		_, _ = io.WriteString(rw, tarball)
	default:
		rw.WriteHeader(http.StatusNoContent)
	}
}

func manifest(name, version string) map[string]any {
	return map[string]any{"name": name, "version": version, "dist": map[string]string{"integrity": rightly}}
}

func send(rw http.ResponseWriter, document any) {
	data, _ := json.Marshal(document)
	rw.Header().Set("ETag", fmt.Sprintf("%q", strconv.Itoa(len(data))))
	_, _ = rw.Write(data)
}

func (g *registry) tag(name, tag, version string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.tags[name] == nil {
		g.tags[name] = map[string]string{}
	}
	g.tags[name][tag] = version
}

func (g *registry) uploads() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]string(nil), g.bodies...)
}

// requests are those that reached the registry.
func (g *registry) requests() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]string(nil), g.asked...)
}

// site is a registry behind a layer, and a client of it.
type site struct {
	*WithT
	*registry
	layer *fault.Layer
	url   string
	now   time.Time
	http  *http.Client
}

// open serves a registry that has p@1.0.0, behind faults.
func open(t *testing.T, faults ...string) *site {
	t.Helper()
	s := &site{
		WithT:    NewWithT(t),
		registry: &registry{tags: map[string]map[string]string{"p": {"latest": "1.0.0"}}},
		now:      time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC),
		http: &http.Client{
			Transport:     &http.Transport{ExpectContinueTimeout: time.Minute, DisableCompression: true},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	o := fault.Options{Now: func() time.Time { return s.now }}
	for _, text := range faults {
		f, err := fault.Parse(text)
		s.Expect(err).NotTo(HaveOccurred())
		o.Faults = append(o.Faults, f)
	}
	s.layer = fault.New(o)
	server := httptest.NewServer(s.layer.Wrap(s.registry))
	s.url = server.URL
	t.Cleanup(server.Close)
	t.Cleanup(s.http.CloseIdleConnections)
	return s
}

// answer is what a client has of one: an error takes the place of what did not come.
type answer struct {
	status int
	header http.Header
	body   string
	err    error
}

func (s *site) do(method, path, body string, header ...string) answer {
	request, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	s.Expect(err).NotTo(HaveOccurred())
	if body == "" {
		request.Body = http.NoBody
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := s.http.Do(request)
	if err != nil {
		return answer{err: err}
	}
	defer response.Body.Close()
	var got bytes.Buffer
	_, err = got.ReadFrom(response.Body)
	return answer{response.StatusCode, response.Header, got.String(), err}
}

func (s *site) get(path string) answer { return s.do(http.MethodGet, path, "") }

func (s *site) publish(name, version string) answer {
	return s.do(http.MethodPut, "/"+name, upload(name, version))
}

// upload is a publish body with a tarball of some size.
func upload(name, version string) string {
	return fmt.Sprintf(`{"_id": %[1]q, "name": %[1]q, "dist-tags": {"latest": %[2]q}, "versions": {%[2]q: {"version": %[2]q}},`+
		`"_attachments": {"x.tgz": {"data": %[3]q}}}`, name, version, strings.Repeat("A", 1<<20))
}
