// Package gitlab keeps the one note of a merge request that shows a plan, by GitLab's REST API (docs: "Notes API").
//
// The plan command uses it in the job of a merge request. It knows no plans, and the token goes to the API's own origin and nowhere else.
// Start reading at [MergeRequestOf], then [Client.Note].
package gitlab

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/words"
)

const (
	requestTimeout = 30 * time.Second
	maxAnswer      = 16 << 20 // bytes of one page
	maxPages       = 20
)

// ErrRefused says that GitLab did not allow something to the token.
var ErrRefused = errors.New("GITLAB_TOKEN must be an access token of this project, or one that may write to it, with the scope api; " +
	"a job's own CI_JOB_TOKEN may not write notes")

// Note is the note as it should be. It is found again by its marker, with which its body begins.
type Note struct{ Marker, Body string }

// Client writes to one merge request.
type Client struct {
	request   MergeRequest
	token     spec.Secret
	userAgent string
	http      http.Client
}

// New checks where the token would go; it sends nothing.
func New(m MergeRequest, token spec.Secret, userAgent string) (*Client, error) {
	base, err := url.Parse(m.API)
	if err != nil || base.Host == "" || base.User != nil ||
		base.Scheme != "https" && (base.Scheme != "http" || !spec.Loopback(base.Hostname())) {
		return nil, errors.New("CI_API_V4_URL must be a URL that begins with https:// and holds no credentials: the token for GitLab goes there")
	}
	refuse := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse } // it might lead elsewhere
	return &Client{m, token, userAgent, http.Client{Timeout: requestTimeout, CheckRedirect: refuse}}, nil
}

// Note makes the note what it should be, and returns what became of it (kept, made or edited) and its address. There is at most one, and
// nothing is sent where it is right already. The token has the scope api.
func (c *Client) Note(ctx context.Context, want Note) (change, address string, err error) {
	type note struct {
		ID     int
		Body   string
		Author struct{ ID int }
	}
	var self struct{ ID int }
	if _, err := c.call(ctx, http.MethodGet, "/user", nil, &self); err != nil {
		return "", "", fmt.Errorf("asking who GITLAB_TOKEN belongs to: %w", err)
	}
	notes := fmt.Sprintf("/projects/%s/merge_requests/%d/notes", url.PathEscape(c.request.Project), c.request.Number)
	sent := map[string]string{"body": want.Body}
	page := "1"
	for range maxPages {
		var found []note
		next, err := c.call(ctx, http.MethodGet, notes+"?sort=asc&order_by=created_at&per_page=100&page="+url.QueryEscape(page), nil, &found)
		if err != nil {
			return "", "", fmt.Errorf("listing the notes of !%d: %w", c.request.Number, err)
		}
		for _, one := range found {
			switch {
			case !strings.HasPrefix(one.Body, want.Marker) || one.Author.ID != self.ID: // anybody may write the marker
				continue
			case strings.TrimSpace(strings.ReplaceAll(one.Body, "\r\n", "\n")) == strings.TrimSpace(want.Body):
				return "kept", c.request.page(one.ID), nil
			}
			_, err := c.call(ctx, http.MethodPut, fmt.Sprintf("%s/%d", notes, one.ID), sent, &one)
			return "edited", c.request.page(one.ID), wrong(err, "editing the note of !%d", c.request.Number)
		}
		if page = next; page == "" {
			var made note
			_, err := c.call(ctx, http.MethodPost, notes, sent, &made)
			return "made", c.request.page(made.ID), wrong(err, "writing a note to !%d", c.request.Number)
		}
	}
	return "", "", fmt.Errorf("!%d has more than %d notes: it is not known whether one is the plan's", c.request.Number, maxPages*100)
}

func wrong(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), err)
}

// call sends a request and reads the answer. It returns the number of the next page, or "".
func (c *Client) call(ctx context.Context, method, path string, body, answer any) (next string, err error) {
	var sent io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return "", err
		}
		sent = bytes.NewReader(data)
	}
	request, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.request.API, "/")+path, sent)
	if err != nil {
		return "", errors.New("CI_API_V4_URL and the numbers of the merge request make no address")
	}
	request.Header.Set("PRIVATE-TOKEN", c.token.Reveal())
	request.Header.Set("User-Agent", c.userAgent)
	request.Header.Set("Content-Type", "application/json")
	response, err := c.http.Do(request)
	if err != nil {
		return "", fmt.Errorf("GitLab was not reached: %s", words.OneLine(err.Error()))
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK, http.StatusCreated:
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound:
		return "", fmt.Errorf("GitLab answered %d (%s): %w", response.StatusCode, http.StatusText(response.StatusCode), ErrRefused)
	default:
		return "", fmt.Errorf("GitLab answered %d (%s)", response.StatusCode, http.StatusText(response.StatusCode))
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, maxAnswer)).Decode(answer); err != nil {
		return "", fmt.Errorf("GitLab answered with no JSON that can be read: %s", words.OneLine(err.Error()))
	}
	return response.Header.Get("X-Next-Page"), nil
}
