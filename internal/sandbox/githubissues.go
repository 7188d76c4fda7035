package sandbox

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

const issuesFile = "issues.json"

// Issue is an issue of the project on GitHub.
type Issue struct {
	Number int      `json:"number"`
	State  string   `json:"state"` // open or closed
	Title  string   `json:"title"`
	Body   string   `json:"body"`
	Labels []string `json:"labels"`
}

func (f folder) issues() ([]Issue, error) { return readList[Issue](f.path(issuesFile)) }

// change changes the list of issues under the lock, and returns the issue that was changed or added; nil where there is none.
func (f folder) change(alter func([]Issue) ([]Issue, *Issue)) (*Issue, error) {
	var about *Issue
	err := f.locked(func() error {
		issues, err := f.issues()
		if err != nil {
			return err
		}
		if issues, about = alter(issues); about == nil {
			return nil
		}
		return f.write(f.path(issuesFile), issues)
	})
	return about, err
}

// serveIssues answers everybody for issues and labels (docs: "Issues", "Labels"), as far as a rehearsal needs them: every label exists,
// and lists have one page.
func (h *github) serveIssues(rw http.ResponseWriter, r *http.Request, route string) error {
	if strings.HasPrefix(route, "issues/") && strings.Contains(route, "comments") {
		return h.serveComments(rw, r, strings.TrimPrefix(route, "issues/"))
	}
	number, err := strconv.Atoi(strings.TrimPrefix(route, "issues/"))
	one := err == nil && strings.HasPrefix(route, "issues/")
	label, isLabel := strings.CutPrefix(route, "labels/")
	switch {
	case isLabel && isRead(r):
		return sendJSON(rw, http.StatusOK, map[string]string{"name": label})
	case route == "issues" && isRead(r):
		return h.listIssues(rw, r)
	case route == "issues" && r.Method == http.MethodPost:
		issue := Issue{State: "open"}
		if err := readJSON(r, &issue); err != nil {
			return err
		}
		return h.sendIssue(rw, r, http.StatusCreated, func(all []Issue) ([]Issue, *Issue) {
			issue.Number = len(all) + 1
			all = append(all, issue)
			return all, &all[len(all)-1]
		})
	case one && r.Method == http.MethodPatch:
		var change struct{ State, Title, Body *string }
		if err := readJSON(r, &change); err != nil {
			return err
		}
		return h.sendIssue(rw, r, http.StatusOK, func(all []Issue) ([]Issue, *Issue) {
			i := slices.IndexFunc(all, func(issue Issue) bool { return issue.Number == number })
			if i < 0 {
				return all, nil
			}
			for field, value := range map[*string]*string{
				&all[i].State: change.State, &all[i].Title: change.Title, &all[i].Body: change.Body,
			} {
				if value != nil {
					*field = *value
				}
			}
			return all, &all[i]
		})
	}
	return githubMissing()
}

func (h *github) listIssues(rw http.ResponseWriter, r *http.Request) error {
	issues, err := h.folder.issues()
	if err != nil {
		return err
	}
	query := r.URL.Query()
	state, label := cmp.Or(query.Get("state"), "open"), query.Get("labels")
	shown := []any{}
	for _, issue := range slices.Backward(issues) { // the newest first
		if (state == "all" || state == issue.State) && (label == "" || slices.Contains(issue.Labels, label)) {
			shown = append(shown, h.issue(r, issue))
		}
	}
	return sendJSON(rw, http.StatusOK, shown)
}

func (h *github) sendIssue(rw http.ResponseWriter, r *http.Request, status int, alter func([]Issue) ([]Issue, *Issue)) error {
	issue, err := h.folder.change(alter)
	switch {
	case err != nil:
		return err
	case issue == nil:
		return githubMissing()
	}
	return sendJSON(rw, status, h.issue(r, *issue))
}

func (h *github) issue(r *http.Request, issue Issue) map[string]any {
	labels := []any{}
	for _, name := range issue.Labels {
		labels = append(labels, map[string]string{"name": name})
	}
	return map[string]any{
		"number": issue.Number, "state": issue.State, "title": issue.Title, "body": issue.Body, "labels": labels,
		"html_url": origin(r) + githubPath + h.repository + "/issues/" + strconv.Itoa(issue.Number),
	}
}
