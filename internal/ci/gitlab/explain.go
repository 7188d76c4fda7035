package gitlab

import (
	"cmp"
	"fmt"
	"path"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Describe tells the pipeline's file, its project and the environment.
func (Provider) Describe(have ci.Claims) string {
	files := names(have.Job.Values(ClaimConfig))
	text := fmt.Sprintf("the pipeline %s of the project %s", ci.List(files), ci.List(have.Job.Values(ClaimProject)))
	if environments := have.Job.Values(ClaimEnvironment); len(environments) > 0 {
		text += ", in the environment " + ci.List(environments)
	}
	return text
}

func names(references []string) []string {
	all := make([]string, len(references))
	for i, reference := range references {
		all[i] = configFile(reference)
	}
	return all
}

// Explain recognizes forks, files of other projects, and environments.
func (p Provider) Explain(claim string, claims ci.Claims, publisher spec.TrustedPublisher, moved string) ci.Cause {
	have, want := p.Compared(claims, publisher).Job.Values(claim), publisher.Claims.Values(claim)
	keys := map[string]string{ClaimProject: "project", ClaimConfig: "configFile", ClaimEnvironment: "environment"}
	if cause, ok := ci.CaseOnly(keys[claim], claim, have, want, moved); ok {
		return cause
	}
	switch {
	case claim == ClaimProject:
		return anotherProject(claims, strings.Join(have, ", "), strings.Join(want, ", "), moved)
	case claim == ClaimConfig && len(have) == 0:
		return ci.Cause{What: "the ID token names no file of the pipeline: another project or an address has it, and npm cannot match those",
			Next: fmt.Sprintf("put the file into the project itself, as %s, and let it be the pipeline's (Settings, CI/CD, General pipelines); "+
				"it may `include:` the other one", ci.List(want))}
	case claim == ClaimConfig:
		return ci.Cause{What: fmt.Sprintf("the job is of a pipeline with another file (%s, not %s)", ci.List(have), ci.List(want)),
			Next: fmt.Sprintf("publish from the state file's; if this is the one (`configFile: %s`), %s", ci.List(have), moved)}
	case claim == ClaimEnvironment:
		return ci.AnotherEnvironment(have, want, "in .gitlab-ci.yml", moved)
	}
	return ci.Cause{What: fmt.Sprintf("the claim %s is not as wanted (%s, not %s)", claim, ci.List(have), ci.List(want)),
		Next: "run the job that it names, or correct the state file"}
}

// anotherProject distinguishes forks from projects that were renamed or moved, as far as their names show it.
func anotherProject(claims ci.Claims, have, want, moved string) ci.Cause {
	what := "another one, or it was renamed"
	switch {
	case ci.Contains(claims.Job.Values(ClaimSource), "merge_request_event"):
		what = "a fork, whose merge request started the pipeline"
	case strings.EqualFold(path.Base(have), path.Base(want)):
		what = "a fork, or its group was renamed, or it moved to another"
	case strings.EqualFold(path.Dir(have), path.Dir(want)):
		what = "another one of the same group, or it was renamed"
	}
	return ci.Cause{What: fmt.Sprintf("the job is of another project (%s, not %s): %s", cmp.Or(have, "none"), want, what),
		Next: fmt.Sprintf("publish from %s; if that is now %s (`project: %[2]s`), %[3]s", want, have, moved)}
}

// Doubts returns two: a file in a folder, because npm's page asks for its path and npm's client for its name alone; and the environment
// that the trusted publisher does not ask for.
func (Provider) Doubts(have ci.Claims, want spec.TrustedPublisher, moved string) []ci.Cause {
	var doubts []ci.Cause
	for _, reference := range have.Job.Values(ClaimConfig) {
		if file := configPath(reference); file != path.Base(file) {
			doubts = append(doubts, ci.Cause{
				What: "the pipeline's file is in a folder (" + file + "): whether npm compares its path or its name is not known",
				Next: fmt.Sprintf("move it to the top of the project (%s)", path.Base(file)),
			})
		}
	}
	return append(doubts, ci.SurplusEnvironment(have.Job.Values(ClaimEnvironment), want.Claims.Values(ClaimEnvironment), moved)...)
}

// Bars returns none: nothing is known for which npm refuses a job of GitLab's whatever else fits.
func (Provider) Bars(ci.Claims) []ci.Bar { return nil }

// OwnAudience recognizes GitLab's own address, and the ID token that is for Sigstore.
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
