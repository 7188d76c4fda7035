package githubactions

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"
	"unicode"

	"sigs.k8s.io/yaml"

	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/words"
)

// workflows is the folder in which GitHub looks for them.
const workflows = ".github/workflows/"

// Drafts returns the workflows that are named for publishing or releasing and may have ID tokens. One that only other workflows call is
// left out, because npm looks at the caller.
func (p Provider) Drafts(project ci.Project) []ci.Draft {
	var drafts []ci.Draft
	for _, file := range named(project) {
		var w workflow
		if err := yaml.Unmarshal(project.Files[file], &w); err != nil || w.onlyCalled() {
			continue // GitHub could not run it either
		}
		if jobs := w.identified(); len(jobs) > 0 {
			lines, open := p.lines(project.Repository, path.Base(file), environments(jobs))
			drafts = append(drafts, ci.Draft{From: file, Lines: lines, Open: open})
		}
	}
	return drafts
}

// Blank names the workflow that is named for publishing or releasing, where there is only one.
func (p Provider) Blank(project ci.Project) []string {
	file := "PUBLISH.yml"
	if all := named(project); len(all) == 1 {
		file = path.Base(all[0])
	}
	lines, _ := p.lines(project.Repository, file, nil)
	lines[len(lines)-1] += " # the job that publishes needs permissions with id-token: write"
	return lines
}

// named returns the workflows that are named for publishing or releasing, if the state file's form takes the name.
func named(project ci.Project) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(project.Files)), func(file string) bool {
		name := strings.ToLower(path.Base(file))
		return !strings.HasPrefix(file, workflows) || !strings.Contains(name, "publish") && !strings.Contains(name, "release") ||
			strings.ContainsFunc(name, unicode.IsControl)
	})
}

// lines returns the state file's form, and whether something is left to be filled in.
func (Provider) lines(repository, file string, environments []string) (lines []string, open bool) {
	project, ok := strings.CutPrefix(repository, host+"/")
	if !ok {
		project = "OWNER/REPOSITORY"
	}
	lines = []string{"github:", "  repository: " + project, "  workflow: " + words.Scalar(file)}
	return append(lines, ci.EnvironmentOf(environments)...), !ok
}

// workflow is the part of a workflow's file that matters here. Older readers of YAML take its key "on" for true.
type workflow struct {
	On          any            `json:"on"`
	OnAsTrue    any            `json:"true"`
	Permissions any            `json:"permissions"`
	Jobs        map[string]job `json:"jobs"`
}

type job struct {
	Permissions any `json:"permissions"`
	Environment any `json:"environment"`
}

// onlyCalled tells whether only another workflow can start this one.
func (w workflow) onlyCalled() bool {
	const called = "workflow_call"
	switch on := cmp.Or(w.On, w.OnAsTrue).(type) {
	case string:
		return on == called
	case []any:
		return len(on) == 1 && on[0] == called
	case map[string]any:
		_, ok := on[called]
		return ok && len(on) == 1
	}
	return false
}

// identified returns the jobs that may have ID tokens. The permissions of a job replace those of its workflow.
func (w workflow) identified() (jobs []job) {
	for _, name := range slices.Sorted(maps.Keys(w.Jobs)) {
		if j := w.Jobs[name]; j.Permissions != nil && mayIdentify(j.Permissions) || j.Permissions == nil && mayIdentify(w.Permissions) {
			jobs = append(jobs, j)
		}
	}
	return jobs
}

func mayIdentify(permissions any) bool {
	if scopes, ok := permissions.(map[string]any); ok {
		return scopes["id-token"] == "write"
	}
	return permissions == "write-all"
}

// environments returns those of the jobs, each once; "" stands for none.
func environments(jobs []job) []string {
	var names []string
	for _, j := range jobs {
		name, _ := j.Environment.(string)
		if whole, ok := j.Environment.(map[string]any); ok {
			name, _ = whole["name"].(string)
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}
