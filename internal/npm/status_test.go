package npm_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func TestStatusIsAskedWithTheToken(t *testing.T) {
	g := NewWithT(t)
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		g.Expect(r.Method + " " + r.RequestURI).To(HavePrefix("GET /-/package/@s%2fp/version/1.0.0-rc.1/status"))
		g.Expect(r.Header.Get("Authorization")).To(Equal("Bearer " + publish))
		answer(200, `{"packageName":"@s/p","version":"1.0.0-rc.1","status":"validating"}`)(w, r)
	})
	g.Expect(client.Status(t.Context(), scoped, "1.0.0-rc.1", credential())).To(Equal(spec.StatusValidating))
	_, err := client.Status(t.Context(), scoped, "1.0.0", npm.Credential{})
	g.Expect(err).To(MatchError(ContainSubstring("a token")))
}

func TestStatusesThatAreNoWord(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		means  error // nil with says: an open question
		says   string
	}{
		{200, `{"status":"quarantined"}`, nil, ""},
		{200, `{}`, nil, ""},
		{200, `{"packageName":"@s/other","version":"1.0.0","status":"blocked"}`, nil, ""},
		{200, `{"packageName":"@s/p","version":"2.0.0","status":"deleted"}`, nil, ""},
		{200, `{"status":7}`, nil, "not what it should be"},
		{200, `{"status":"` + strings.Repeat("x", 20<<10) + `"}`, nil, "too large"},
		{401, `{}`, spec.ErrRefused, "401"},
		{403, `{}`, spec.ErrRefused, "403"},
		{404, `"Not Found"`, spec.ErrNotFound, "404"},
		{404, `<html>no such page</html>`, spec.ErrUnsupported, "404"},
		{405, ``, spec.ErrUnsupported, "405"},
		{501, ``, spec.ErrUnsupported, "501"},
		{429, ``, nil, "429"},
		{503, ``, nil, "503"},
		{302, ``, nil, "redirects"},
	} {
		t.Run(fmt.Sprintf("%d %.60s", c.status, c.body), func(t *testing.T) {
			g := NewWithT(t)
			var calls atomic.Int32
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				calls.Add(1)
				answer(c.status, c.body, "Location", "/elsewhere", "Retry-After", "1")(w, r)
			})
			word, err := client.Status(t.Context(), scoped, "1.0.0", credential())
			g.Expect(word).To(BeEmpty())
			g.Expect(calls.Load()).To(Equal(int32(1)), "it is asked once: whoever asks can do without")
			if c.says == "" {
				g.Expect(err).NotTo(HaveOccurred())
				return
			}
			g.Expect(err).To(MatchError(ContainSubstring(c.says)))
			for _, sentinel := range []error{spec.ErrRefused, spec.ErrNotFound, spec.ErrUnsupported} {
				refusal := sentinel == spec.ErrRefused && c.means == spec.ErrUnsupported
				g.Expect(errors.Is(err, sentinel)).To(Equal(sentinel == c.means || refusal), sentinel.Error())
			}
		})
	}
}

func TestNumbersAreThoseThatWereEverUsed(t *testing.T) {
	for _, c := range []struct {
		name, body      string
		served, removed []spec.Version
	}{
		{"removed versions keep their times", `{"name":"@s/p","versions":{"1.10.0":{"time":{"8.0.0":"x"}},"1.9.0":{}},
			"time":{"created":"x","modified":"x","1.9.0":"x","1.10.0":"x","1.0.0":"x","3.0.0-rc.1":"x","2.0.0":"x","1.0":"x"}}`,
			[]spec.Version{"1.9.0", "1.10.0"}, []spec.Version{"1.0.0", "2.0.0", "3.0.0-rc.1"}},
		{"the times may come first", `{"time":{"1.0.0":"x","1.1.0":"x"},"versions":{"1.1.0":{}}}`,
			[]spec.Version{"1.1.0"}, []spec.Version{"1.0.0"}},
		{"nothing was removed", `{"versions":{"1.0.0":{}},"time":{"1.0.0":"x"}}`, []spec.Version{"1.0.0"}, nil},
		{"no times", `{"versions":{"1.0.0":{}}}`, []spec.Version{"1.0.0"}, nil},
		{"a document of nothing tells of nothing", `{"time":{"1.0.0":"x"}}`, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				g.Expect(r.Header.Get("Accept")).To(Equal("application/json"), "only the whole packument has times")
				g.Expect(r.URL.RawQuery).To(HavePrefix("fresh="))
				answer(200, c.body)(w, r)
			})
			numbers, err := client.Numbers(t.Context(), scoped)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(numbers.Served).To(HaveExactElements(c.served))
			g.Expect(numbers.Removed).To(HaveExactElements(c.removed))
		})
	}
}

func TestNumbersThatCannotBeRead(t *testing.T) {
	g := NewWithT(t)
	_, err := serve(t, answer(404, `{"error":"Not found"}`)).Numbers(t.Context(), scoped)
	g.Expect(err).To(MatchError(spec.ErrNotFound))
	many := `{"versions":{"1.0.0":0},"time":{"1.0.0":0` + strings.Repeat(`,"1.0.0":0`, 100_000) + `}}`
	for _, body := range []string{`{"versions":{"1.0.0":{}},"time":[]}`, `{"name":"other"}`, many} {
		_, err := serve(t, answer(200, body)).Numbers(t.Context(), scoped)
		g.Expect(err).To(MatchError(ContainSubstring("not what it should be")))
	}
}
