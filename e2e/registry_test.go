package e2e_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// registry is the base URL of a registry on loopback, without a slash at its end.
type registry string

// request sends a request and returns the answer's status and body.
func (r registry) request(method, path, body string, headers ...string) (int, string) {
	GinkgoHelper()
	status, _, content := r.exchange(method, path, body, headers...)
	return status, content
}

// exchange returns the answer's header, too.
func (r registry) exchange(method, path, body string, headers ...string) (int, http.Header, string) {
	GinkgoHelper()
	request, err := http.NewRequest(method, string(r)+path, strings.NewReader(body))
	Expect(err).NotTo(HaveOccurred())
	request.Header.Set("Content-Type", "application/json")
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	Expect(err).NotTo(HaveOccurred())
	content, err := io.ReadAll(response.Body)
	Expect(err).NotTo(HaveOccurred())
	Expect(response.Body.Close()).To(Succeed())
	return response.StatusCode, response.Header, string(content)
}

// status returns the status of what is at a path.
func (r registry) status(path string) int {
	GinkgoHelper()
	status, _ := r.request(http.MethodGet, path, "")
	return status
}

// manifest is what these specs look for in the manifest of a version.
type manifest struct {
	Deprecated string
	Dist       struct {
		Integrity, Tarball string
		Attestations       map[string]any
	}
	OptionalDependencies map[string]string
	NPMUser              struct{ TrustedPublisher map[string]string } `json:"_npmUser"`
}

// manifest reads one version; ok is false where the registry does not have it.
func (r registry) manifest(name, version string) (m manifest, ok bool) {
	GinkgoHelper()
	status, body := r.request(http.MethodGet, "/"+url.PathEscape(name)+"/"+version, "")
	if status == http.StatusNotFound {
		return m, false
	}
	Expect(status).To(Equal(http.StatusOK), body)
	Expect(json.Unmarshal([]byte(body), &m)).To(Succeed())
	return m, true
}

// served tells whether a version can be installed: manifest and tarball are there.
func (r registry) served(name, version string) bool {
	GinkgoHelper()
	m, ok := r.manifest(name, version)
	if !ok {
		return false
	}
	address, err := url.Parse(m.Dist.Tarball)
	Expect(err).NotTo(HaveOccurred())
	status, _ := r.request(http.MethodHead, address.EscapedPath(), "")
	return status == http.StatusOK
}

// distTags reads the dist-tags, none where the package is not there.
func (r registry) distTags(name string) map[string]string {
	GinkgoHelper()
	status, body := r.request(http.MethodGet, "/-/package/"+url.PathEscape(name)+"/dist-tags", "")
	if status == http.StatusNotFound {
		return nil
	}
	var tags map[string]string
	Expect(status).To(Equal(http.StatusOK), body)
	Expect(json.Unmarshal([]byte(body), &tags)).To(Succeed())
	return tags
}

// versions reads which versions the packument lists.
func (r registry) versions(name string) []string {
	GinkgoHelper()
	status, body := r.request(http.MethodGet, "/"+url.PathEscape(name), "")
	if status == http.StatusNotFound {
		return nil
	}
	var packument struct{ Versions map[string]json.RawMessage }
	Expect(status).To(Equal(http.StatusOK), body)
	Expect(json.Unmarshal([]byte(body), &packument)).To(Succeed())
	var versions []string
	for version := range packument.Versions {
		versions = append(versions, version)
	}
	return versions
}
