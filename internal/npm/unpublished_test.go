package npm_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func TestUnpublished(t *testing.T) {
	const tombstone = `{"_id":"@s/p","name":"@s/p","time":{"created":"2017-01-13T15:31:06.210Z","0.0.2":"2017-01-13T15:31:06.210Z",
		"modified":"2017-01-13T15:35:55.984Z",
		"unpublished":{"time":"2017-01-13T15:35:55.984Z","tags":{"latest":"0.0.3"},"versions":["0.0.3"]}},"_attachments":{}}`
	when := time.Date(2017, 1, 13, 15, 35, 55, 984e6, time.UTC)
	for _, c := range []struct {
		name   string
		status int
		body   string
		when   time.Time
		fails  string
	}{
		{"unpublished, as 200", 200, tombstone, when, ""},
		{"unpublished, as 404", 404, tombstone, when, ""},
		{"unpublished, with versions that are an empty object", 200, strings.Replace(tombstone, `"_attachments"`, `"versions"`, 1), when, ""},
		{"published anew since", 200, strings.Replace(tombstone, `"_attachments":{}`, `"versions":{"1.0.0":{"name":"@s/p"}}`, 1), time.Time{}, ""},
		{"there", 200, `{"name":"@s/p","time":{"1.0.0":"2017-01-13T15:31:06.210Z"},"versions":{"1.0.0":{}}}`, time.Time{}, ""},
		{"there, with nothing in it", 200, `{"name":"@s/p","versions":{}}`, time.Time{}, ""},
		{"never there", 404, `{"error":"Not found"}`, time.Time{}, ""},
		{"never there, as a string", 404, `"Not Found"`, time.Time{}, ""},
		{"never there, as a page", 404, `<!DOCTYPE html><title>404</title>`, time.Time{}, ""},
		{"never there, without words", 404, ``, time.Time{}, ""},
		{"gone", 410, ``, time.Time{}, ""},
		{"at an unknown time", 200, `{"time":{"unpublished":{"versions":["1.0.0"]}}}`, time.Time{}, "does not say when"},
		{"no packument", 200, `<html>`, time.Time{}, "not what it should be"},
		{"not to be read", 401, `{"error":"no"}`, time.Time{}, "401"},
		{"out of order", 501, ``, time.Time{}, "501"},
		{"too long to be read to its end", 404, `{"x":"` + strings.Repeat("x", 64<<10) + `"}`, time.Time{}, "too large"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := NewWithT(t)
			var asked []string
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				asked = append(asked, r.Method+" "+r.RequestURI)
				g.Expect(r.Header).NotTo(HaveKey("Authorization"))
				answer(c.status, c.body)(w, r)
			})
			at, err := client.Unpublished(t.Context(), scoped)
			g.Expect(asked).To(ConsistOf(HavePrefix("GET /@s%2fp?fresh=")))
			g.Expect(at).To(BeTemporally("==", c.when))
			if c.fails == "" {
				g.Expect(err).NotTo(HaveOccurred())
				return
			}
			g.Expect(err).To(MatchError(And(ContainSubstring("reading the packument of @s/p"), ContainSubstring(c.fails))))
			g.Expect(err).NotTo(MatchError(spec.ErrNotFound))
		})
	}
	_, err := serve(t, answer(200, "{}")).Unpublished(t.Context(), "")
	NewWithT(t).Expect(err).To(HaveOccurred())
}

func TestAPackumentIsBounded(t *testing.T) {
	g := NewWithT(t)
	client := serve(t, answer(200, `{"readme":"`+strings.Repeat("x", 2<<20)+`"}`))
	at, err := client.Unpublished(t.Context(), scoped)
	g.Expect(at).To(BeZero())
	g.Expect(err).To(MatchError(ContainSubstring("more than 1024 KiB")))
}
