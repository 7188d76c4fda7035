package e2e_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

// What npm answers, asked of each registry that these suites run against. A registry that is added gets a row in conformants, and where it
// answers otherwise than npm, a word in the rows below. Without that the suites would prove something of their own registries only.
var _ = Describe("a registry answers as npm does", func() {
	for _, c := range conformants() {
		Describe(c.name, Ordered, ContinueOnFailure, func() {
			s := &conformance{name: c.name}
			BeforeAll(func() { s.registry, s.session = c.open() })
			for _, e := range exchanges() {
				It(e.what, func() { s.holds(e) })
			}
			It("serves a packument of megabytes whole, in both forms", s.servesLargePackuments)
		})
	}
})

type conformant struct {
	name string
	open func() (r registry, session string)
}

func conformants() []conformant {
	return []conformant{
		{"sandbox", func() (registry, string) {
			p := newPipelineWith(newDemo(), func(o *sandbox.Options) { o.NoSecondFactor = true })
			return p.registry, p.world.Session().Reveal()
		}},
		{"Verdaccio", func() (registry, string) {
			r := serveVerdaccio()
			return r, r.login()
		}},
	}
}

// conformance is one registry while it is asked.
type conformance struct {
	name     string
	registry registry
	session  string
}

// exchange is a request and npm's answer. The rows are asked in their order, of @demo/one.
type exchange struct {
	what         string
	method, path string
	anonymous    bool
	headers      []string // ETAG at the end of one is what the path has now
	body         func(s *conformance) string
	answer       answer
	differs      map[string]answer // by registry
}

type answer struct {
	status int
	says   string // an expression that the body matches
}

// The requests that more than one row makes.
const (
	onePackage  = "/@demo%2fone"
	oneTags     = "/-/package/@demo%2fone/dist-tags"
	abbreviated = "Accept: application/vnd.npm.install-v1+json"
)

func exchanges() []exchange {
	publish := func(version string, change ...func(document, manifest map[string]any)) func(*conformance) string {
		return func(*conformance) string { return publishDocument("@demo/one", version, change...) }
	}
	text := func(body string) func(*conformance) string { return func(*conformance) string { return body } }
	const get, put, del = http.MethodGet, http.MethodPut, http.MethodDelete
	verdaccio := func(status int, says string) map[string]answer { return map[string]answer{"Verdaccio": {status, says}} }
	return []exchange{
		{what: "answers a ping", method: get, path: "/-/ping", anonymous: true, answer: answer{200, `^\{\}`}},
		{what: "knows who is logged in", method: get, path: "/-/whoami", answer: answer{200, `"username":"\w+"`}},
		{what: "knows nobody who is not", method: get, path: "/-/whoami", anonymous: true, answer: answer{401, ""},
			differs: verdaccio(200, `^\{\}`)},

		{what: "has no packument of a name that is free", method: get, path: onePackage, answer: answer{404, "(?i)not found"},
			differs: verdaccio(404, "no such package available")},
		{what: "has no dist-tags of it", method: get, path: oneTags, answer: answer{404, "(?i)not found"},
			differs: verdaccio(404, "no such package available")},
		{what: "has no version of it", method: get, path: onePackage + "/1.0.0", answer: answer{404, "(?i)not found"},
			differs: verdaccio(404, "no such package available")},

		{what: "takes nothing from who is not logged in", method: put, path: onePackage, anonymous: true, body: publish("1.0.0"),
			answer: answer{401, ""}},
		{what: "takes nothing by a token that it does not know", method: put, path: onePackage, anonymous: true,
			headers: []string{"Authorization: Bearer unknown"}, body: publish("1.0.0"), answer: answer{404, ""}, differs: verdaccio(401, "")},
		{what: "refuses a tarball of another shasum", method: put, path: onePackage,
			body: publish("0.1.0", func(_, manifest map[string]any) {
				manifest["dist"].(map[string]any)["shasum"] = strings.Repeat("0", 40)
			}), answer: answer{400, "(?i)shasum"}},
		{what: "refuses a document of another name", method: put, path: onePackage,
			body:   publish("0.1.0", func(document, _ map[string]any) { document["name"] = "@demo/two" }),
			answer: answer{400, ""}, differs: verdaccio(422, "")},

		{what: "takes a version", method: put, path: onePackage, body: publish("1.0.0"), answer: answer{200, ""},
			differs: verdaccio(201, "")},
		{what: "does not take it twice", method: put, path: onePackage, body: publish("1.0.0"),
			answer:  answer{403, "cannot publish over the previously published versions: 1.0.0"},
			differs: verdaccio(409, "this package is already present")},
		{what: "takes a later one under its own dist-tag", method: put, path: onePackage,
			body: publish("2.0.0-rc.1", func(document, _ map[string]any) {
				document["dist-tags"], document["access"] = map[string]string{"next": "2.0.0-rc.1"}, nil
			}), answer: answer{200, ""}, differs: verdaccio(201, "")},

		{what: "serves the whole packument", method: get, path: onePackage, anonymous: true,
			answer: answer{200, `"time":\{.*"1\.0\.0":"\d{4}-`}},
		{what: "does not send it again to who has it", method: get, path: onePackage, anonymous: true,
			headers: []string{"If-None-Match: ETAG"}, answer: answer{304, "^$"}},
		{what: "serves the abbreviated one", method: get, path: onePackage, anonymous: true, headers: []string{abbreviated},
			answer: answer{200, `"dist-tags".*"versions"|"versions".*"dist-tags"`}},
		{what: "takes an upper-case escape", method: get, path: "/@demo%2Fone", anonymous: true, answer: answer{200, `"1\.0\.0"`}},
		{what: "takes a plain slash", method: get, path: "/@demo/one", anonymous: true, answer: answer{200, `"1\.0\.0"`}},
		{what: "serves one version", method: get, path: onePackage + "/1.0.0", anonymous: true, answer: answer{200, `"version":"1\.0\.0"`}},
		{what: "serves a dist-tag's version", method: get, path: onePackage + "/latest", anonymous: true,
			answer: answer{200, `"version":"1\.0\.0"`}},
		{what: "has no version that was not published", method: get, path: onePackage + "/3.0.0", anonymous: true,
			answer: answer{404, "version not found: 3.0.0"}, differs: verdaccio(404, "this version doesn't exist: 3.0.0")},
		{what: "serves the tarball", method: get, path: "/@demo/one/-/one-1.0.0.tgz", anonymous: true, answer: answer{200, "^\x1f"}},
		{what: "tells of the tarball", method: http.MethodHead, path: "/@demo/one/-/one-1.0.0.tgz", anonymous: true, answer: answer{200, "^$"}},
		{what: "has no tarball that was not published", method: get, path: "/@demo/one/-/one-3.0.0.tgz", anonymous: true,
			answer: answer{404, ""}},

		{what: "lists the dist-tags", method: get, path: oneTags, anonymous: true,
			answer: answer{200, `^\{"latest":"1\.0\.0","next":"2\.0\.0-rc\.1"\}$`}},
		{what: "moves no dist-tag for who is not logged in", method: put, path: oneTags + "/old", anonymous: true, body: text(`"1.0.0"`),
			answer: answer{401, ""}},
		{what: "moves a dist-tag", method: put, path: oneTags + "/old", body: text(`"1.0.0"`), answer: answer{200, ""},
			differs: verdaccio(201, "")},
		{what: "shows it at once", method: get, path: oneTags, anonymous: true, answer: answer{200, `"old":"1\.0\.0"`}},
		{what: "moves none to a version that is not there", method: put, path: oneTags + "/old", body: text(`"3.0.0"`),
			answer: answer{404, ""}},
		{what: "takes a dist-tag away", method: del, path: oneTags + "/old", answer: answer{200, ""}, differs: verdaccio(201, "")},
		{what: "shows it no more", method: get, path: oneTags, anonymous: true, answer: answer{200, `^\{[^o]*\}$`}},

		{what: "deprecates by the whole packument sent back", method: put, path: onePackage, body: deprecation, answer: answer{200, ""},
			differs: verdaccio(201, "")},
		{what: "shows that to all", method: get, path: onePackage + "/1.0.0", anonymous: true,
			answer: answer{200, `"deprecated":"use another"`}},
		{what: "shows that in the abbreviated packument, too", method: get, path: onePackage, anonymous: true, headers: []string{abbreviated},
			answer: answer{200, `"deprecated":"use another"`}},

		{what: "tells who may read it", method: get, path: "/-/package/@demo%2fone/visibility", anonymous: true,
			answer: answer{200, `^\{"public":true\}$`}, differs: verdaccio(404, "")},
		{what: "sets that", method: http.MethodPost, path: "/-/package/@demo%2fone/access", body: text(`{"access": "public"}`),
			answer: answer{200, ""}, differs: verdaccio(404, "Cannot POST")},
	}
}

// holds asks, and compares the answer with npm's, or with what this registry answers instead.
func (s *conformance) holds(e exchange) {
	GinkgoHelper()
	expected := e.answer
	if other, ok := e.differs[s.name]; ok {
		expected = other
	}
	status, body := s.ask(e)
	Expect(status).To(Equal(expected.status), body)
	var compact bytes.Buffer
	if json.Compact(&compact, []byte(body)) == nil { // Verdaccio writes JSON for people
		body = compact.String()
	}
	Expect(body).To(MatchRegexp(expected.says))
}

func (s *conformance) ask(e exchange) (int, string) {
	GinkgoHelper()
	headers := []string{}
	if !e.anonymous {
		headers = append(headers, "Authorization: Bearer "+s.session)
	}
	for _, header := range e.headers {
		if strings.HasSuffix(header, "ETAG") {
			_, now, _ := s.registry.exchange(http.MethodGet, e.path, "")
			header = strings.Replace(header, "ETAG", now.Get("ETag"), 1)
		}
		headers = append(headers, header)
	}
	body := ""
	if e.body != nil {
		body = e.body(s)
	}
	return s.registry.request(e.method, e.path, body, headers...)
}

// deprecation is the packument, as who writes it reads it, with a text at 1.0.0.
func deprecation(s *conformance) string {
	GinkgoHelper()
	status, body := s.ask(exchange{method: http.MethodGet, path: onePackage + "?write=true"})
	Expect(status).To(Equal(http.StatusOK), body)
	var packument map[string]any
	decoder := json.NewDecoder(strings.NewReader(body))
	decoder.UseNumber()
	Expect(decoder.Decode(&packument)).To(Succeed())
	packument["versions"].(map[string]any)["1.0.0"].(map[string]any)["deprecated"] = "use another"
	changed, err := json.Marshal(packument)
	Expect(err).NotTo(HaveOccurred())
	return string(changed)
}

// servesLargePackuments publishes versions with long manifests.
func (s *conformance) servesLargePackuments() {
	const versions, long = 12, 200_000
	for i := range versions {
		body := publishDocument("large", fmt.Sprintf("1.0.%d", i), func(_, manifest map[string]any) {
			manifest["peerDependencies"] = map[string]string{"other": strings.Repeat("1.0.0 || ", long/9) + "2.0.0"}
		})
		status, said := s.registry.request(http.MethodPut, "/large", body, "Authorization: Bearer "+s.session)
		Expect(status).To(BeElementOf(200, 201), said)
	}
	for _, accept := range []string{"Accept: application/json", abbreviated} {
		status, body := s.registry.request(http.MethodGet, "/large", "", accept)
		Expect(status).To(Equal(http.StatusOK))
		Expect(len(body)).To(BeNumerically(">", versions*long))
		var packument struct{ Versions map[string]manifest }
		Expect(json.Unmarshal([]byte(body), &packument)).To(Succeed())
		Expect(packument.Versions).To(HaveLen(versions))
		for version, m := range packument.Versions {
			address, err := url.Parse(m.Dist.Tarball)
			Expect(err).NotTo(HaveOccurred())
			status, tarball := s.registry.request(http.MethodGet, address.EscapedPath(), "")
			Expect(status).To(Equal(http.StatusOK), version)
			Expect(integrityOf([]byte(tarball))).To(Equal(m.Dist.Integrity), version)
		}
	}
}

// publishDocument is the body of a publish as npm sends it, with whatever changes.
func publishDocument(name, version string, changes ...func(document, manifest map[string]any)) string {
	GinkgoHelper()
	tarball := packageOf(name, version)
	short := sha1.Sum(tarball)
	manifest := map[string]any{
		"name": name, "version": version, "_id": name + "@" + version,
		"dist": map[string]any{"integrity": integrityOf(tarball), "shasum": hex.EncodeToString(short[:]),
			"tarball": "http://registry.example.test/" + name + "/-/" + name + "-" + version + ".tgz"},
	}
	document := map[string]any{
		"_id": name, "name": name, "access": "public",
		"dist-tags": map[string]string{"latest": version}, "versions": map[string]any{version: manifest},
		"_attachments": map[string]any{name + "-" + version + ".tgz": map[string]any{
			"content_type": "application/octet-stream", "data": base64.StdEncoding.EncodeToString(tarball), "length": len(tarball),
		}},
	}
	for _, change := range changes {
		change(document, manifest)
	}
	body, err := json.Marshal(document)
	Expect(err).NotTo(HaveOccurred())
	return string(body)
}

// packageOf is the smallest package that there is.
func packageOf(name, version string) []byte {
	GinkgoHelper()
	about, err := json.Marshal(map[string]string{"name": name, "version": version})
	Expect(err).NotTo(HaveOccurred())
	var data bytes.Buffer
	zipped := gzip.NewWriter(&data)
	entries := tar.NewWriter(zipped)
	Expect(entries.WriteHeader(&tar.Header{Name: "package/package.json", Mode: 0o644, Size: int64(len(about))})).To(Succeed())
	_, err = entries.Write(about)
	Expect(err).NotTo(HaveOccurred())
	Expect(entries.Close()).To(Succeed())
	Expect(zipped.Close()).To(Succeed())
	return data.Bytes()
}
