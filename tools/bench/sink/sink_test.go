package sink_test

import (
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/tools/bench/sink"
)

// document is a publish; the tarball is not the one that the manifest describes when it is spoilt.
func document(tarball []byte, spoilt bool) string {
	sum := sha512.Sum512(tarball)
	if spoilt {
		sum[0]++
	}
	body, _ := json.Marshal(map[string]any{
		"_attachments": map[string]any{"@s/p-1.2.3.tgz": map[string]any{
			"data": base64.StdEncoding.EncodeToString(tarball), "length": len(tarball)}},
		"name": "@s/p", "dist-tags": map[string]string{"latest": "1.2.3"},
		"versions": map[string]any{"1.2.3": map[string]any{"name": "@s/p", "version": "1.2.3", "readme": `a "quoted" \ word`,
			"dist": map[string]any{"integrity": "sha512-" + base64.StdEncoding.EncodeToString(sum[:])}}},
	})
	return string(body)
}

func ask(t *testing.T, s *sink.Sink, method, path, body string) (int, string) {
	t.Helper()
	server := httptest.NewServer(s)
	defer server.Close()
	request, err := http.NewRequest(method, server.URL+path, strings.NewReader(body))
	g := NewWithT(t)
	g.Expect(err).NotTo(HaveOccurred())
	response, err := http.DefaultClient.Do(request)
	g.Expect(err).NotTo(HaveOccurred())
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	g.Expect(err).NotTo(HaveOccurred())
	return response.StatusCode, string(answer)
}

func TestWhatIsPublishedIsServed(t *testing.T) {
	for _, size := range []int{1, 2, 3, 1000, 1_000_000, 1_000_001} {
		g := NewWithT(t)
		s := sink.New(sink.Options{Verify: true})
		status, _ := ask(t, s, http.MethodGet, "/@s%2fp/1.2.3", "")
		g.Expect(status).To(Equal(http.StatusNotFound))

		tarball := []byte(strings.Repeat("x", size))
		status, answer := ask(t, s, http.MethodPut, "/@s%2fp", document(tarball, false))
		g.Expect(status).To(Equal(http.StatusCreated), answer)
		g.Expect(s.Published()["@s/p"].Size).To(BeEquivalentTo(size))

		for path, holds := range map[string]string{
			"/@s%2Fp":                       `"versions":{"1.2.3":`,
			"/@s%2fp/1.2.3":                 `a \"quoted\" \\ word`,
			"/@s/p/latest":                  `/@s/p/-/p-1.2.3.tgz"`,
			"/-/package/@s%2fp/dist-tags":   `{"latest":"1.2.3"}`,
			"/-/package/@s%2fp/dist-tags?x": `{"latest":"1.2.3"}`,
		} {
			status, answer = ask(t, s, http.MethodGet, path, "")
			g.Expect(status).To(Equal(http.StatusOK), path)
			g.Expect(answer).To(ContainSubstring(holds), path)
		}
		status, _ = ask(t, s, http.MethodHead, "/@s/p/-/p-1.2.3.tgz", "")
		g.Expect(status).To(Equal(http.StatusOK))
		status, _ = ask(t, s, http.MethodPut, "/@s%2fp", document(tarball, false))
		g.Expect(status).To(Equal(http.StatusForbidden))
	}
}

func TestTarballsThatDifferFromTheirManifestAreRefused(t *testing.T) {
	g := NewWithT(t)
	s := sink.New(sink.Options{Verify: true})
	status, answer := ask(t, s, http.MethodPut, "/@s%2fp", document([]byte(strings.Repeat("y", 700_000)), true))
	g.Expect(status).To(Equal(http.StatusBadRequest))
	g.Expect(answer).To(ContainSubstring("integrity"))
	g.Expect(s.Published()).To(BeEmpty())
}

func TestEveryNameIsPresentWhereASinkSaysSo(t *testing.T) {
	g := NewWithT(t)
	s := sink.New(sink.Options{Present: "3.0.0"})
	status, answer := ask(t, s, http.MethodGet, "/anything/3.0.0", "")
	g.Expect(status).To(Equal(http.StatusOK))
	g.Expect(answer).To(ContainSubstring("sha512-"))
	status, _ = ask(t, s, http.MethodGet, "/anything/3.0.1", "")
	g.Expect(status).To(Equal(http.StatusNotFound))
}

func TestRequestsAboveTheLimitAreRefused(t *testing.T) {
	g := NewWithT(t)
	s := sink.New(sink.Options{Present: "1.0.0", Limit: 0.001})
	status, _ := ask(t, s, http.MethodGet, "/p", "")
	g.Expect(status).To(Equal(http.StatusTooManyRequests), "not even one a second is allowed")
	g.Expect(s.Answers()).To(HaveLen(1))
	g.Expect(s.Answers()[0].Refused).To(BeTrue())
}
