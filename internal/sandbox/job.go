package sandbox

import (
	"cmp"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/ci/githubactions"
	"github.com/agent-facets/facets-reconcile/internal/ci/gitlab"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Job is a job of a CI system in this world. What is left empty is as in the world's own job of that kind ([Options.Jobs]), else as in a
// push to the branch main of a public repository, on the system's own machines.
type Job struct {
	Kind        string        // the type of the trusted publishers that npm takes for it: circleci.Type and so on
	Repository  string        // "owner/name"; GitLab's project, "group/subgroup/project"
	File        string        // that defines what runs: publish.yml, .gitlab-ci.yml
	Tag, Branch string        // what it runs for; a tag wins
	Commit      string        // of these
	Environment string        // that it deploys to, as GitHub and GitLab have them
	Event       string        // what started it, by the system's own word: push, pull_request, schedule, web, merge_request_event
	Visibility  string        // of the repository: public, internal, private
	Runner      string        // runner_environment: github-hosted, gitlab-hosted, self-hosted
	NoIDTokens  bool          // it may have none: without `id-token: write` on GitHub, without `id_tokens` on GitLab
	Audience    string        // of NPM_ID_TOKEN, where the job has one; the registry's if empty
	Age         time.Duration // of its ID tokens when it gets them
	// Claims stand in its ID tokens in place of the usual ones, by their full names; nil takes one away.
	Claims map[string]any

	run string // its number
}

// JobOf is the job that a trusted publisher asks for.
func JobOf(p spec.TrustedPublisher) Job {
	text := func(claim string) string {
		value, _ := wanted(p.Claims[claim])
		return value
	}
	switch p.Type {
	case githubactions.Type:
		return Job{Kind: p.Type, Repository: text(githubactions.ClaimRepository), File: workflowFile(text(githubactions.ClaimWorkflow)),
			Environment: text(githubactions.ClaimEnvironment)}
	case gitlab.Type:
		return Job{Kind: p.Type, Repository: text(gitlab.ClaimProject), File: configFile(text(gitlab.ClaimConfig)),
			Environment: text(gitlab.ClaimEnvironment)}
	}
	return Job{Kind: p.Type, Claims: p.Claims}
}

// wanted reads what a trusted publisher asks of a claim: a value, or the name of a file in it.
func wanted(value any) (text string, file bool) {
	switch value := value.(type) {
	case string:
		return value, false
	case map[string]any:
		name, ok := value["file"].(string)
		return name, ok
	case map[string]string:
		name, ok := value["file"]
		return name, ok
	}
	return "", false
}

// completedBy returns the job with its empty fields taken from another one.
func (j Job) completedBy(usual Job) Job {
	if j.Tag == "" && j.Branch == "" {
		j.Tag, j.Branch = usual.Tag, usual.Branch
	}
	j.Kind, j.Repository, j.File = cmp.Or(j.Kind, usual.Kind), cmp.Or(j.Repository, usual.Repository), cmp.Or(j.File, usual.File)
	j.Commit, j.Environment, j.Event = cmp.Or(j.Commit, usual.Commit), cmp.Or(j.Environment, usual.Environment), cmp.Or(j.Event, usual.Event)
	j.Visibility, j.Runner = cmp.Or(j.Visibility, usual.Visibility), cmp.Or(j.Runner, usual.Runner)
	j.NoIDTokens, j.Audience, j.Age = j.NoIDTokens || usual.NoIDTokens, cmp.Or(j.Audience, usual.Audience), cmp.Or(j.Age, usual.Age)
	claims := maps.Clone(usual.Claims)
	if claims == nil {
		claims = map[string]any{}
	}
	maps.Copy(claims, j.Claims)
	j.Claims = claims
	return j
}

// ref returns the git ref that the job runs for, its short name, and its kind.
func (j Job) ref() (full, short, kind string) {
	switch {
	case j.Tag != "":
		return "refs/tags/" + j.Tag, j.Tag, "tag"
	case j.Event == "pull_request":
		return "refs/pull/" + pullRequest + "/merge", pullRequest + "/merge", "branch"
	case j.Event == "merge_request_event":
		return "refs/merge-requests/" + pullRequest + "/head", j.Branch, "branch"
	}
	return "refs/heads/" + j.Branch, j.Branch, "branch"
}

// pullRequest is the number of the only pull request, and of the only merge request.
const pullRequest = "7"

// numbered returns the job with a run number of its own.
func (j Job) numbered() Job {
	var number [4]byte
	_, _ = rand.Read(number[:]) // never fails, says its documentation
	j.run = cmp.Or(j.run, strconv.FormatUint(uint64(binary.BigEndian.Uint32(number[:])), 10))
	return j
}

// desk has what a job's environment refers to: who issues its ID tokens, and where the world is.
type desk struct {
	issuer *issuer
	origin string // of the world, as the job reaches it
}

// JobEnv returns the environment of a job, as "NAME=value": what GitHub Actions, GitLab and CircleCI set and npm, Fulcio or this program
// reads, and where this world's Fulcio and Rekor are. The world must be served.
func (w *World) JobEnv(j Job) ([]string, error) {
	origin := w.origin.Load()
	if origin == nil {
		return nil, errors.New("the environment of a job: the world is not served yet")
	}
	i, err := w.issuers.of(j.Kind)
	if err != nil {
		return nil, fmt.Errorf("the environment of a job: %w", err)
	}
	j = j.completedBy(i.job).numbered()
	j.Audience = cmp.Or(j.Audience, w.Audience())
	lines, err := i.environ(j, desk{issuer: i, origin: *origin})
	if err != nil {
		return nil, fmt.Errorf("the environment of a job: %w", err)
	}
	return append([]string{
		"CI=true", "FACETS_FULCIO_URL=" + sigstoreAt(*origin, fulcioPath), "FACETS_REKOR_URL=" + sigstoreAt(*origin, rekorPath),
	}, lines...), nil
}

// lines returns the variables as "NAME=value", sorted, without those that are empty.
func lines(variables map[string]string) []string {
	var all []string
	for name, value := range variables {
		if value != "" {
			all = append(all, name+"="+value)
		}
	}
	slices.Sort(all)
	return all
}
