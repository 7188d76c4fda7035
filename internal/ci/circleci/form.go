package circleci

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Pipeline identifies the pipeline that may publish, by the values that its ID tokens carry: the state file's form of a trusted publisher.
type Pipeline struct {
	OrganizationID       string   `json:"organizationID"`
	ProjectID            string   `json:"projectID"`
	PipelineDefinitionID string   `json:"pipelineDefinitionID"`
	ContextIDs           []string `json:"contextIDs,omitempty"`
	VCSOrigin            string   `json:"vcsOrigin"` // "github.com/owner/repo"
}

// Publisher is the pipeline as a trusted publisher, by the trust API.
func (p Pipeline) Publisher(permissions ...string) spec.TrustedPublisher {
	claims := spec.Claims{
		ClaimOrganization: p.OrganizationID, ClaimProject: p.ProjectID, ClaimPipelineDefinition: p.PipelineDefinitionID,
		ClaimVCSOrigin: p.VCSOrigin,
	}
	if len(p.ContextIDs) > 0 {
		claims[ClaimContexts] = p.ContextIDs
	}
	return spec.TrustedPublisher{Type: Type, Claims: claims, Permissions: permissions}
}

// Fields returns the values with the labels of npm's page.
func (Provider) Fields(p spec.TrustedPublisher) [][2]string {
	var all [][2]string
	for _, field := range [][2]string{
		{"Organization ID", ClaimOrganization}, {"Project ID", ClaimProject}, {"Pipeline Definition ID", ClaimPipelineDefinition},
		{"Context IDs", ClaimContexts}, {"VCS Origin", ClaimVCSOrigin},
	} {
		if value := strings.Join(p.Claims.Values(field[1]), ", "); value != "" {
			all = append(all, [2]string{field[0], value})
		}
	}
	return all
}

// Title returns the pipeline definition and the contexts.
func (Provider) Title(p spec.TrustedPublisher) string {
	words := append([]string{p.Type}, p.Claims.Values(ClaimPipelineDefinition)...)
	if contexts := p.Claims.Values(ClaimContexts); len(contexts) > 0 {
		words = append(words, "with "+ci.List(contexts))
	}
	return strings.Join(words, " ")
}

// Start is a call of CircleCI's API v2 ("Trigger a new pipeline", POST /project/{provider}/{organization}/{project}/pipeline/run). The
// token is the shell's to fill in.
func (Provider) Start(p spec.TrustedPublisher, tag string) (string, error) {
	origins, definitions := p.Claims.Values(ClaimVCSOrigin), p.Claims.Values(ClaimPipelineDefinition)
	if len(origins) != 1 || len(definitions) != 1 {
		return "", errWebApp
	}
	repository, ok := strings.CutPrefix(origins[0], "github.com/")
	if !ok {
		return "", errWebApp
	}
	ref := map[string]string{"tag": tag}
	body, err := json.Marshal(map[string]any{"definition_id": definitions[0], "config": ref, "checkout": ref})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf(`curl -fsS -X POST https://circleci.com/api/v2/project/gh/%s/pipeline/run -H "Circle-Token: $CIRCLE_TOKEN" `+
		`-H 'Content-Type: application/json' -d '%s'`, repository, strings.ReplaceAll(string(body), "'", `'\''`)), nil
}
