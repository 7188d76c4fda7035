package circleci

import (
	"cmp"

	"github.com/agent-facets/facets-reconcile/internal/ci"
)

const configFile = ".circleci/config.yml"

// Drafts returns one where there is a configuration. The IDs of its pipelines are in CircleCI's settings alone.
func (p Provider) Drafts(project ci.Project) []ci.Draft {
	if _, ok := project.Files[configFile]; !ok {
		return nil
	}
	return []ci.Draft{{From: configFile, Lines: p.Blank(project), Open: true}}
}

// Blank says in comments where each value is found.
func (Provider) Blank(project ci.Project) []string {
	return []string{
		"circleci:",
		"  organizationID: ORGANIZATION-ID # organisation settings",
		"  projectID: PROJECT-ID # project settings",
		"  pipelineDefinitionID: PIPELINE-DEFINITION-ID # project settings, pipelines: the one that releases",
		"  contextIDs: [CONTEXT-ID] # organisation settings, contexts: those that the releasing job uses",
		"  vcsOrigin: " + cmp.Or(project.Repository, "github.com/OWNER/REPOSITORY"),
	}
}
