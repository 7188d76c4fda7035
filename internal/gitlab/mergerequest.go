package gitlab

import (
	"fmt"
	"regexp"
	"strconv"
)

// MergeRequest is the merge request for which a job runs.
type MergeRequest struct {
	API     string // base URL of GitLab's REST API
	Project string // ID of the project that it is to be merged into
	Number  int
	Page    string // base URL of its web page, or ""
	Guest   string // why the job may have no token for that project; "": it may
}

// MergeRequestOf finds the merge request of a job of GitLab CI/CD by its variables (docs: "Predefined CI/CD variables"). ok is false where
// the job runs for none: a pipeline for a branch has no merge request, though one may be open for it.
func MergeRequestOf(env func(string) string) (found MergeRequest, ok bool) {
	number, err := strconv.Atoi(env("CI_MERGE_REQUEST_IID"))
	found = MergeRequest{API: env("CI_API_V4_URL"), Project: env("CI_MERGE_REQUEST_PROJECT_ID"), Number: number}
	if url := env("CI_MERGE_REQUEST_PROJECT_URL"); regexp.MustCompile(`^https?://[\w.:/-]+$`).MatchString(url) {
		found.Page = fmt.Sprintf("%s/-/merge_requests/%d", url, number)
	}
	if source := env("CI_MERGE_REQUEST_SOURCE_PROJECT_ID"); source != "" && source != found.Project {
		found.Guest = "it comes from a fork, the project " + source
	}
	return found, err == nil && number > 0 && found.API != "" && regexp.MustCompile(`^[0-9]+$`).MatchString(found.Project)
}

// page returns the address of a note, for humans.
func (m MergeRequest) page(note int) string {
	if m.Page == "" {
		return fmt.Sprintf("!%d", m.Number)
	}
	return fmt.Sprintf("%s#note_%d", m.Page, note)
}
