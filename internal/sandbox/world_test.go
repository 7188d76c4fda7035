package sandbox_test

import (
	"bytes"
	"context"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-github/v60/github"
	. "github.com/onsi/gomega"
	"go.uber.org/goleak"

	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

// filesWith returns the files below dir that hold one of the words.
func filesWith(t *testing.T, dir string, words ...string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		for _, word := range words {
			if bytes.Contains(data, []byte(word)) {
				found = append(found, path)
			}
		}
		return err
	})
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return found
}

func TestFolder(t *testing.T) {
	g := NewWithT(t)
	dir := filepath.Join(t.TempDir(), "a", ".facets-sandbox")
	o := sandbox.Options{Dir: dir, Repository: "o/r", Tags: func() ([]string, error) { return []string{"v2.0.0", "v1.0.0"}, nil }}
	w, err := sandbox.Open(o)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(w.Tag("@s/p@1.0.0")).To(Succeed())
	g.Expect(w.Tag("@s/p@1.0.0")).To(Succeed())
	g.Expect(os.ReadFile(filepath.Join(dir, ".gitignore"))).To(BeEquivalentTo("*\n"))

	again, err := sandbox.Open(sandbox.Options{Dir: dir, Repository: "o/r", Tags: func() ([]string, error) { return []string{"v3.0.0"}, nil }})
	g.Expect(err).NotTo(HaveOccurred())
	answer := httptest.NewRecorder()
	again.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/github/repos/o/r/git/matching-refs/tags/", nil))
	g.Expect(regexp.MustCompile(`"refs/tags/[^"]+"`).FindAllString(answer.Body.String(), -1)).
		To(Equal([]string{`"refs/tags/@s/p@1.0.0"`, `"refs/tags/v1.0.0"`, `"refs/tags/v2.0.0"`}), "those of the first time, and not v3.0.0")
	g.Expect(again.Head()).To(And(Equal(w.Head()), MatchRegexp(`^[0-9a-f]{40}$`)))

	g.Expect(sandbox.Reset(dir)).To(Succeed())
	g.Expect(dir).NotTo(BeADirectory())
	g.Expect(sandbox.Reset(dir)).To(Succeed(), "there is nothing any more")
	g.Expect(w.Tag("v4.0.0")).NotTo(Succeed(), "its folder is gone")
}

func TestASandboxThatIsServedIsNotReset(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	w, err := sandbox.Open(sandbox.Options{Dir: dir, Repository: "o/r"})
	g.Expect(err).NotTo(HaveOccurred())
	var servers []*sandbox.Server
	for range 2 {
		server, err := w.Serve(t.Context(), "")
		g.Expect(err).NotTo(HaveOccurred())
		servers = append(servers, server)
	}
	for _, server := range servers {
		g.Expect(sandbox.Reset(dir)).To(MatchError(ContainSubstring("end that first")))
		g.Expect(w.Tag("v1.0.0")).To(Succeed(), "it is all there still")
		g.Expect(server.Close(t.Context())).To(Succeed())
	}
	g.Expect(sandbox.Reset(dir)).To(Succeed())
	g.Expect(dir).NotTo(BeADirectory())
}

func TestForeignFoldersAreLeftAlone(t *testing.T) {
	g := NewWithT(t)
	dir := t.TempDir()
	mine := filepath.Join(dir, "thesis.txt")
	g.Expect(os.WriteFile(mine, []byte("x"), 0o600)).To(Succeed())
	_, err := sandbox.Open(sandbox.Options{Dir: dir, Repository: "o/r"})
	g.Expect(err).To(MatchError(ContainSubstring("thesis.txt")))
	g.Expect(sandbox.Reset(dir)).To(MatchError(ContainSubstring("nothing was removed")))
	g.Expect(os.ReadDir(dir)).To(HaveLen(1))

	future := t.TempDir()
	marker := `{"kind":"facets-reconcile sandbox","format":99}`
	g.Expect(os.WriteFile(filepath.Join(future, "world.json"), []byte(marker), 0o600)).To(Succeed())
	_, err = sandbox.Open(sandbox.Options{Dir: future, Repository: "o/r"})
	g.Expect(err).To(MatchError(ContainSubstring("format is 99")))
	g.Expect(sandbox.Reset(future)).To(Succeed())
}

func TestBadOptions(t *testing.T) {
	for name, o := range map[string]sandbox.Options{
		"no folder":      {Repository: "o/r"},
		"no repository":  {Dir: t.TempDir()},
		"bad repository": {Dir: t.TempDir(), Repository: "github.com/o/r"},
		"bad tag":        {Dir: t.TempDir(), Repository: "o/r", Tags: func() ([]string, error) { return []string{"a b"}, nil }},
	} {
		_, err := sandbox.Open(o)
		NewWithT(t).Expect(err).To(HaveOccurred(), name)
	}
}

func TestGitHub(t *testing.T) {
	s := serve(t, sandbox.Options{Tags: func() ([]string, error) {
		return []string{"@agent-facets/adapter@1.0.0", "agent-facets@0.1.0", "agent-facets@0.2.0", "agent-facets@0.3.0", "other@1.0.0"}, nil
	}})
	s.Expect(s.world.TagAnnotated("agent-facets@0.4.0")).To(Succeed())
	client := github.NewClient(nil)
	base, err := url.Parse(s.url + "/github/")
	s.Expect(err).NotTo(HaveOccurred())
	client.BaseURL = base
	list := func(prefix string, perPage int) (names []string, pages int) {
		o := &github.ReferenceListOptions{Ref: "tags/" + prefix, ListOptions: github.ListOptions{PerPage: perPage}}
		for {
			refs, response, err := client.Git.ListMatchingRefs(t.Context(), "agent-facets", "facets", o)
			s.Expect(err).NotTo(HaveOccurred())
			pages++
			for _, ref := range refs {
				names = append(names, ref.GetRef())
			}
			if response.NextPage == 0 {
				return names, pages
			}
			o.Page = response.NextPage
		}
	}
	names, pages := list("agent-facets@", 3)
	s.Expect(names).To(Equal([]string{
		"refs/tags/agent-facets@0.1.0", "refs/tags/agent-facets@0.2.0", "refs/tags/agent-facets@0.3.0", "refs/tags/agent-facets@0.4.0",
	}))
	s.Expect(pages).To(Equal(2))
	names, pages = list("", 0)
	s.Expect(names).To(HaveLen(6))
	s.Expect(pages).To(Equal(1))
	names, _ = list("@agent-facets/adapter@", 0)
	s.Expect(names).To(Equal([]string{"refs/tags/@agent-facets/adapter@1.0.0"}))
	names, _ = list("none", 0)
	s.Expect(names).To(BeEmpty())

	ref, _, err := client.Git.GetRef(t.Context(), "agent-facets", "facets", "tags/@agent-facets/adapter@1.0.0")
	s.Expect(err).NotTo(HaveOccurred())
	s.Expect(ref.GetObject().GetType()).To(Equal("commit"))
	s.Expect(ref.GetObject().GetSHA()).To(Equal(s.world.Head()))
	ref, _, err = client.Git.GetRef(t.Context(), "agent-facets", "facets", "tags/agent-facets@0.4.0")
	s.Expect(err).NotTo(HaveOccurred())
	s.Expect(ref.GetObject().GetType()).To(Equal("tag"))
	tag, _, err := client.Git.GetTag(t.Context(), "agent-facets", "facets", ref.GetObject().GetSHA())
	s.Expect(err).NotTo(HaveOccurred())
	s.Expect(tag.GetTag()).To(Equal("agent-facets@0.4.0"))
	s.Expect(tag.GetObject().GetSHA()).To(Equal(s.world.Head()))

	_, response, err := client.Git.GetRef(t.Context(), "agent-facets", "facets", "tags/none")
	s.Expect(err).To(HaveOccurred())
	s.Expect(response.StatusCode).To(Equal(404))
	s.Expect(s.get("/github/repos/agent-facets/other/git/matching-refs/tags/").status).To(Equal(404))
}

func TestServing(t *testing.T) {
	g := NewWithT(t)
	w, err := sandbox.Open(sandbox.Options{Dir: t.TempDir(), Repository: "o/r", Middleware: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			switch r.URL.Path {
			case "/fault":
				rw.WriteHeader(http.StatusBadGateway)
			case "/cut":
				panic(http.ErrAbortHandler)
			default:
				next.ServeHTTP(rw, r)
			}
		})
	}})
	g.Expect(err).NotTo(HaveOccurred())
	for _, address := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "example.test:0", "127.0.0.1"} {
		_, err := w.Serve(t.Context(), address)
		g.Expect(err).To(HaveOccurred(), address)
	}

	before := goleak.IgnoreCurrent()
	ctx, cancel := context.WithCancel(t.Context())
	first, err := w.Serve(ctx, "localhost:0")
	g.Expect(err).NotTo(HaveOccurred())
	second, err := w.Serve(t.Context(), "")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(first.GitHub()).To(Equal(first.URL() + "/github"))
	s := &site{WithT: g, t: t, world: w, url: second.URL()}
	s.Expect(s.get(first.URL() + "/-/ping").body).To(MatchJSON(`{}`))
	s.Expect(s.get("/@s%2fp").status).To(Equal(404))
	s.Expect(s.get("/fault").status).To(Equal(502))
	_, err = s.try(http.MethodPut, "/cut", "x")
	s.Expect(err).To(HaveOccurred())
	requests := w.Requests()
	for i := range requests {
		s.Expect(requests[i].At).To(BeTemporally("~", time.Now(), time.Hour))
		requests[i].At = time.Time{}
	}
	s.Expect(requests).To(Equal([]sandbox.Request{
		{Method: "GET", Path: "/-/ping", Status: 200}, {Method: "GET", Path: "/@s%2fp", Status: 404},
		{Method: "GET", Path: "/fault", Status: 502}, {Method: "PUT", Path: "/cut"},
	}))

	cancel()
	g.Expect(first.Wait()).To(Succeed())
	g.Expect(second.Close(t.Context())).To(Succeed())
	g.Expect(second.Wait()).To(Succeed())
	http.DefaultClient.CloseIdleConnections()
	goleak.VerifyNone(t, before)
}
