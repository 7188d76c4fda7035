package circleci

import (
	"fmt"
	"slices"

	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Describe names the pipeline.
func (Provider) Describe(have ci.Claims) string {
	return fmt.Sprintf("the pipeline definition %s of the project %s",
		ci.List(have.Job.Values(ClaimPipelineDefinition)), ci.List(have.Job.Values(ClaimProject)))
}

// Explain recognizes forks, webhooks, restricted contexts, and pipelines of development.
func (p Provider) Explain(claim string, claims ci.Claims, publisher spec.TrustedPublisher, moved string) ci.Cause {
	have, want := claims.Job.Values(claim), publisher.Claims.Values(claim)
	pair := fmt.Sprintf("(%s, not %s)", ci.List(have), ci.List(want))
	switch {
	case claim == ClaimOrganization:
		return ci.Cause{What: "the job is of another CircleCI organisation " + pair,
			Next: "run it in the state file's; if the project has moved house, " + moved}
	case claim == ClaimProject:
		return ci.Cause{What: "the job is of another CircleCI project " + pair,
			Next: "run it in the state file's; if the project was set up anew, " + moved}
	case claim == ClaimPipelineDefinition:
		return ci.Cause{What: "the job is of another pipeline definition of the project " + pair + ", perhaps development instead of release",
			Next: "publish from the release pipeline; if this is the one, " + moved}
	case claim == ClaimContexts:
		return missingContext(have, want)
	case claim == ClaimVCSOrigin && len(have) == 0:
		return ci.Cause{What: "the ID token names no repository: the pipeline was started by a custom webhook, and npm cannot match those",
			Next: "start the pipeline by a push, a tag or the API of CircleCI"}
	case claim == ClaimVCSOrigin:
		return ci.Cause{What: "the job runs for another repository " + pair + ": a fork, or the repository was renamed",
			Next: "push to the state file's; if it was renamed, " + moved}
	}
	return ci.Cause{What: "the claim " + spec.ShortClaim(claim) + " is not as wanted " + pair,
		Next: "run the job that it names, or correct the state file"}
}

func missingContext(have, want []string) ci.Cause {
	missing := slices.DeleteFunc(slices.Clone(want), func(id string) bool { return ci.Contains(have, id) })
	return ci.Cause{What: fmt.Sprintf("the job lacks the context %s (it has %s)", ci.List(missing), ci.List(have)),
		Next: "add the context to the job: `context:` under the job's name in the workflow, in .circleci/config.yml; " +
			"a job does not get a restricted context if whoever started it may not use that"}
}

// Doubts returns none.
func (Provider) Doubts(ci.Claims, spec.TrustedPublisher, string) []ci.Cause { return nil }

// Bars returns the claim that tells of reruns with SSH.
func (Provider) Bars(have ci.Claims) []ci.Bar {
	bar := ci.Bar{Claim: ClaimSSHRerun, Have: "false", Want: "false"}
	switch {
	case rerun(have):
		bar.Have = "true"
		bar.Cause = &ci.Cause{What: "the job was rerun with SSH, and npm refuses such jobs whatever else fits",
			Next: "rerun the workflow without SSH"}
	case have.Job[ClaimSSHRerun] == nil:
		bar.Have, bar.Untold = "none", "the ID token does not say whether the job was rerun with SSH"
	}
	return []ci.Bar{bar}
}

// OwnAudience recognizes the organisation's UUID.
func (Provider) OwnAudience(have ci.Claims, want spec.TrustedPublisher) string {
	isOrganization := func(aud string) bool {
		return ci.Contains(have.Job.Values(ClaimOrganization), aud) || ci.Contains(want.Claims.Values(ClaimOrganization), aud)
	}
	if !slices.ContainsFunc(have.Audience, isOrganization) {
		return ""
	}
	return "the ID token is for the organisation, as CircleCI makes $CIRCLE_OIDC_TOKEN_V2 and $CIRCLE_OIDC_TOKEN; " +
		"npm takes only those that are made for it"
}
