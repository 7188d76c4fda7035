package github_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/github"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	. "github.com/onsi/gomega"
)

var _ desired.TagLister = (*github.Client)(nil)

const (
	commitHash = "1111111111111111111111111111111111111111"
	tagHash    = "2222222222222222222222222222222222222222"
	outerHash  = "3333333333333333333333333333333333333333"
)

// serve starts a server that notes each request as "path?query authorization".
func serve(t *testing.T, handler http.HandlerFunc) (address string, requests func() []string) {
	t.Helper()
	var mu sync.Mutex
	var seen []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		seen = append(seen, strings.TrimSpace(r.URL.RequestURI()+" "+r.Header.Get("Authorization")))
		mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		handler(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return append([]string(nil), seen...)
	}
}

func client(t *testing.T, address, token string) *github.Client {
	t.Helper()
	c, err := github.New(github.Options{BaseURL: address + "/api", Token: spec.NewSecret(token), Repository: "o/r",
		HTTP: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}})
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return c
}

func object(kind, sha string) map[string]any { return map[string]any{"type": kind, "sha": sha} }

func ref(tag, kind, sha string) map[string]any {
	return map[string]any{"ref": "refs/tags/" + tag, "object": object(kind, sha)}
}

func reply(w http.ResponseWriter, value any) {
	_ = json.NewEncoder(w).Encode(value) // a client that went away shows in the test itself
}

func TestTagsOfAllPages(t *testing.T) {
	g := NewWithT(t)
	var address string
	address, requests := serve(t, func(w http.ResponseWriter, r *http.Request) {
		page, _ := strconv.Atoi(r.URL.Query().Get("page"))
		if page < 2 {
			w.Header().Set("Link", fmt.Sprintf(`<%s%s?per_page=100&page=%d>; rel="next"`, address, r.URL.Path, max(page, 1)+1))
		}
		reply(w, []any{ref(fmt.Sprintf("@s/p@1.0.%d", page), "commit", commitHash), ref(fmt.Sprintf("@s/p@2.0.%d", page), "tag", tagHash),
			ref("@s/other@1.0.0", "commit", commitHash)})
	})
	tags, err := client(t, address, "").Tags(t.Context(), "@s/p@")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(tags).To(Equal([]desired.Tag{
		{Name: "@s/p@1.0.0", Commit: commitHash}, {Name: "@s/p@2.0.0"},
		{Name: "@s/p@1.0.2", Commit: commitHash}, {Name: "@s/p@2.0.2"},
	}))
	g.Expect(requests()).To(Equal([]string{
		"/api/repos/o/r/git/matching-refs/tags/@s/p@?per_page=100",
		"/api/repos/o/r/git/matching-refs/tags/@s/p@?page=2&per_page=100",
	}))
}

func TestTagsOfAServerThatServesEveryPageAlike(t *testing.T) {
	g := NewWithT(t)
	address, requests := serve(t, func(w http.ResponseWriter, r *http.Request) {
		page, _ := strconv.Atoi(r.URL.Query().Get("page"))
		w.Header().Set("Link", fmt.Sprintf(`<http://127.0.0.1/x?page=%d>; rel="next"`, page+1))
		reply(w, []any{ref("v1.0.0", "commit", commitHash)})
	})
	tags, err := client(t, address, "").Tags(t.Context(), "v")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(tags).To(HaveLen(1))
	g.Expect(requests()).To(HaveLen(2))
}

func TestTagsOfARepositoryWithoutAny(t *testing.T) {
	g := NewWithT(t)
	for _, status := range []int{http.StatusOK, http.StatusConflict} {
		address, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			if status == http.StatusOK {
				reply(w, []any{})
			} else {
				reply(w, map[string]any{"message": "Git Repository is empty."})
			}
		})
		tags, err := client(t, address, "").Tags(t.Context(), "")
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(tags).To(BeEmpty())
	}
}

func TestCommitBehindTags(t *testing.T) {
	address, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch strings.TrimPrefix(r.URL.Path, "/api/repos/o/r/git/") {
		case "ref/tags/@s/light@1.0.0":
			reply(w, ref("@s/light@1.0.0", "commit", commitHash))
		case "ref/tags/annotated":
			reply(w, ref("annotated", "tag", tagHash))
		case "ref/tags/nested":
			reply(w, ref("nested", "tag", outerHash))
		case "ref/tags/blob":
			reply(w, ref("blob", "blob", commitHash))
		case "ref/tags/endless":
			reply(w, ref("endless", "tag", "4444"))
		case "tags/" + tagHash:
			reply(w, map[string]any{"object": object("commit", commitHash)})
		case "tags/" + outerHash:
			reply(w, map[string]any{"object": object("tag", tagHash)})
		case "tags/4444":
			reply(w, map[string]any{"object": object("tag", "4444")})
		default:
			http.Error(w, `{"message": "Not Found"}`, http.StatusNotFound)
		}
	})
	for _, tag := range []string{"@s/light@1.0.0", "annotated", "nested"} {
		commit, err := client(t, address, "").Commit(t.Context(), tag)
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
		NewWithT(t).Expect(commit).To(Equal(commitHash), tag)
	}
	for tag, want := range map[string]string{"blob": `leads to a "blob"`, "endless": "more than 8 tags", "absent": "not found"} {
		_, err := client(t, address, "").Commit(t.Context(), tag)
		NewWithT(t).Expect(err).To(MatchError(And(ContainSubstring(want), ContainSubstring(tag), ContainSubstring("o/r"))))
	}
}

func TestErrorsSayWhatToDo(t *testing.T) {
	const token = "ghp_s3cret"
	reset := time.Date(2026, 10, 1, 12, 30, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		status  int
		header  map[string]string
		message string
		without []string // what the error says without a token
		with    []string // and with one
	}{
		"rate limit": {
			status:  http.StatusForbidden,
			header:  map[string]string{"X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": fmt.Sprint(reset.Unix())},
			without: []string{"rate limit is used up until 2026-10-01T12:30:00Z", "set GITHUB_TOKEN", "a token of any user"},
			with:    []string{"rate limit is used up until 2026-10-01T12:30:00Z", "belongs to"},
		},
		"secondary rate limit": {
			status:  http.StatusForbidden,
			header:  map[string]string{"Retry-After": "90"},
			message: "You have exceeded a secondary rate limit",
			without: []string{"try again after 1m30s", "set GITHUB_TOKEN"},
			with:    []string{"try again after 1m30s"},
		},
		"not visible":  {status: http.StatusNotFound, without: []string{"not found or not visible; set GITHUB_TOKEN"}, with: []string{"GITHUB_TOKEN may lack"}},
		"bad token":    {status: http.StatusUnauthorized, without: []string{"GITHUB_TOKEN"}, with: []string{"does not take the token"}},
		"forbidden":    {status: http.StatusForbidden, without: []string{"GitHub refuses; set GITHUB_TOKEN"}, with: []string{"may lack the permission"}},
		"server error": {status: http.StatusBadGateway, without: []string{"502"}, with: []string{"502"}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			address, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				for key, value := range test.header {
					w.Header().Set(key, value)
				}
				documentation := ""
				if strings.Contains(name, "secondary") {
					documentation = "https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"
				}
				w.WriteHeader(test.status)
				reply(w, map[string]any{"message": test.message, "documentation_url": documentation})
			})
			for held, parts := range map[string][]string{"": test.without, token: test.with} {
				_, err := client(t, address, held).Tags(t.Context(), "v")
				g.Expect(err).To(MatchError(ContainSubstring("listing tags of o/r")))
				for _, part := range parts {
					g.Expect(err).To(MatchError(ContainSubstring(part)))
				}
				g.Expect(fmt.Sprintf("%+v %#v", err, err)).NotTo(ContainSubstring(token))
				if strings.Contains(name, "limit") {
					g.Expect(err.Error()).NotTo(ContainSubstring("http"), "an address is of no use here")
				}
			}
		})
	}
}

func TestWhatIsNotGitHubIsNamed(t *testing.T) {
	for name, body := range map[string]string{"bytes": "\x1f\x8b\x08", "a page": "<html>", "other JSON": `{"ok": true}`} {
		g := NewWithT(t)
		address, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) })
		_, err := client(t, address, "").Tags(t.Context(), "v")
		host := strings.TrimSuffix(strings.TrimPrefix(address, "http://"), "/api")
		g.Expect(err).To(MatchError(And(ContainSubstring(host+" does not answer as GitHub's API does"),
			Not(ContainSubstring("invalid character")), Not(ContainSubstring("unmarshal")))), name)
	}
}

func TestAGitHubThatIsNotReachedIsNamed(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	_, err := client(t, server.URL, "").Tags(t.Context(), "")
	NewWithT(t).Expect(err).To(MatchError(ContainSubstring("cannot connect to " + strings.TrimPrefix(server.URL, "http://") + ": ")))
}

func TestTheTokenStaysAtItsOrigin(t *testing.T) {
	g := NewWithT(t)
	elsewhere, strayed := serve(t, func(w http.ResponseWriter, _ *http.Request) { reply(w, []any{}) })
	home, seen := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/api") { // a renamed repository: first to this origin, then to another
			http.Redirect(w, r, "/renamed", http.StatusMovedPermanently)
			return
		}
		http.Redirect(w, r, elsewhere+"/stray", http.StatusMovedPermanently)
	})
	_, err := client(t, home, "ghp_s3cret").Tags(t.Context(), "v")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(seen()).To(Equal([]string{
		"/api/repos/o/r/git/matching-refs/tags/v?per_page=100 Bearer ghp_s3cret",
		"/renamed Bearer ghp_s3cret",
	}))
	g.Expect(strayed()).To(Equal([]string{"/stray"}))
}

func TestNewRefusesBadOptions(t *testing.T) {
	for name, test := range map[string]struct {
		options github.Options
		want    string
	}{
		"no repository":     {github.Options{}, "owner/repo"},
		"a URL":             {github.Options{Repository: "https://github.com/o/r"}, "owner/repo"},
		"no scheme":         {github.Options{Repository: "o/r", BaseURL: "github.example.test/api"}, "GITHUB_API_URL"},
		"credentials":       {github.Options{Repository: "o/r", BaseURL: "https://u:s3cret@github.example.test/"}, "holds no credentials"},
		"unencrypted token": {github.Options{Repository: "o/r", BaseURL: "http://github.example.test/", Token: spec.NewSecret("s3cret")}, "unencrypted"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := github.New(test.options)
			NewWithT(t).Expect(err).To(MatchError(And(ContainSubstring(test.want), Not(ContainSubstring("s3cret")))))
		})
	}
	_, err := github.New(github.Options{Repository: "o/r", Token: spec.NewSecret("token")})
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
}
