package doctor

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/circleci"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// job lists in what the job is not the one that may publish. What follows from a wider difference is not told apart:
// another organisation has other projects, pipelines and contexts.
func (v view) job() []Cause {
	var differ []string
	for _, d := range v.claims.Differences(v.want) {
		differ = append(differ, d.Claim)
	}
	follows := map[string][]string{
		spec.ClaimOrganization: {spec.ClaimProject, spec.ClaimPipelineDefinition, spec.ClaimContexts},
		spec.ClaimProject:      {spec.ClaimPipelineDefinition},
	}
	for wide, narrow := range follows {
		if slices.Contains(differ, wide) {
			differ = slices.DeleteFunc(differ, func(claim string) bool { return slices.Contains(narrow, claim) })
		}
	}
	var causes []Cause
	if rerun := v.rerun(); rerun != nil {
		causes = append(causes, *rerun)
	}
	for _, claim := range wanted(v.want) {
		if slices.Contains(differ, claim) {
			causes = append(causes, v.difference(claim))
		}
	}
	return causes
}

func (v view) rerun() *Cause {
	if !v.claims.SSHRerun() {
		return nil
	}
	return &Cause{"the job was rerun with SSH, and npm refuses such jobs whatever else fits",
		"rerun the workflow without SSH"}
}

// difference explains a claim in which the ID token is not as wanted.
func (v view) difference(claim string) Cause {
	have, want := v.claims.Job.Values(claim), v.want.Claims.Values(claim)
	pair := fmt.Sprintf("(%s, not %s)", list(have), list(want))
	moved := "put its values into the state file, then a human runs: " + v.calling.command("apply --only trust")
	switch {
	case claim == spec.ClaimOrganization:
		return Cause{"the job is of another CircleCI organisation " + pair,
			"run it in the state file's; if the project has moved house, " + moved}
	case claim == spec.ClaimProject:
		return Cause{"the job is of another CircleCI project " + pair,
			"run it in the state file's; if the project was set up anew, " + moved}
	case claim == spec.ClaimPipelineDefinition:
		return Cause{"the job is of another pipeline definition of the project " + pair + ", perhaps development instead of release",
			"publish from the release pipeline; if this is the one, " + moved}
	case claim == spec.ClaimContexts:
		return v.missingContext()
	case claim == spec.ClaimVCSOrigin && len(have) == 0:
		return Cause{"the ID token names no repository: the pipeline was started by a custom webhook, and npm cannot match those",
			"start the pipeline by a push, a tag or the API of CircleCI"}
	case claim == spec.ClaimVCSOrigin:
		return Cause{"the job runs for another repository " + pair + ": a fork, or the repository was renamed",
			"push to the state file's; if it was renamed, " + moved}
	}
	return Cause{"the claim " + short(claim) + " is not as wanted " + pair, "run the job that it names, or correct the state file"}
}

func (v view) missingContext() Cause {
	have := v.claims.Job.Values(spec.ClaimContexts)
	missing := slices.DeleteFunc(slices.Clone(v.want.Claims.Values(spec.ClaimContexts)), func(id string) bool {
		return slices.ContainsFunc(have, func(other string) bool { return strings.EqualFold(id, other) })
	})
	return Cause{fmt.Sprintf("the job lacks the context %s (it has %s)", list(missing), list(have)),
		"add the context to the job: `context:` under the job's name in the workflow, in .circleci/config.yml; " +
			"a restricted context is left out for whom it does not allow"}
}

// runner is what cannot be told from here: npm's documentation says that it takes ID tokens of cloud-hosted runners only,
// CircleCI's guide that self-hosted ones work.
func (v view) runner() Cause {
	const contradicted = ": npm's documentation says that it takes none, CircleCI's that they work"
	what := "the job runs on a self-hosted runner" + contradicted
	if sign := circleci.SelfHosted(v.claims, nil); sign != "" {
		what = "the job seems to run on a self-hosted runner (" + sign + ")" + contradicted
	}
	return Cause{what, "try the publishing job on CircleCI's own machines (docker, machine or macos executor), to find out"}
}
