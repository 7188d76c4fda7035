package sandbox

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// circleCI is CircleCI with one project.
type circleCI struct {
	project map[string]any // the claims of all its jobs
}

const (
	mintPath      = "/circleci/oidc"
	issuerBase    = "https://oidc.circleci.com/org/"
	claimPrefix   = "oidc.circleci.com/"
	claimPipeline = claimPrefix + "pipeline-id"
	claimWorkflow = claimPrefix + "workflow-id"
	claimJob      = claimPrefix + "job-id"
)

func newCircleCI(o Options) circleCI {
	claims := map[string]any{
		circleci.ClaimOrganization:       steadyID(o.Repository, "organization"),
		circleci.ClaimProject:            steadyID(o.Repository, "project"),
		circleci.ClaimPipelineDefinition: steadyID(o.Repository, "pipeline definition"),
		circleci.ClaimContexts:           []string{steadyID(o.Repository, "context")},
		circleci.ClaimVCSOrigin:          "github.com/" + o.Repository,
		circleci.ClaimVCSRef:             "refs/heads/main",
		circleci.ClaimSSHRerun:           false,
	}
	maps.Copy(claims, o.Claims)
	maps.Copy(claims, o.Jobs[circleci.Type].Claims)
	return circleCI{claims}
}

func (c circleCI) facts() facts {
	return facts{
		kind: circleci.Type, name: "CircleCI", home: fmt.Sprint("/circleci/org/", c.project[circleci.ClaimOrganization]),
		keys: "/.well-known/jwks-pub.json", lasts: time.Hour, job: Job{Kind: circleci.Type, Branch: "main"},
	}
}

func (c circleCI) claims(j Job) map[string]any {
	claims := maps.Clone(c.project)
	if j.Tag != "" {
		claims[circleci.ClaimVCSRef], _, _ = j.ref()
	}
	claims[claimPipeline], claims[claimWorkflow], claims[claimJob] = randomID(), randomID(), randomID()
	return claims
}

func (circleCI) issuer(claims map[string]any) string {
	return fmt.Sprint(issuerBase, claims[circleci.ClaimOrganization])
}

// subject returns the sub of a token of version 2. It names the repository where there are vcs claims.
func (circleCI) subject(claims map[string]any) string {
	subject := fmt.Sprintf("org/%v/project/%v/user/%s",
		claims[circleci.ClaimOrganization], claims[circleci.ClaimProject], steadyID(firstUser))
	if repository := claims[circleci.ClaimVCSOrigin]; repository != nil {
		subject += fmt.Sprintf("/vcs-origin/%v/vcs-ref/%v", repository, claims[circleci.ClaimVCSRef])
	}
	return subject
}

// fits accepts contexts when the token has all that are asked for. It is not known whether npm wants all of them or any.
func (circleCI) fits(claim string, have spec.Claims, want any) bool {
	values := have.Values(claim)
	for _, want := range (spec.Claims{claim: want}).Values(claim) {
		same := func(value string) bool { return value == want }
		if claim != circleci.ClaimVCSOrigin { // UUIDs read the same in either case
			same = func(value string) bool { return strings.EqualFold(value, want) }
		}
		if !slices.ContainsFunc(values, same) {
			return false
		}
	}
	return true
}

func (circleCI) bars(have spec.Claims) string {
	if have[circleci.ClaimSSHRerun] != false {
		return "the job was rerun with SSH"
	}
	return ""
}

// environ puts the ID token into a variable, because nothing here stands in for the circleci program.
func (c circleCI) environ(j Job, d desk) ([]string, error) {
	variables := map[string]string{
		"CIRCLECI": "true", "CIRCLE_TAG": j.Tag, "CIRCLE_SHA1": j.Commit, "CIRCLE_NODE_INDEX": "0", "CIRCLE_NODE_TOTAL": "1",
		"CIRCLE_BUILD_NUM": j.run, "CIRCLE_BUILD_URL": "https://circleci.com/gh/" + j.Repository + "/" + j.run,
	}
	if j.Tag == "" {
		variables["CIRCLE_BRANCH"] = j.Branch
	}
	if j.NoIDTokens {
		return lines(variables), nil
	}
	for name, audience := range map[string]string{
		"NPM_ID_TOKEN": j.Audience, "CIRCLE_OIDC_TOKEN_V2": fmt.Sprint(c.project[circleci.ClaimOrganization]),
	} {
		token, err := d.issuer.mint(j, audience)
		if err != nil {
			return nil, err
		}
		variables[name] = token.Reveal()
	}
	return lines(variables), nil
}

// serveCircleCI mints an ID token for whoever asks from this machine. Its query parameters:
//
//	aud          the audience; the registry's where it is left out
//	age          how long ago it was issued ("6m")
//	ssh-rerun, vcs-origin, context-ids, …
//	             other claims than usual, by their short or full names; several context-ids are given one by one, an
//	             empty value removes the claim
func (all *issuers) serveCircleCI(rw http.ResponseWriter, r *http.Request) error {
	if !isRead(r) {
		return methodNotAllowed()
	}
	if err := thisMachine(r); err != nil {
		return err
	}
	i, err := all.of(circleci.Type)
	if err != nil {
		return err
	}
	job, err := asked(r.URL.Query())
	if err != nil {
		return refuse(http.StatusBadRequest, "%v", err)
	}
	token, err := i.mint(job, cmp.Or(r.URL.Query().Get("aud"), audience(hostname(r))))
	if err != nil {
		return err
	}
	rw.Header().Set("Content-Type", "text/plain")
	rw.Header().Set("Cache-Control", "no-store")
	_, err = io.WriteString(rw, token.Reveal()+"\n")
	return err
}

func asked(query url.Values) (Job, error) {
	job := Job{Claims: map[string]any{}}
	for name, values := range query {
		value := values[0]
		switch name {
		case "aud":
			continue
		case "age":
			age, err := time.ParseDuration(value)
			if err != nil {
				return job, err
			}
			job.Age = age
			continue
		}
		if !strings.Contains(name, "/") {
			name = claimPrefix + name
		}
		switch {
		case value == "":
			job.Claims[name] = nil
		case name == circleci.ClaimContexts:
			job.Claims[name] = values
		case name == circleci.ClaimSSHRerun:
			job.Claims[name] = value == "true"
		default:
			job.Claims[name] = value
		}
	}
	return job, nil
}
