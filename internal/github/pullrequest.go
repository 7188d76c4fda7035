package github

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
)

// PullRequest is the pull request for which a CI job runs.
type PullRequest struct {
	Repository string // "owner/repo" that it is to be merged into
	Number     int
	Guest      string // why the job's token may be one that only reads; "": it need not be
}

// PullRequestOf finds the pull request of a CI job by its variables. For GitHub Actions it also reads the event: a job for
// pull_request_target knows its pull request only by that. ok is false where the job runs for none.
func PullRequestOf(env func(string) string, read func(path string) ([]byte, error)) (found PullRequest, ok bool) {
	if path := env("GITHUB_EVENT_PATH"); path != "" {
		if data, err := read(path); err == nil {
			found = ofEvent(data)
		}
	}
	ref := regexp.MustCompile(`^refs/pull/([1-9][0-9]{0,8})/`).FindStringSubmatch(env("GITHUB_REF"))
	page := regexp.MustCompile(`^https?://[^/]+/([^/]+/[^/]+)/pull/([1-9][0-9]{0,8})$`).FindStringSubmatch(env("CIRCLE_PULL_REQUEST"))
	switch {
	case found.Number > 0:
	case ref != nil:
		found = PullRequest{Repository: env("GITHUB_REPOSITORY"), Number: number(ref[1])}
	case page != nil:
		found = PullRequest{Repository: page[1], Number: number(page[2])}
		if user := env("CIRCLE_PR_USERNAME"); user != "" { // only set for those from forks
			found.Guest = "it comes from a fork of " + user
		}
	}
	if env("GITHUB_ACTOR") == "dependabot[bot]" {
		found.Guest = "it is Dependabot's"
	}
	return found, found.Number > 0 && regexp.MustCompile(`^[\w.-]+/[\w.-]+$`).MatchString(found.Repository)
}

func number(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return n
}

// ofEvent reads the event that started a job (docs: "Webhook events and payloads", pull_request).
func ofEvent(data []byte) PullRequest {
	type branch struct {
		Repo *struct {
			Name string `json:"full_name"`
		}
	}
	var event struct {
		PullRequest *struct {
			Number     int
			Head, Base branch
		} `json:"pull_request"`
	}
	if json.Unmarshal(data, &event) != nil || event.PullRequest == nil || event.PullRequest.Number < 1 || event.PullRequest.Base.Repo == nil {
		return PullRequest{}
	}
	found := PullRequest{Repository: event.PullRequest.Base.Repo.Name, Number: event.PullRequest.Number}
	switch head := event.PullRequest.Head.Repo; {
	case head == nil:
		found.Guest = "it comes from a fork that is gone"
	case head.Name != found.Repository:
		found.Guest = fmt.Sprintf("it comes from the fork %s", head.Name)
	}
	return found
}
