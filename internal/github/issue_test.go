package github_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/github"
)

const (
	label  = "npm-drift"
	marker = "<!-- facets-reconcile drift: facets -->"
)

// tracker is a repository's issues as GitHub's REST API serves them (docs: "Issues", "Labels").
type tracker struct {
	labels  []string
	issues  []map[string]any // the oldest first; numbers are places from 1
	perPage int              // at most
	dropped bool             // labels of new issues are dropped, as where the token may not set them

	mu      sync.Mutex
	written []string // "METHOD path body" of what changes something
	refuse  func(r *http.Request) int
}

func (t *tracker) add(state, body string, more ...string) {
	issue := map[string]any{"number": len(t.issues) + 1, "state": state, "title": "npm drift", "body": body,
		"html_url": fmt.Sprintf("https://github.example.test/o/r/issues/%d", len(t.issues)+1),
		"labels":   []any{map[string]any{"name": label}}}
	if slices.Contains(more, "pull request") {
		issue["pull_request"] = map[string]any{"url": "https://github.example.test/o/r/pulls/1"}
	}
	if slices.Contains(more, "no label") {
		issue["labels"] = []any{}
	}
	t.issues = append(t.issues, issue)
}

func (t *tracker) serve(test *testing.T) *github.Client {
	test.Helper()
	server := httptest.NewServer(t)
	test.Cleanup(server.Close)
	return client(test, server.URL, "ghs_0123456789")
}

func (t *tracker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	t.mu.Lock()
	defer t.mu.Unlock()
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	fail := func(status int, message string) {
		w.WriteHeader(status)
		reply(w, map[string]any{"message": message, "documentation_url": "https://docs.github.com/rest"})
	}
	if t.refuse != nil {
		if status := t.refuse(r); status != 0 {
			fail(status, http.StatusText(status))
			return
		}
	}
	var body map[string]any
	path, ok := strings.CutPrefix(r.URL.Path, "/api/repos/o/r/")
	if !ok || r.Header.Get("Authorization") != "Bearer ghs_0123456789" {
		fail(404, "Not Found")
		return
	}
	if r.Method != http.MethodGet {
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			fail(400, "Problems parsing JSON")
			return
		}
		text, _ := json.Marshal(body)
		t.written = append(t.written, fmt.Sprintf("%s %s %s", r.Method, path, text))
	}
	name, isLabel := strings.CutPrefix(path, "labels/")
	number, _ := strconv.Atoi(strings.TrimPrefix(path, "issues/"))
	switch {
	case r.Method == http.MethodGet && isLabel && slices.Contains(t.labels, name):
		reply(w, map[string]any{"name": name})
	case r.Method == http.MethodPost && path == "labels" && slices.Contains(t.labels, body["name"].(string)):
		fail(422, "Validation Failed")
	case r.Method == http.MethodPost && path == "labels":
		t.labels = append(t.labels, body["name"].(string))
		w.WriteHeader(http.StatusCreated)
		reply(w, body)
	case r.Method == http.MethodGet && path == "issues":
		t.list(w, r)
	case r.Method == http.MethodPost && path == "issues":
		more := ""
		if t.dropped || !slices.Contains(t.labels, label) {
			more = "no label"
		}
		t.add("open", body["body"].(string), more)
		w.WriteHeader(http.StatusCreated)
		reply(w, t.issues[len(t.issues)-1])
	case r.Method == http.MethodPatch && number > 0 && number <= len(t.issues):
		for field, value := range body {
			t.issues[number-1][field] = value
		}
		reply(w, t.issues[number-1])
	default:
		fail(404, "Not Found")
	}
}

// list serves a page of issues and pull requests with the label, the newest first.
func (t *tracker) list(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	found := []any{}
	for _, issue := range slices.Backward(t.issues) {
		labelled := strings.Contains(fmt.Sprint(issue["labels"]), "name:"+query.Get("labels"))
		if labelled && (query.Get("state") == "all" || issue["state"] == "open") {
			found = append(found, issue)
		}
	}
	page, _ := strconv.Atoi(query.Get("page"))
	size, _ := strconv.Atoi(query.Get("per_page"))
	if t.perPage > 0 {
		size = min(size, t.perPage)
	}
	page = max(page, 1)
	if page*size < len(found) {
		w.Header().Set("Link", fmt.Sprintf(`<http://%s%s?page=%d>; rel="next"`, r.Host, r.URL.Path, page+1))
	}
	reply(w, found[min((page-1)*size, len(found)):min(page*size, len(found))])
}

func wanted(body string, open bool) github.Issue {
	return github.Issue{Label: label, Marker: marker, Title: "npm drift: facets", Body: body + "\n" + marker + "\n", Open: open}
}

func TestAnIssueLives(t *testing.T) {
	g := NewWithT(t)
	repo := &tracker{}
	c := repo.serve(t)
	const address = "https://github.example.test/o/r/issues/1"
	for _, step := range []struct {
		body   string
		open   bool
		change github.IssueChange
		at     string
		sent   []string
	}{
		{"clean", false, github.IssueKept, "", nil},
		{"one", true, github.IssueOpened, address, []string{
			`POST labels {"color":"b60205","description":"What npm shows`, `POST issues {"body":"one\n\u003c!--`}},
		{"one", true, github.IssueKept, address, nil},
		{"two", true, github.IssueEdited, address, []string{`PATCH issues/1 {"body":"two\n`}},
		{"clean", false, github.IssueClosed, address, []string{`PATCH issues/1 {"body":"clean\n`}},
		{"clean, in other words", false, github.IssueKept, address, nil},
		{"three", true, github.IssueReopened, address, []string{`PATCH issues/1 {"body":"three\n`}},
		{"three", true, github.IssueKept, address, nil},
	} {
		repo.written = nil
		change, at, err := c.Settle(t.Context(), wanted(step.body, step.open))
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(change).To(Equal(step.change), step.body)
		g.Expect(at).To(Equal(step.at))
		g.Expect(repo.written).To(HaveLen(len(step.sent)), step.body)
		for i, sent := range step.sent {
			g.Expect(repo.written[i]).To(HavePrefix(sent))
		}
	}
	g.Expect(repo.issues).To(HaveLen(1))
	g.Expect(repo.issues[0]["state"]).To(Equal("open"))
}

func TestAClosedIssueSaysWhy(t *testing.T) {
	g := NewWithT(t)
	repo := &tracker{}
	repo.add("open", marker)
	_, _, err := repo.serve(t).Settle(t.Context(), wanted("clean", false))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(repo.issues[0]).To(And(HaveKeyWithValue("state", "closed"), HaveKeyWithValue("state_reason", "completed")))
}

func TestTheIssueIsFoundAmongOthers(t *testing.T) {
	for name, test := range map[string]struct {
		issues func(*tracker)
		number int
		change github.IssueChange
	}{
		"not a pull request": {func(r *tracker) { r.add("open", marker, "pull request") }, 2, github.IssueOpened},
		"not another project's": {func(r *tracker) {
			r.add("open", "<!-- facets-reconcile drift: facets-too -->")
			r.add("closed", "no marker")
		}, 3, github.IssueOpened},
		"an open one before a newer closed one": {func(r *tracker) {
			r.add("open", "x\r\n"+marker+"\r\n")
			r.add("closed", marker)
		}, 1, github.IssueKept},
		"on a later page": {func(r *tracker) {
			r.perPage = 2
			r.add("closed", "the one "+marker)
			for range 5 {
				r.add("open", "another")
			}
		}, 1, github.IssueReopened},
		"what people did to its title and labels aside": {func(r *tracker) {
			r.add("open", "x\n"+marker)
			r.issues[0]["title"] = "npm is wrong"
		}, 1, github.IssueKept},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			repo := &tracker{labels: []string{label}}
			test.issues(repo)
			change, at, err := repo.serve(t).Settle(t.Context(), wanted("x", true))
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(change).To(Equal(test.change))
			g.Expect(at).To(HaveSuffix(fmt.Sprintf("/issues/%d", test.number)))
		})
	}
}

func TestALabelThatSomebodyElseMakesMeanwhile(t *testing.T) {
	g := NewWithT(t)
	repo := &tracker{labels: []string{label}}
	repo.refuse = func(r *http.Request) int {
		if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/labels/") {
			return http.StatusNotFound
		}
		return 0
	}
	change, _, err := repo.serve(t).Settle(t.Context(), wanted("x", true))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(change).To(Equal(github.IssueOpened))
}

func TestAnIssueWithoutItsLabelIsAnError(t *testing.T) {
	g := NewWithT(t)
	_, _, err := (&tracker{dropped: true}).serve(t).Settle(t.Context(), wanted("x", true))
	g.Expect(err).To(MatchError(And(ContainSubstring("#1 of o/r"), ContainSubstring("without its label npm-drift"))))
}

func TestIssuesThatCannotBeWritten(t *testing.T) {
	for name, test := range map[string]struct {
		method, path string
		status       int
		said         []string
	}{
		"issues are switched off":       {"GET", "/issues", 410, []string{"listing the issues of o/r", "switched off", "--github-issue"}},
		"the token is of another":       {"GET", "/issues", 404, []string{"listing the issues", "Issues: read and write"}},
		"the token may not make labels": {"POST", "/labels", 403, []string{"making the label npm-drift", "Issues: read and write"}},
		"the token may not open":        {"POST", "/issues", 403, []string{"opening an issue of o/r", "Issues: read and write"}},
		"the token may not edit":        {"PATCH", "/issues/1", 403, []string{"editing the issue #1 of o/r", "Issues: read and write"}},
		"the token is none":             {"GET", "/issues", 401, []string{"does not take the token"}},
		"GitHub is out of order":        {"GET", "/issues", 502, []string{"listing the issues of o/r", "502"}},
		"the body is refused":           {"POST", "/issues", 422, []string{"opening an issue", "422"}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			repo := &tracker{refuse: func(r *http.Request) int {
				if r.Method == test.method && strings.HasSuffix(r.URL.Path, test.path) {
					return test.status
				}
				return 0
			}}
			if test.method == "PATCH" {
				repo.add("open", marker)
			}
			_, _, err := repo.serve(t).Settle(t.Context(), wanted("x", true))
			for _, part := range test.said {
				g.Expect(err).To(MatchError(ContainSubstring(part)))
			}
			g.Expect(err.Error()).NotTo(ContainSubstring("ghs_"))
		})
	}
}

func TestTheRateLimitOfIssues(t *testing.T) {
	g := NewWithT(t)
	address, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-RateLimit-Remaining", "0")
		w.Header().Set("X-RateLimit-Reset", "1790000000")
		w.WriteHeader(http.StatusForbidden)
		reply(w, map[string]any{"message": "API rate limit exceeded"})
	})
	_, _, err := client(t, address, "ghs_0123456789").Settle(t.Context(), wanted("x", true))
	g.Expect(err).To(MatchError(ContainSubstring("rate limit is used up until 2026-09-21")))
}

func TestARepositoryWithTooManyLabelledIssues(t *testing.T) {
	g := NewWithT(t)
	asked := 0
	address, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked++
		w.Header().Set("Link", fmt.Sprintf(`<http://%s/x?page=%d>; rel="next"`, r.Host, asked+1))
		reply(w, []any{nil, map[string]any{"number": 1, "state": "open", "body": "another"}})
	})
	_, _, err := client(t, address, "ghs_0123456789").Settle(t.Context(), wanted("x", true))
	g.Expect(err).To(MatchError(ContainSubstring("more than 2000 have the label npm-drift")))
	g.Expect(asked).To(Equal(20))
}

func TestTheAddressOfAnIssueSteersNoTerminal(t *testing.T) {
	g := NewWithT(t)
	repo := &tracker{}
	repo.add("open", "x\n"+marker)
	repo.issues[0]["html_url"] = "https://x/\u001b]0;y\u0007"
	_, at, err := repo.serve(t).Settle(t.Context(), wanted("x", true))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(at).To(Equal("#1"))
}
