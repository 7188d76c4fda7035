package npm_test

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func TestReadsGoPastCachesWithTheNameEscaped(t *testing.T) {
	g := NewWithT(t)
	var asked []string
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.RequestURI)
		g.Expect(r.Header).NotTo(HaveKey("Authorization"))
		if strings.Contains(r.URL.Path, "dist-tags") {
			answer(200, `{"latest":"1.2.3","next":"2.0.0-rc.1"}`)(w, r)
			return
		}
		answer(200, `{"name":"@s/p","version":"1.2.3","os":"linux","dist":{"integrity":"sha512-x"}}`)(w, r)
	})

	tags, err := client.DistTags(t.Context(), scoped)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(tags).To(Equal(map[spec.DistTag]spec.Version{"latest": "1.2.3", "next": "2.0.0-rc.1"}))
	manifest, err := client.Manifest(t.Context(), scoped, "1.2.3")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(manifest.OS).To(Equal(spec.List{"linux"}))
	_, err = client.Manifest(t.Context(), scoped, "1.2.3")
	g.Expect(err).NotTo(HaveOccurred())

	g.Expect(asked[0]).To(HavePrefix("/-/package/@s%2fp/dist-tags?"))
	g.Expect(asked[1]).To(HavePrefix("/@s%2fp/1.2.3?"))
	g.Expect(asked[1]).NotTo(Equal(asked[2]), "each read has a query of its own")
}

func TestRegistryUnderAPath(t *testing.T) {
	for _, path := range []string{"/npm/all", "/npm/all/"} {
		g := NewWithT(t)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			g.Expect(r.RequestURI).To(HavePrefix("/npm/all/-/package/@s%2fp/dist-tags"))
			answer(200, `{}`)(w, r)
		}))
		defer server.Close()
		client := clientOf(t, server.URL+path)
		_, err := client.DistTags(t.Context(), scoped)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(client.Registry()).To(HaveSuffix("/npm/all/"))
		g.Expect(client.Audience()).To(Equal("npm:127.0.0.1"))
	}
}

func TestMeaningOfReads(t *testing.T) {
	for _, c := range []struct {
		status  int
		body    string
		means   error // nil: none of the sentinels
		message string
	}{
		{404, `"Not Found"`, spec.ErrNotFound, "Not Found"},
		{404, `{"error":"version not found: 1.0.0"}`, spec.ErrNotFound, "version not found: 1.0.0"},
		{410, ``, spec.ErrNotFound, ""},
		{401, `{"message":"unauthorized"}`, spec.ErrRefused, "unauthorized"},
		{403, `{"error":"Forbidden","message":"no access"}`, spec.ErrRefused, "Forbidden: no access"},
		{500, `<html><head><title>Bad &amp; broken</title></head><body>x</body></html>`, nil, "Bad & broken"},
		{501, "<p>not\x1b[31m here</p>", nil, "not [31m here"},
		{418, strings.Repeat("long ", 1000), nil, "long"},
	} {
		t.Run(fmt.Sprint(c.status, c.message), func(t *testing.T) {
			g := NewWithT(t)
			client := serve(t, answer(c.status, c.body, "npm-notice", "read\t  me"))
			_, err := client.Manifest(t.Context(), scoped, "1.0.0")

			var refused *npm.Error
			g.Expect(errors.As(err, &refused)).To(BeTrue(), "%v", err)
			g.Expect(refused.Status).To(Equal(c.status))
			g.Expect(refused.Message).To(HavePrefix(c.message))
			g.Expect(len(refused.Message)).To(BeNumerically("<", 500))
			g.Expect(err.Error()).To(And(ContainSubstring("reading the manifest of @s/p@1.0.0"), ContainSubstring("read me"),
				Not(ContainSubstring("\x1b")), Not(ContainSubstring("fresh="))))
			for _, sentinel := range []error{spec.ErrNotFound, spec.ErrRefused} {
				g.Expect(errors.Is(err, sentinel)).To(Equal(sentinel == c.means), sentinel.Error())
			}
		})
	}
}

func TestReadsAreRepeated(t *testing.T) {
	breakOff := func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }
	half := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, `{"lat`)
	}
	for name, failure := range map[string]http.HandlerFunc{
		"500": answer(500, ""), "503": answer(503, "busy", "Retry-After", "0"), "429": answer(429, ""),
		"reset": breakOff, "broken off": half,
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			var calls atomic.Int32
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if calls.Add(1) < 3 {
					failure(w, r)
					return
				}
				answer(200, `{"latest":"1.0.0"}`)(w, r)
			})
			tags, err := client.DistTags(t.Context(), scoped)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(tags).To(HaveLen(1))
			g.Expect(calls.Load()).To(Equal(int32(3)))
		})
	}
}

func TestRetryAfterIsHonouredUpToPatience(t *testing.T) {
	for _, c := range []struct {
		retryAfter string
		calls      int
		waited     time.Duration
	}{
		{"7", 2, 7 * time.Second},
		{"1934", 1, 0}, // seen on npm: the caller has better to do than sit it out
	} {
		synctest.Test(t, func(t *testing.T) {
			g := NewWithT(t)
			calls := 0
			client := clientOf(t, "https://registry.example.test", func(o *npm.Options) {
				o.Transport = wire(func(w http.ResponseWriter, r *http.Request) {
					if calls++; calls == 1 {
						answer(429, "<html>slow down</html>", "Retry-After", c.retryAfter)(w, r)
						return
					}
					answer(200, `{}`)(w, r)
				})
			})
			start := time.Now()
			_, err := client.DistTags(t.Context(), scoped)
			g.Expect(calls).To(Equal(c.calls))
			g.Expect(time.Since(start)).To(Equal(c.waited))
			var refused *npm.Error
			if errors.As(err, &refused) {
				g.Expect(refused.RetryAfter).To(Equal(1934 * time.Second))
				g.Expect(errors.Is(err, spec.ErrNotFound)).To(BeFalse())
			}
			g.Expect(err == nil).To(Equal(c.calls == 2))
		})
	}
}

func TestReadsAreBounded(t *testing.T) {
	g := NewWithT(t)
	var calls atomic.Int32
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		w.Header().Set("Content-Encoding", "gzip")
		packed := gzip.NewWriter(w)
		_, _ = io.WriteString(packed, `{"name":"@s/p","version":"1.0.0","readme":"`)
		filler := strings.Repeat("a", 1<<20)
		for range 9 {
			_, _ = io.WriteString(packed, filler)
		}
		_, _ = io.WriteString(packed, `"}`)
		_ = packed.Close()
	})
	_, err := client.Manifest(t.Context(), scoped, "1.0.0")
	g.Expect(err).To(MatchError(ContainSubstring("more than 3072 KiB")))
	g.Expect(calls.Load()).To(Equal(int32(2)), "in its turn once more, and no more")
}

func TestAnotherManifestIsNoAnswer(t *testing.T) {
	g := NewWithT(t)
	for _, body := range []string{
		`{"name":"@s/p","version":"1.0.1"}`, `{"name":"q","version":"1.0.0"}`, `{}`, `[]`, `nonsense`,
	} {
		_, err := serve(t, answer(200, body)).Manifest(t.Context(), scoped, "1.0.0")
		g.Expect(err).To(HaveOccurred(), body)
		g.Expect(err).NotTo(MatchError(spec.ErrNotFound))
	}
}

func TestATokenForReadingStaysAtTheRegistry(t *testing.T) {
	g := NewWithT(t)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.Expect(r.Header).NotTo(HaveKey("Authorization"))
		answer(200, `{"latest":"1.0.0"}`)(w, r)
	}))
	defer elsewhere.Close()
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		g.Expect(r.Header.Get("Authorization")).To(Equal("Bearer read-token"))
		http.Redirect(w, r, elsewhere.URL+r.URL.Path, http.StatusFound)
	}, func(o *npm.Options) { o.AlwaysAuth = true }).ReadBy(token("read-token"))

	tags, err := client.DistTags(t.Context(), scoped)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(tags).To(HaveLen(1))
	g.Expect(client.TarballExists(t.Context(), scoped, elsewhere.URL+"/p.tgz")).To(Succeed())
	g.Expect(client.TarballExists(t.Context(), scoped, client.Registry()+"p.tgz")).To(Succeed())
}

func TestNoTokenWithoutTLS(t *testing.T) {
	g := NewWithT(t)
	client := clientOf(t, "http://registry.example.test", func(o *npm.Options) {
		o.Transport = wire(func(http.ResponseWriter, *http.Request) { t.Error("something was sent") })
	})
	_, err := client.WhoAmI(t.Context())
	g.Expect(err).To(MatchError(And(ContainSubstring("without TLS"), Not(ContainSubstring(session)))))
	g.Expect(client.Publish(t.Context(), publication("x"), credential())).To(MatchError(ContainSubstring("without TLS")))
}

func TestNoRedirectFromHTTPSToHTTP(t *testing.T) {
	g := NewWithT(t)
	calls := 0
	client := clientOf(t, "https://registry.example.test", func(o *npm.Options) {
		o.Transport = wire(func(w http.ResponseWriter, r *http.Request) {
			calls++
			http.Redirect(w, r, "http://registry.example.test/", http.StatusFound)
		})
	})
	_, err := client.DistTags(t.Context(), scoped)
	g.Expect(err).To(MatchError(ContainSubstring("from https to http")))
	g.Expect(calls).To(Equal(1))
}

func TestTarballs(t *testing.T) {
	for name, c := range map[string]struct {
		path   string
		answer func(r *http.Request) int
		means  error
		asked  string
	}{
		"there":           {"/p.tgz", func(*http.Request) int { return 200 }, nil, "HEAD /p.tgz?fresh="},
		"signed":          {"/p.tgz?sig=a%2fb", func(*http.Request) int { return 200 }, nil, "HEAD /p.tgz?sig=a%2fb"},
		"missing":         {"/p.tgz", func(*http.Request) int { return 404 }, spec.ErrNotFound, "HEAD /p.tgz"},
		"gone":            {"/p.tgz", func(*http.Request) int { return 410 }, spec.ErrNotFound, "HEAD /p.tgz"},
		"no HEAD there":   {"/p.tgz", onlyGet(206), nil, "GET /p.tgz"},
		"no HEAD missing": {"/p.tgz", onlyGet(404), spec.ErrNotFound, "GET /p.tgz"},
		"no range":        {"/p.tgz", onlyGet(200), nil, "GET /p.tgz"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			var last string
			client := serve(t, func(w http.ResponseWriter, r *http.Request) {
				last = r.Method + " " + r.RequestURI
				if r.Method == http.MethodGet {
					g.Expect(r.Header.Get("Range")).To(Equal("bytes=0-0"))
				}
				w.WriteHeader(c.answer(r))
			})
			err := client.TarballExists(t.Context(), scoped, strings.TrimSuffix(client.Registry(), "/")+c.path)
			if c.means == nil {
				g.Expect(err).NotTo(HaveOccurred())
			} else {
				g.Expect(err).To(MatchError(c.means))
			}
			g.Expect(last).To(HavePrefix(c.asked))
		})
	}
	g := NewWithT(t)
	for _, bad := range []string{"", "p.tgz", "file:///etc/passwd", "http://", "ftp://registry.example.test/p.tgz", ":"} {
		err := serve(t, answer(200, "")).TarballExists(t.Context(), scoped, bad)
		g.Expect(err).To(HaveOccurred(), bad)
		g.Expect(err).NotTo(MatchError(spec.ErrNotFound))
	}
}

func onlyGet(status int) func(*http.Request) int {
	return func(r *http.Request) int {
		if r.Method == http.MethodHead {
			return http.StatusMethodNotAllowed
		}
		return status
	}
}

func TestRegistriesThatAreNone(t *testing.T) {
	g := NewWithT(t)
	for _, bad := range []string{"ftp://registry.example.test", "registry.example.test", "https://",
		"https://u:secret@registry.example.test", "https://registry.example.test/?a=b", "https://registry.example.test/#f"} {
		u, err := url.Parse(bad)
		g.Expect(err).NotTo(HaveOccurred())
		_, err = npm.New(npm.Options{Registry: u})
		g.Expect(err).To(MatchError(Not(ContainSubstring("secret"))), bad)
	}
	_, err := npm.New(npm.Options{})
	g.Expect(err).To(HaveOccurred())
}

func TestAbsurdDistTagsAreNoAnswer(t *testing.T) {
	for _, tags := range []string{`{"` + strings.Repeat("x", 151) + `":"1.0.0"}`, `{"latest":"` + strings.Repeat("1", 401) + `"}`} {
		g := NewWithT(t)
		_, err := serve(t, answer(200, tags)).DistTags(t.Context(), scoped)
		g.Expect(err).To(MatchError(ContainSubstring("reading the dist-tags of @s/p: the registry's answer is not what it should be")))
		g.Expect(len(err.Error())).To(BeNumerically("<", 300))
	}
}
