package githubactions

import (
	"fmt"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Describe names the workflow, its repository and the environment.
func (Provider) Describe(have ci.Claims) string {
	text := fmt.Sprintf("the workflow %s of the repository %s",
		ci.List(files(have.Job.Values(ClaimWorkflow))), ci.List(have.Job.Values(ClaimRepository)))
	if environments := have.Job.Values(ClaimEnvironment); len(environments) > 0 {
		text += ", in the environment " + ci.List(environments)
	}
	return text
}

// Explain knows forks, callers of reusable workflows, and environments.
func (p Provider) Explain(claim string, claims ci.Claims, publisher spec.TrustedPublisher, moved string) ci.Cause {
	have, want := claims.Job.Values(claim), publisher.Claims.Values(claim)
	switch claim {
	case ClaimRepository:
		return ci.Cause{What: fmt.Sprintf("the job runs for another repository (%s, not %s): a fork, or the repository was renamed",
			ci.List(have), ci.List(want)), Next: "push to the state file's; if it was renamed, " + moved}
	case ClaimWorkflow:
		return anotherWorkflow(claims, want, moved)
	case ClaimEnvironment:
		environment := strings.Join(want, ", ")
		cause := ci.Cause{What: fmt.Sprintf("the job is in the environment %s, not in %s", ci.List(have), environment),
			Next: fmt.Sprintf("write `environment: %s` under the job's name in the workflow; if this is the one, %s", environment, moved)}
		if len(have) == 0 {
			cause.What = "the job is in no environment, and the trusted publisher asks for " + environment
		}
		return cause
	}
	return ci.Cause{What: fmt.Sprintf("the claim %s is not as wanted (%s, not %s)", claim, ci.List(have), ci.List(want)),
		Next: "run the job that it names, or correct the state file"}
}

// anotherWorkflow tells a workflow that was started in the place of the wanted one from one that calls the wanted one.
func anotherWorkflow(claims ci.Claims, want []string, moved string) ci.Cause {
	have, called := files(claims.Job.Values(ClaimWorkflow)), files(claims.Job.Values(ClaimJobWorkflow))
	cause := ci.Cause{What: fmt.Sprintf("the job is of another workflow (%s, not %s)", ci.List(have), ci.List(want)),
		Next: "publish from the state file's workflow; if this is the one, " + moved}
	if len(want) == 1 && ci.Contains(called, want[0]) && !ci.Contains(have, want[0]) {
		cause.What += fmt.Sprintf(": it calls %s by workflow_call, and npm looks at the file of the caller", want[0])
		cause.Next = fmt.Sprintf("write `workflow: %s` in the state file; then %s", ci.List(have), moved)
	}
	return cause
}

func files(references []string) []string {
	names := make([]string, len(references))
	for i, reference := range references {
		names[i] = workflowFile(reference)
	}
	return names
}

// Bars has none: what npm refuses whatever else fits is not known of GitHub's jobs.
func (Provider) Bars(ci.Claims) []ci.Bar { return nil }

// OwnAudience knows the owner's address, which GitHub puts where none is asked for.
func (Provider) OwnAudience(have ci.Claims, _ spec.TrustedPublisher) string {
	for _, audience := range have.Audience {
		if strings.HasPrefix(audience, "https://"+host+"/") {
			return "the ID token is for " + audience + ", as GitHub makes it where no audience is asked for; npm takes only those that are made for it"
		}
	}
	return ""
}
