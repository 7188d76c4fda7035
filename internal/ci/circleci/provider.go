package circleci

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/agent-facets/facets-reconcile/internal/ci"
)

// Provider is CircleCI.
type Provider struct{}

// Facts returns what never changes about CircleCI.
func (Provider) Facts() ci.Facts {
	return ci.Facts{
		Type: Type, Name: "CircleCI", Issuer: "https://oidc.circleci.com", // the organisation's path mostly comes after it
		Variable: "CIRCLE_OIDC_TOKEN_V2", MintedBy: "`circleci run oidc get`",
		MintNeeds: "run it on an executor that has a current circleci program on its PATH",
		OwnRunner: "try the publishing job on CircleCI's own machines (docker, machine or macos executor), to find out",
		RunnersOK: "CircleCI's",
		Files:     []string{configFile},
		Parallel:  "`parallelism`", NoProvenance: true,
		Order: []string{ClaimOrganization, ClaimProject, ClaimPipelineDefinition, ClaimContexts, ClaimVCSOrigin},
		Follows: map[string][]string{
			ClaimOrganization: {ClaimProject, ClaimPipelineDefinition, ClaimContexts},
			ClaimProject:      {ClaimPipelineDefinition},
		},
		Cased: []string{ClaimVCSOrigin}, // UUIDs read the same in either case
	}
}

// Job reads the variables that CircleCI sets in every job.
func (Provider) Job(env func(string) string) (ci.Job, bool) {
	const tag, index, total = "CIRCLE_TAG", "CIRCLE_NODE_INDEX", "CIRCLE_NODE_TOTAL"
	return ci.Job{
		Tag: env(tag), TagVariable: tag, Commit: env("CIRCLE_SHA1"), Page: env("CIRCLE_BUILD_URL"),
		Index: env(index), Total: env(total), NodeVariables: [2]string{index, total},
	}, env("CIRCLECI") == "true"
}

// Mint asks the circleci program, which is on the PATH of every job.
func (Provider) Mint(ctx context.Context, audience string, with ci.Means) (string, error) {
	claims, err := json.Marshal(map[string]string{"aud": audience})
	if err != nil {
		return "", err
	}
	output, err := with.Run(ctx, "circleci", "run", "oidc", "get", "--claims", string(claims))
	return string(output), err
}

// MintCommand is the command by which a human does what Mint does.
func (Provider) MintCommand(audience string) string {
	return fmt.Sprintf(`circleci run oidc get --claims '{"aud":"%s"}'`, audience)
}

var errWebApp = errors.New("its pipeline can be started by the web app of CircleCI, too")
