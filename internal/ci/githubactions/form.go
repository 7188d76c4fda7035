package githubactions

import (
	"errors"
	"fmt"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/words"
)

// Workflow identifies the workflow that may publish: the state file's form of a trusted publisher.
type Workflow struct {
	Repository  string `json:"repository"`            // "owner/repo"
	Workflow    string `json:"workflow"`              // the name of its file in .github/workflows
	Environment string `json:"environment,omitempty"` // that the job names; "": it names none
}

// Publisher is the workflow as a trusted publisher, by the trust API.
func (w Workflow) Publisher(permissions ...string) spec.TrustedPublisher {
	claims := spec.Claims{ClaimRepository: w.Repository, ClaimWorkflow: spec.File(w.Workflow)}
	if w.Environment != "" {
		claims[ClaimEnvironment] = w.Environment
	}
	return spec.TrustedPublisher{Type: Type, Claims: claims, Permissions: permissions}
}

// Fields returns the values with the labels of npm's page.
func (Provider) Fields(p spec.TrustedPublisher) [][2]string {
	owner, repository, _ := strings.Cut(strings.Join(p.Claims.Values(ClaimRepository), ", "), "/")
	return ci.Filled([][2]string{
		{"Organization or user", owner}, {"Repository", repository},
		{"Workflow filename", ci.Joined(p, ClaimWorkflow)}, {"Environment name", ci.Joined(p, ClaimEnvironment)},
	})
}

// Title returns the repository, the workflow and the environment.
func (Provider) Title(p spec.TrustedPublisher) string {
	title := append([]string{p.Type}, p.Claims.Values(ClaimRepository)...)
	title = append(title, p.Claims.Values(ClaimWorkflow)...)
	if environments := p.Claims.Values(ClaimEnvironment); len(environments) > 0 {
		title = append(title, "in "+ci.List(environments))
	}
	return strings.Join(title, " ")
}

// Start is a command of GitHub's own program.
func (Provider) Start(p spec.TrustedPublisher, tag string) (string, error) {
	repositories, workflows := p.Claims.Values(ClaimRepository), p.Claims.Values(ClaimWorkflow)
	if len(repositories) != 1 || len(workflows) != 1 {
		return "", errWebPage
	}
	return fmt.Sprintf("gh workflow run %s --repo %s --ref %s", words.Quoted(workflowFile(workflows[0])),
		words.Quoted(repositories[0]), words.Quoted(tag)), nil
}

var errWebPage = errors.New("its workflow can be started on the page Actions of its repository, where it has the trigger workflow_dispatch")
