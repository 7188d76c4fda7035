package gitlab

import (
	"maps"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/agent-facets/facets-reconcile/internal/ci"
)

const usualFile = ".gitlab-ci.yml"

// Drafts returns the pipeline, if one of its jobs has an ID token for npm.
func (Provider) Drafts(project ci.Project) []ci.Draft {
	var entries map[string]any
	if err := yaml.Unmarshal(project.Files[usualFile], &entries); err != nil {
		return nil // GitLab could not run it either
	}
	var environments []string // of the jobs that publish, each once; "" stands for none
	for _, name := range slices.Sorted(maps.Keys(entries)) {
		entry, _ := entries[name].(map[string]any)
		tokens, _ := entry["id_tokens"].(map[string]any)
		if _, ok := tokens["NPM_ID_TOKEN"]; !ok {
			continue
		}
		environment, _ := entry["environment"].(string)
		if whole, ok := entry["environment"].(map[string]any); ok {
			environment, _ = whole["name"].(string)
		}
		if !slices.Contains(environments, environment) {
			environments = append(environments, environment)
		}
	}
	if len(environments) == 0 {
		return nil
	}
	lines, open := form(project.Repository)
	return []ci.Draft{{From: usualFile, Lines: append(lines, ci.EnvironmentOf(environments)...), Open: open}}
}

// Blank names the usual file.
func (Provider) Blank(project ci.Project) []string {
	lines, _ := form(project.Repository)
	lines[len(lines)-1] += " # the job that publishes needs id_tokens with NPM_ID_TOKEN"
	return lines
}

// form returns the state file's form, and whether something is left to be filled in.
func form(repository string) (lines []string, open bool) {
	project, ok := strings.CutPrefix(repository, host+"/")
	if !ok {
		project = "GROUP/PROJECT"
	}
	return []string{"gitlab:", "  project: " + project, "  configFile: " + usualFile}, !ok
}
