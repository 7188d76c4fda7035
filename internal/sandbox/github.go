package sandbox

import (
	"crypto/sha1" //nolint:gosec // git's object names
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// github answers for the project's tags and issues as GitHub's REST API does (docs: "Git references", "Git tags").
type github struct {
	folder     folder
	repository string
}

const (
	githubPath     = "/github/repos/"
	defaultPerPage = 30
	maxPerPage     = 100
)

func (h *github) head() string { return h.object("commit") }

// object returns a made-up object name, always the same for the same words.
func (h *github) object(what ...string) string {
	return fmt.Sprintf("%x", sha1.Sum(fmt.Append(nil, h.repository, what))) //nolint:gosec // as above
}

// serve answers below /github/repos/.
func (h *github) serve(rw http.ResponseWriter, r *http.Request, path string) error {
	rest, ok := strings.CutPrefix(path, h.repository+"/")
	if !ok {
		return githubMissing()
	}
	route, ok := strings.CutPrefix(rest, "git/")
	switch {
	case !ok:
		return h.serveIssues(rw, r, rest)
	case !isRead(r):
		return methodNotAllowed()
	}
	tags, err := h.folder.tags()
	if err != nil {
		return err
	}
	if prefix, ok := strings.CutPrefix(route, "matching-refs/tags"); ok {
		prefix = strings.TrimPrefix(prefix, "/")
		return h.list(rw, r, slices.DeleteFunc(tags, func(t gitTag) bool { return !strings.HasPrefix(t.Name, prefix) }))
	}
	for _, tag := range tags {
		switch {
		case route == "ref/tags/"+tag.Name:
			return sendDocument(rw, r, "application/json", h.reference(r, tag))
		case tag.Annotated && route == "tags/"+h.object("tag", tag.Name):
			return sendDocument(rw, r, "application/json", map[string]any{
				"tag": tag.Name, "sha": h.object("tag", tag.Name), "url": h.address(r, "tags", h.object("tag", tag.Name)),
				"message": tag.Name, "object": h.target(r, "commit", h.head()),
			})
		}
	}
	return githubMissing()
}

func githubMissing() *answer {
	return &answer{status: http.StatusNotFound, body: map[string]string{"message": "Not Found", "status": "404"}}
}

// list sends one page, with links to the others.
func (h *github) list(rw http.ResponseWriter, r *http.Request, tags []gitTag) error {
	query := r.URL.Query()
	perPage := min(positive(query.Get("per_page"), defaultPerPage), maxPerPage)
	page, last := positive(query.Get("page"), 1), max(1, (len(tags)+perPage-1)/perPage)
	var links []string
	link := func(relation string, page int) {
		query.Set("page", strconv.Itoa(page))
		links = append(links, fmt.Sprintf(`<%s%s?%s>; rel="%s"`, origin(r), r.URL.EscapedPath(), query.Encode(), relation))
	}
	if page > 1 {
		link("prev", min(page-1, last))
		link("first", 1)
	}
	if page < last {
		link("next", page+1)
		link("last", last)
	}
	if len(links) > 0 {
		rw.Header().Set("Link", strings.Join(links, ", "))
	}
	references := []any{}
	if page <= last {
		for _, tag := range tags[(page-1)*perPage : min(page*perPage, len(tags))] {
			references = append(references, h.reference(r, tag))
		}
	}
	return sendDocument(rw, r, "application/json", references)
}

func (h *github) reference(r *http.Request, tag gitTag) map[string]any {
	target := h.target(r, "commit", h.head())
	if tag.Annotated {
		target = h.target(r, "tag", h.object("tag", tag.Name))
	}
	return map[string]any{"ref": "refs/tags/" + tag.Name, "url": h.address(r, "refs", "tags", tag.Name), "object": target}
}

func (h *github) target(r *http.Request, kind, sha string) map[string]string {
	return map[string]string{"type": kind, "sha": sha, "url": h.address(r, kind+"s", sha)}
}

func (h *github) address(r *http.Request, elements ...string) string {
	path := githubPath + h.repository + "/git/" + strings.Join(elements, "/")
	return origin(r) + (&url.URL{Path: path}).EscapedPath()
}

// positive reads a number that is at least 1. Of anything else it makes the default, as GitHub does.
func positive(s string, otherwise int) int {
	if n, err := strconv.Atoi(s); err == nil && n > 0 {
		return n
	}
	return otherwise
}
