package gitlab

import (
	"fmt"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Describe names the pipeline's file, its project and the environment.
func (Provider) Describe(have ci.Claims) string {
	var names []string
	for _, reference := range have.Job.Values(ClaimConfig) {
		names = append(names, configFile(reference))
	}
	text := fmt.Sprintf("the pipeline %s of the project %s", ci.List(names), ci.List(have.Job.Values(ClaimProject)))
	if environments := have.Job.Values(ClaimEnvironment); len(environments) > 0 {
		text += ", in the environment " + ci.List(environments)
	}
	return text
}

// Explain knows forks, files of other projects, and environments.
func (Provider) Explain(claim string, claims ci.Claims, publisher spec.TrustedPublisher, moved string) ci.Cause {
	have, want := claims.Job.Values(claim), publisher.Claims.Values(claim)
	pair := fmt.Sprintf("(%s, not %s)", ci.List(have), ci.List(want))
	switch {
	case claim == ClaimProject:
		return ci.Cause{What: "the job is of another project " + pair + ": a fork, or the project or its group was renamed",
			Next: "run it in the state file's; if that was renamed, " + moved}
	case claim == ClaimConfig && len(have) == 0:
		return ci.Cause{What: "the ID token names no file of the pipeline: another project or an address has it, and npm cannot match those",
			Next: "put the file into the project itself (settings, CI/CD, general pipelines)"}
	case claim == ClaimConfig:
		return ci.Cause{What: "the job is of a pipeline with another file " + pair,
			Next: "publish from the state file's; if this is the one, " + moved}
	case claim == ClaimEnvironment:
		environment := strings.Join(want, ", ")
		cause := ci.Cause{What: fmt.Sprintf("the job is in the environment %s, not in %s", ci.List(have), environment),
			Next: fmt.Sprintf("write `environment: %s` under the job's name in .gitlab-ci.yml; if this is the one, %s", environment, moved)}
		if len(have) == 0 {
			cause.What = "the job is in no environment, and the trusted publisher asks for " + environment
		}
		return cause
	}
	return ci.Cause{What: "the claim " + claim + " is not as wanted " + pair, Next: "run the job that it names, or correct the state file"}
}

// Bars has none: what npm refuses whatever else fits is not known of GitLab's jobs.
func (Provider) Bars(ci.Claims) []ci.Bar { return nil }

// OwnAudience knows the instance's address, and the ID token that is for Sigstore.
func (Provider) OwnAudience(have ci.Claims, _ spec.TrustedPublisher) string {
	for _, audience := range have.Audience {
		switch audience {
		case audienceSigstore:
			return "the ID token is the one for Sigstore; npm takes only those that are made for it"
		case have.Issuer, "https://" + host:
			return "the ID token is for GitLab itself; npm takes only those that are made for it"
		}
	}
	return ""
}
