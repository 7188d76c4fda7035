package githubactions

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Describe tells the workflow, its repository and the environment.
func (Provider) Describe(have ci.Claims) string {
	text := fmt.Sprintf("the workflow %s of the repository %s",
		ci.List(files(have.Job.Values(ClaimWorkflow))), ci.List(have.Job.Values(ClaimRepository)))
	if environments := have.Job.Values(ClaimEnvironment); len(environments) > 0 {
		text += ", in the environment " + ci.List(environments)
	}
	return text
}

// Explain recognizes forks, callers of reusable workflows, and environments.
func (p Provider) Explain(claim string, claims ci.Claims, publisher spec.TrustedPublisher, moved string) ci.Cause {
	have, want := p.Compared(claims, publisher).Job.Values(claim), publisher.Claims.Values(claim)
	keys := map[string]string{ClaimRepository: "repository", ClaimWorkflow: "workflow", ClaimEnvironment: "environment"}
	if cause, ok := ci.CaseOnly(keys[claim], claim, have, want, moved); ok {
		return cause
	}
	switch claim {
	case ClaimRepository:
		return anotherRepository(strings.Join(have, ", "), strings.Join(want, ", "), moved)
	case ClaimWorkflow:
		return anotherWorkflow(claims, want, moved)
	case ClaimEnvironment:
		return ci.AnotherEnvironment(have, want, "in the workflow", moved)
	}
	return ci.Cause{What: fmt.Sprintf("the claim %s is not as wanted (%s, not %s)", claim, ci.List(have), ci.List(want)),
		Next: "run the job that it names, or correct the state file"}
}

// anotherRepository distinguishes forks from renamed repositories, as far as their names show it.
func anotherRepository(have, want, moved string) ci.Cause {
	owner, name, _ := strings.Cut(have, "/")
	wantedOwner, wantedName, _ := strings.Cut(want, "/")
	what := "another one, or it was renamed"
	switch {
	case strings.EqualFold(name, wantedName):
		what = "a fork, or its owner was renamed"
	case strings.EqualFold(owner, wantedOwner):
		what = "another one of the same owner, or it was renamed"
	}
	return ci.Cause{What: fmt.Sprintf("the job runs for another repository (%s, not %s): %s", cmp.Or(have, "none"), want, what),
		Next: fmt.Sprintf("publish from %s; if that is now %s (`repository: %[2]s`), %[3]s", want, have, moved)}
}

// anotherWorkflow distinguishes a workflow that was started instead of the wanted one from one that calls the wanted one.
func anotherWorkflow(claims ci.Claims, want []string, moved string) ci.Cause {
	have, called := files(claims.Job.Values(ClaimWorkflow)), files(claims.Job.Values(ClaimJobWorkflow))
	cause := ci.Cause{What: fmt.Sprintf("the job is of another workflow (%s, not %s)", ci.List(have), ci.List(want)),
		Next: fmt.Sprintf("publish from the state file's workflow; if this is the one (`workflow: %s`), %s", ci.List(have), moved)}
	if len(want) == 1 && ci.Contains(called, want[0]) && !ci.Contains(have, want[0]) {
		cause.What += fmt.Sprintf(": it calls %s by workflow_call, and npm looks at the file of the caller", want[0])
		cause.Next = fmt.Sprintf("name the caller (`workflow: %s`): %s", ci.List(have), moved)
	}
	return cause
}

// Doubts returns the environment that the trusted publisher does not ask for: npm's documentation does not say whether it accepts such a
// job.
func (Provider) Doubts(have ci.Claims, want spec.TrustedPublisher, moved string) []ci.Cause {
	return ci.SurplusEnvironment(have.Job.Values(ClaimEnvironment), want.Claims.Values(ClaimEnvironment), moved)
}

func files(references []string) []string {
	names := make([]string, len(references))
	for i, reference := range references {
		names[i] = workflowFile(reference)
	}
	return names
}

// Bars returns none: nothing is known for which npm refuses a job of GitHub's whatever else fits.
func (Provider) Bars(ci.Claims) []ci.Bar { return nil }

// OwnAudience recognizes the owner's address, which is GitHub's default audience.
func (Provider) OwnAudience(have ci.Claims, _ spec.TrustedPublisher) string {
	for _, audience := range have.Audience {
		if strings.HasPrefix(audience, "https://"+host+"/") {
			return "the ID token is for " + audience + ", as GitHub makes it where no audience is asked for; npm takes only those made for it"
		}
	}
	return ""
}
