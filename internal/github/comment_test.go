package github_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/github"
)

const planMarker = "<!-- facets-reconcile plan: facets -->"

// thread is a pull request's comments as GitHub's REST API serves them (docs: "Issue comments"), two a page.
type thread struct {
	comments []map[string]any
	written  []string
	refuse   int // the answer to what writes
}

func (t *thread) add(body, author, association string) {
	id := len(t.comments) + 1
	t.comments = append(t.comments, map[string]any{"id": id, "body": body, "author_association": association,
		"user": map[string]any{"type": author}, "html_url": fmt.Sprintf("https://github.example.test/o/r/pull/7#issuecomment-%d", id)})
}

func (t *thread) serve(test *testing.T) *github.Client {
	test.Helper()
	address, _ := serve(test, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			page, _ := strconv.Atoi(r.URL.Query().Get("page"))
			page = max(page, 1)
			if page*2 < len(t.comments) {
				w.Header().Set("Link", fmt.Sprintf(`<http://%s%s?page=%d>; rel="next"`, r.Host, r.URL.Path, page+1))
			}
			reply(w, t.comments[min((page-1)*2, len(t.comments)):min(page*2, len(t.comments))])
			return
		}
		t.written = append(t.written, r.Method+" "+r.URL.Path)
		var sent struct{ Body string }
		if t.refuse != 0 || json.NewDecoder(r.Body).Decode(&sent) != nil {
			w.WriteHeader(t.refuse)
			reply(w, map[string]any{"message": "Resource not accessible by integration"})
			return
		}
		if r.Method == http.MethodPost {
			t.add(sent.Body, "Bot", "NONE")
			w.WriteHeader(http.StatusCreated)
			reply(w, t.comments[len(t.comments)-1])
			return
		}
		id, _ := strconv.Atoi(filepath.Base(r.URL.Path))
		t.comments[id-1]["body"] = sent.Body
		reply(w, t.comments[id-1])
	})
	return client(test, address, "ghs_0123456789")
}

func TestACommentIsKeptAsOne(t *testing.T) {
	g := NewWithT(t)
	pull := &thread{}
	pull.add("please", "User", "NONE")
	pull.add(planMarker+" by a stranger, who could change it afterwards", "User", "CONTRIBUTOR")
	pull.add("see "+planMarker, "Bot", "NONE")
	c := pull.serve(t)
	const address = "https://github.example.test/o/r/pull/7#issuecomment-4"
	for _, step := range []struct {
		body   string
		change github.CommentChange
		sent   []string
	}{
		{"one", github.CommentMade, []string{"POST /api/repos/o/r/issues/7/comments"}},
		{"one", github.CommentKept, nil},
		{"two", github.CommentEdited, []string{"PATCH /api/repos/o/r/issues/comments/4"}},
	} {
		pull.written = nil
		change, at, err := c.Comment(t.Context(), 7, github.Comment{Marker: planMarker, Body: planMarker + "\n" + step.body})
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(change).To(Equal(step.change), step.body)
		g.Expect(at).To(Equal(address))
		g.Expect(pull.written).To(Equal(step.sent))
	}
	g.Expect(pull.comments).To(HaveLen(4))
	g.Expect(pull.comments[3]["body"]).To(Equal(planMarker + "\ntwo"))
}

func TestTheCommentOfACollaboratorIsKept(t *testing.T) {
	g := NewWithT(t)
	pull := &thread{}
	pull.add(planMarker+"\r\nx\r\n", "User", "COLLABORATOR") // whose token it was
	change, _, err := pull.serve(t).Comment(t.Context(), 7, github.Comment{Marker: planMarker, Body: planMarker + "\nx"})
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(change).To(Equal(github.CommentKept))
}

func TestCommentsThatCannotBeWritten(t *testing.T) {
	for status, said := range map[int]string{
		403: "Pull requests: read and write", 404: "there must be such a pull request", 401: "does not take the token", 422: "422",
	} {
		g := NewWithT(t)
		_, _, err := (&thread{refuse: status}).serve(t).Comment(t.Context(), 7, github.Comment{Marker: planMarker, Body: planMarker})
		g.Expect(err).To(MatchError(And(ContainSubstring("writing a comment to #7 of o/r"), ContainSubstring(said))))
		g.Expect(github.Refused(err)).To(Equal(status != 422), "%d", status)
	}
}

func TestAPullRequestWithTooManyComments(t *testing.T) {
	g := NewWithT(t)
	address, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", fmt.Sprintf(`<http://%s/x?page=2>; rel="next"`, r.Host))
		reply(w, []any{nil, map[string]any{"id": 1}})
	})
	_, _, err := client(t, address, "ghs_0123456789").Comment(t.Context(), 7, github.Comment{Marker: planMarker})
	g.Expect(err).To(MatchError(ContainSubstring("more than 2000 comments")))
}

func TestThePullRequestOfAJob(t *testing.T) {
	event := func(head string) string {
		return `{"pull_request": {"number": 7, "head": {"repo": ` + head + `}, "base": {"repo": {"full_name": "o/r"}}}}`
	}
	type variables map[string]string
	for name, test := range map[string]struct {
		env   variables
		event string
		want  github.PullRequest
	}{
		"of the repository": {variables{"GITHUB_REF": "refs/pull/7/merge"}, event(`{"full_name": "o/r"}`), github.PullRequest{Repository: "o/r", Number: 7}},
		"for pull_request_target": {variables{"GITHUB_REF": "refs/heads/main"}, event(`{"full_name": "o/r"}`),
			github.PullRequest{Repository: "o/r", Number: 7}},
		"of a fork": {variables{}, event(`{"full_name": "them/r"}`),
			github.PullRequest{Repository: "o/r", Number: 7, Guest: "it comes from the fork them/r"}},
		"of a fork that is gone": {variables{}, event(`null`),
			github.PullRequest{Repository: "o/r", Number: 7, Guest: "it comes from a fork that is gone"}},
		"of Dependabot": {variables{"GITHUB_ACTOR": "dependabot[bot]"}, event(`{"full_name": "o/r"}`),
			github.PullRequest{Repository: "o/r", Number: 7, Guest: "it is Dependabot's"}},
		"without an event": {variables{"GITHUB_REF": "refs/pull/8/merge", "GITHUB_REPOSITORY": "o/r"}, "",
			github.PullRequest{Repository: "o/r", Number: 8}},
		"in CircleCI": {variables{"CIRCLE_PULL_REQUEST": "https://github.com/o/r/pull/9"}, "", github.PullRequest{Repository: "o/r", Number: 9}},
		"in CircleCI, of a fork": {variables{"CIRCLE_PULL_REQUEST": "https://github.com/o/r/pull/9", "CIRCLE_PR_USERNAME": "them"}, "",
			github.PullRequest{Repository: "o/r", Number: 9, Guest: "it comes from a fork of them"}},

		"of a push":              {variables{"GITHUB_REF": "refs/heads/main", "GITHUB_REPOSITORY": "o/r"}, `{"ref": "refs/heads/main"}`, github.PullRequest{}},
		"of a branch named so":   {variables{"GITHUB_REF": "refs/heads/refs/pull/7/merge", "GITHUB_REPOSITORY": "o/r"}, "", github.PullRequest{}},
		"of an event that lies":  {variables{}, `{"pull_request": {"number": -7, "base": {}}}`, github.PullRequest{}},
		"of a strange event":     {variables{}, `[`, github.PullRequest{}},
		"of a strange place":     {variables{"CIRCLE_PULL_REQUEST": "https://github.com/o/r?x=/pull/9"}, "", github.PullRequest{}},
		"of a number beyond all": {variables{"GITHUB_REF": "refs/pull/99999999999999999999/merge", "GITHUB_REPOSITORY": "o/r"}, "", github.PullRequest{}},
		"nowhere":                {variables{}, "", github.PullRequest{}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			if test.event != "" {
				test.env["GITHUB_EVENT_PATH"] = "event.json"
			}
			found, ok := github.PullRequestOf(func(name string) string { return test.env[name] }, func(path string) ([]byte, error) {
				if path != "event.json" {
					return nil, os.ErrNotExist
				}
				return []byte(test.event), nil
			})
			g.Expect(ok).To(Equal(test.want.Number > 0))
			if ok {
				g.Expect(found).To(Equal(test.want))
			}
		})
	}
}
