package e2e_test

import (
	"cmp"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	yamlv3 "go.yaml.in/yaml/v3"
)

// githubWorkflow is a workflow of GitHub Actions, as far as the documentation's use it.
type githubWorkflow struct {
	On          map[string]any
	Permissions map[string]string // nil where the workflow says nothing
	Concurrency *githubConcurrency
	Defaults    struct{ Run struct{ Shell string } }
	Jobs        map[string]githubJob

	text string // as it is written, with its comments
}

type githubJob struct {
	Needs       string
	If          string
	Environment string
	Permissions map[string]string
	Concurrency *githubConcurrency
	Strategy    *struct {
		FailFast *bool `yaml:"fail-fast"`
		Matrix   map[string][]any
	}
	Timeout int `yaml:"timeout-minutes"`
	Outputs map[string]string
	Steps   []githubStep
}

type githubConcurrency struct {
	Group  string
	Cancel bool `yaml:"cancel-in-progress"`
	Queue  string
}

type githubStep struct {
	ID, Name, Uses, Run, Shell, If string
	With, Env                      map[string]string
}

func (s githubStep) called() string { return cmp.Or(s.Name, s.Uses, s.Run) }

// action is what the step uses, without its version: "actions/checkout".
func (s githubStep) action() string {
	name, _, _ := strings.Cut(s.Uses, "@")
	return name
}

// githubAction is a composite action.
type githubAction struct {
	Inputs map[string]struct {
		Description, Default string
		Required             bool
	}
	Outputs map[string]struct{ Value string }
	Runs    struct{ Steps []githubStep }
}

func parseWorkflow(text []byte) (*githubWorkflow, error) {
	w := githubWorkflow{text: string(text)}
	return &w, yamlv3.Unmarshal(text, &w)
}

// commands is what the steps of a job do in a shell, or have the project's own action do.
func (j githubJob) commands() string {
	var all []string
	for _, s := range j.Steps {
		if s.action() == ownAction {
			all = append(all, "facets-reconcile "+s.With["command"]+" "+s.With["args"])
		}
		all = append(all, s.Run)
	}
	return strings.ReplaceAll(strings.Join(all, "\n"), "\\\n", "")
}

func (j githubJob) does(command string) bool { return strings.Contains(j.commands(), command) }

// uses returns the steps that use an action.
func (j githubJob) uses(action string) (found []githubStep) {
	for _, s := range j.Steps {
		if s.action() == action {
			found = append(found, s)
		}
	}
	return found
}

const ownAction = "agent-facets/facets-reconcile/action"

// may is all that a job has to be permitted, and may be.
func (j githubJob) may() map[string]string {
	scopes := map[string]string{}
	for command, more := range map[string]map[string]string{
		"facets-reconcile apply": {"id-token": "write"},
		"--github-issue":         {"issues": "write"},
		"--comment":              {"pull-requests": "write"},
		"gh release create":      {"contents": "write"},
	} {
		if j.does(command) {
			for scope, access := range more {
				scopes[scope] = access
			}
		}
	}
	if len(j.uses("actions/checkout")) > 0 && scopes["contents"] == "" {
		scopes["contents"] = "read"
	}
	return scopes
}

// broken lists the promises of the guide that a workflow does not keep.
func (w *githubWorkflow) broken() (found []string) {
	if w.Permissions == nil || len(w.Permissions) > 0 {
		found = append(found, "the workflow permits something to all jobs")
	}
	if strings.Contains(w.text, "secrets.") || strings.Contains(w.text, "pull_request_target") {
		found = append(found, "it uses a stored secret, or gives one to pull requests of forks")
	}
	for _, used := range regexp.MustCompile(`(?m)uses: (\S+)(.*)$`).FindAllStringSubmatch(w.text, -1) {
		pinned := regexp.MustCompile(`^[\w-]+/[\w./-]+@[0-9a-f]{40}$`).MatchString(used[1])
		if !strings.HasPrefix(used[1], ownAction+"@") && !(pinned && regexp.MustCompile(`^ # v\d+\.\d+\.\d+$`).MatchString(used[2])) {
			found = append(found, used[1]+" is not pinned, with its version beside it")
		}
	}
	for name, j := range w.Jobs {
		for _, says := range slices.Concat(j.careless(w), j.lost(w), j.unprepared()) {
			found = append(found, name+" "+says)
		}
	}
	return found
}

// careless lists how a job may do harm.
func (j githubJob) careless(w *githubWorkflow) (found []string) {
	if fmt.Sprint(j.Permissions) != fmt.Sprint(j.may()) {
		found = append(found, fmt.Sprintf("is permitted %v, and needs %v", j.Permissions, j.may()))
	}
	if j.Timeout == 0 {
		found = append(found, "has no timeout")
	}
	for _, s := range j.Steps {
		if strings.Contains(s.Run, "${{") {
			found = append(found, "puts an expression into a script: "+s.called())
		}
		if s.action() == "actions/checkout" && s.With["persist-credentials"] != "false" {
			found = append(found, "leaves its token in the checkout")
		}
	}
	if !j.does("facets-reconcile apply") {
		return found
	}
	if j.Environment == "" {
		found = append(found, "publishes without the environment")
	}
	if j.does("npm ci") {
		found = append(found, "runs what dependencies bring along, and may publish")
	}
	if c := cmp.Or(j.Concurrency, w.Concurrency); c == nil || c.Group == "" || c.Cancel || c.Queue != "max" {
		found = append(found, "may cancel another release")
	}
	if shared := j.Strategy != nil; shared != j.does("--shard") {
		found = append(found, "has a matrix or --shard, not both")
	} else if shared && (j.Strategy.FailFast == nil || *j.Strategy.FailFast || j.Concurrency != nil) {
		found = append(found, "lets one share stop the others")
	}
	push, _ := w.On["push"].(map[string]any)
	_, byHand := w.On["workflow_dispatch"]
	if push["tags"] == nil || len(push) != 1 || len(w.On) != 2 || !byHand || w.Jobs[j.Needs].If != "${{ github.ref_type == 'tag' }}" {
		found = append(found, "publishes for more than tags")
	}
	return found
}

// lost lists what a job writes or wants and nobody gets or gives.
func (j githubJob) lost(w *githubWorkflow) (found []string) {
	for _, report := range regexp.MustCompile(`--report (?:html|json)=(\S+)`).FindAllStringSubmatch(j.commands(), -1) {
		if !slices.ContainsFunc(j.uses("actions/upload-artifact"), func(s githubStep) bool {
			return s.With["path"] == path.Dir(report[1]) && s.If == "${{ !cancelled() }}" && s.With["overwrite"] == "true"
		}) {
			found = append(found, report[1]+" is not kept")
		}
	}
	for _, command := range regexp.MustCompile(`facets-reconcile (apply|plan|drift) .*`).FindAllString(j.commands(), -1) {
		byAction := len(j.uses(ownAction)) > 0
		if !byAction && !(strings.Contains(command, "--annotations") && strings.Contains(command, `"github=$GITHUB_STEP_SUMMARY"`)) {
			found = append(found, "neither annotates nor writes the summary: "+command)
		}
	}
	for _, s := range j.uses("actions/download-artifact") {
		if !slices.ContainsFunc(w.Jobs[j.Needs].uses("actions/upload-artifact"), func(given githubStep) bool {
			return given.With["name"] == s.With["name"]
		}) {
			found = append(found, s.With["name"]+" does not come from "+j.Needs)
		}
	}
	return found
}

// unprepared lists programs that a job uses before it has set them up.
func (j githubJob) unprepared() (found []string) {
	ready := map[string]bool{}
	for _, s := range j.Steps {
		ready[s.action()] = true
		if strings.Contains(s.Run, "go install") && !ready["actions/setup-go"] || strings.Contains(s.Run, "npm ci") && !ready["actions/setup-node"] {
			found = append(found, "does not set up what it needs for: "+s.called())
		}
	}
	return found
}
