package sandbox

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

const commentsFile = "comments.json"

// Comment is one of an issue or of a pull request.
type Comment struct {
	ID     int    `json:"id"`
	Number int    `json:"number"` // of the issue or pull request
	Body   string `json:"body"`
}

func (f folder) comments() ([]Comment, error) { return readList[Comment](f.path(commentsFile)) }

// serveComments answers for comments (docs: "Issue comments"), below issues/, as far as a rehearsal needs them: every pull request
// exists, and lists have one page.
func (h *github) serveComments(rw http.ResponseWriter, r *http.Request, route string) error {
	head, ofNumber := strings.CutSuffix(route, "/comments")
	number, err := strconv.Atoi(head)
	if ofNumber = ofNumber && err == nil; ofNumber && isRead(r) {
		return h.listComments(rw, r, number)
	}
	tail, one := strings.CutPrefix(route, "comments/")
	id, err := strconv.Atoi(tail)
	one = one && err == nil
	var sent struct{ Body string }
	switch {
	case ofNumber && r.Method == http.MethodPost, one && r.Method == http.MethodPatch:
		if err := readJSON(r, &sent); err != nil {
			return err
		}
	default:
		return githubMissing()
	}
	var about *Comment
	err = h.folder.locked(func() error {
		all, err := h.folder.comments()
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(c Comment) bool { return one && c.ID == id })
		switch {
		case i >= 0:
			all[i].Body = sent.Body
		case one:
			return githubMissing()
		default:
			i, all = len(all), append(all, Comment{ID: len(all) + 1, Number: number, Body: sent.Body})
		}
		about = &all[i]
		return h.folder.write(h.folder.path(commentsFile), all)
	})
	if err != nil {
		return err
	}
	status := http.StatusCreated
	if one {
		status = http.StatusOK
	}
	return sendJSON(rw, status, h.comment(r, *about))
}

func (h *github) listComments(rw http.ResponseWriter, r *http.Request, number int) error {
	all, err := h.folder.comments()
	if err != nil {
		return err
	}
	shown := []any{}
	for _, c := range all {
		if c.Number == number {
			shown = append(shown, h.comment(r, c))
		}
	}
	return sendJSON(rw, http.StatusOK, shown)
}

func (h *github) comment(r *http.Request, c Comment) map[string]any {
	return map[string]any{
		"id": c.ID, "body": c.Body, "author_association": "NONE", "user": map[string]string{"login": "github-actions[bot]", "type": "Bot"},
		"html_url": fmt.Sprintf("%s%s%s/pull/%d#issuecomment-%d", origin(r), githubPath, h.repository, c.Number, c.ID),
	}
}
