package gitlab_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"strconv"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	"go.uber.org/goleak"

	"github.com/agent-facets/facets-reconcile/internal/gitlab"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	marker = "<!-- facets-reconcile plan: facets -->"
	token  = "glpat-0123456789"
	notes  = "/api/v4/projects/42/merge_requests/7/notes"
)

// thread is a merge request's notes as GitLab serves them, two a page. The token belongs to the user 1.
type thread struct {
	notes   []map[string]any
	written []string
	status  int // of every answer; 0: as it should be
	pages   bool
}

func (t *thread) add(author int, body string) {
	t.notes = append(t.notes, map[string]any{"id": len(t.notes) + 1, "body": body, "author": map[string]any{"id": author}})
}

func (t *thread) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	reply := func(value any) { _ = json.NewEncoder(w).Encode(value) }
	switch {
	case t.status != 0:
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(t.status)
		return
	case r.Header.Get("PRIVATE-TOKEN") != token || !strings.HasPrefix(r.URL.Path, notes) && r.URL.Path != "/api/v4/user":
		w.WriteHeader(http.StatusNotFound)
		return
	case r.URL.Path == "/api/v4/user":
		reply(map[string]any{"id": 1})
		return
	}
	var sent struct{ Body string }
	if r.Method != http.MethodGet {
		t.written = append(t.written, r.Method+" "+strings.TrimPrefix(r.URL.Path, notes))
		_ = json.NewDecoder(r.Body).Decode(&sent)
	}
	switch r.Method {
	case http.MethodGet:
		page, _ := strconv.Atoi(r.URL.Query().Get("page"))
		if t.pages || page*2 < len(t.notes) {
			w.Header().Set("X-Next-Page", strconv.Itoa(page+1))
		}
		reply(t.notes[min((page-1)*2, len(t.notes)):min(page*2, len(t.notes))])
	case http.MethodPost:
		t.add(1, sent.Body)
		w.WriteHeader(http.StatusCreated)
		reply(t.notes[len(t.notes)-1])
	case http.MethodPut:
		id, _ := strconv.Atoi(path.Base(r.URL.Path))
		t.notes[id-1]["body"] = sent.Body
		reply(t.notes[id-1])
	}
}

func (t *thread) note(test *testing.T, body string) (change, address string, err error) {
	test.Helper()
	server := httptest.NewServer(t)
	defer server.Close()
	found, ok := gitlab.MergeRequestOf(func(name string) string {
		return map[string]string{
			"CI_API_V4_URL": server.URL + "/api/v4", "CI_MERGE_REQUEST_IID": "7", "CI_MERGE_REQUEST_PROJECT_ID": "42",
			"CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "42", "CI_MERGE_REQUEST_PROJECT_URL": "https://gitlab.example.test/o/r",
		}[name]
	})
	NewWithT(test).Expect(ok).To(BeTrue())
	NewWithT(test).Expect(found.Guest).To(BeEmpty())
	client, err := gitlab.New(found, spec.NewSecret(token), "facets-reconcile/1.0.0")
	NewWithT(test).Expect(err).NotTo(HaveOccurred())
	defer http.DefaultTransport.(*http.Transport).CloseIdleConnections()
	return client.Note(test.Context(), gitlab.Note{Marker: marker, Body: marker + "\n" + body})
}

func TestANoteIsKeptAsOne(t *testing.T) {
	g := NewWithT(t)
	request := &thread{}
	request.add(2, marker+" by somebody else, who could change it afterwards")
	request.add(1, "see "+marker)
	for _, step := range []struct{ body, change, sent string }{
		{"one", "made", "POST "}, {"one", "kept", ""}, {"two", "edited", "PUT /3"},
	} {
		request.written = nil
		change, address, err := request.note(t, step.body)
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(change).To(Equal(step.change))
		g.Expect(address).To(Equal("https://gitlab.example.test/o/r/-/merge_requests/7#note_3"))
		g.Expect(strings.Join(request.written, "")).To(Equal(step.sent))
	}
	g.Expect(request.notes).To(HaveLen(3))
	g.Expect(request.notes[2]["body"]).To(Equal(marker + "\ntwo"))
}

func TestNotesThatCannotBeWritten(t *testing.T) {
	for status, said := range map[int]string{401: "scope api", 403: "CI_JOB_TOKEN", 404: "GITLAB_TOKEN must be", 302: "302", 500: "500"} {
		g := NewWithT(t)
		_, _, err := (&thread{status: status}).note(t, "x")
		g.Expect(err).To(MatchError(And(ContainSubstring("asking who GITLAB_TOKEN belongs to"), ContainSubstring(said))))
		g.Expect(err.Error()).NotTo(ContainSubstring(token))
		g.Expect(errors.Is(err, gitlab.ErrRefused)).To(Equal(status/100 == 4))
	}
	_, _, err := (&thread{pages: true}).note(t, "x")
	NewWithT(t).Expect(err).To(MatchError(ContainSubstring("more than 2000 notes")))
}

func TestATokenGoesNowhereElse(t *testing.T) {
	for _, api := range []string{"http://gitlab.example.test/api/v4", "https://u:p@gitlab.example.test/api/v4", "https:///api", "ftp://x/", "%zz"} {
		_, err := gitlab.New(gitlab.MergeRequest{API: api}, spec.NewSecret(token), "")
		NewWithT(t).Expect(err).To(MatchError(ContainSubstring("CI_API_V4_URL")), api)
	}
}

func TestTheMergeRequestOfAJob(t *testing.T) {
	full := func() map[string]string {
		return map[string]string{"CI_API_V4_URL": "https://gitlab.example.test/api/v4", "CI_MERGE_REQUEST_IID": "7",
			"CI_MERGE_REQUEST_PROJECT_ID": "42", "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "42"}
	}
	for i, change := range []map[string]string{
		{"CI_MERGE_REQUEST_IID": ""}, {"CI_MERGE_REQUEST_IID": "x"}, {"CI_API_V4_URL": ""}, {"CI_MERGE_REQUEST_PROJECT_ID": "42/../43"},
	} {
		env := full()
		for name, value := range change {
			env[name] = value
		}
		_, ok := gitlab.MergeRequestOf(func(name string) string { return env[name] })
		NewWithT(t).Expect(ok).To(BeFalse(), fmt.Sprint(i))
	}
	env := full()
	env["CI_MERGE_REQUEST_SOURCE_PROJECT_ID"] = "99"
	found, ok := gitlab.MergeRequestOf(func(name string) string { return env[name] })
	NewWithT(t).Expect(ok).To(BeTrue())
	NewWithT(t).Expect(found.Guest).To(Equal("it comes from a fork, the project 99"))
}
