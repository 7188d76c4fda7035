package e2e_test

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	yamlv3 "go.yaml.in/yaml/v3"
)

// gitlabPipeline is a .gitlab-ci.yml, as far as the documentation's use it.
type gitlabPipeline struct {
	stages []string
	jobs   map[string]gitlabJob
	text   string
}

type gitlabJob struct {
	Extends, Stage, Image, Timeout string
	Needs                          []string
	Rules                          []gitlabRule
	Environment                    struct{ Name string }
	ResourceGroup                  string                          `yaml:"resource_group"`
	IDTokens                       map[string]struct{ Aud string } `yaml:"id_tokens"`
	Parallel                       int
	Before                         []string `yaml:"before_script"`
	Script                         []string
	Artifacts                      struct {
		When    string
		Paths   []string
		Reports map[string]string
	}
}

type gitlabRule struct {
	If, When     string
	Changes      []string
	AllowFailure bool `yaml:"allow_failure"`
}

// parseGitLab reads a pipeline, with what a job extends put into it. Hidden jobs are left out.
func parseGitLab(text []byte) (*gitlabPipeline, error) {
	var entries map[string]yamlv3.Node
	if err := yamlv3.Unmarshal(text, &entries); err != nil {
		return nil, err
	}
	p := &gitlabPipeline{jobs: map[string]gitlabJob{}, text: string(text)}
	for name, entry := range entries {
		if name == "stages" {
			if err := entry.Decode(&p.stages); err != nil {
				return nil, err
			}
			continue
		}
		var own, j gitlabJob
		if err := entry.Decode(&own); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if extended, ok := entries[own.Extends]; ok {
			if err := extended.Decode(&j); err != nil {
				return nil, err
			}
		} else if own.Extends != "" {
			return nil, fmt.Errorf("%s extends %s, which is not there", name, own.Extends)
		}
		if err := entry.Decode(&j); err != nil {
			return nil, err
		}
		if !strings.HasPrefix(name, ".") {
			p.jobs[name] = j
		}
	}
	return p, nil
}

// commands is what a job does.
func (j gitlabJob) commands() string {
	return strings.Join(slices.Concat(j.Before, j.Script), "\n")
}

func (j gitlabJob) does(command string) bool { return strings.Contains(j.commands(), command) }

// startedBy are the jobs of a pipeline with these variables, in which these files have changed, by their names.
func (p *gitlabPipeline) startedBy(variables map[string]string, changed ...string) (found []string) {
	for name, j := range p.jobs {
		if slices.ContainsFunc(j.Rules, func(r gitlabRule) bool { return r.fits(variables, changed) }) {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	return found
}

// fits knows the forms of conditions that the documentation uses. Others fit nothing.
func (r gitlabRule) fits(variables map[string]string, changed []string) bool {
	if r.Changes != nil && !slices.ContainsFunc(changed, func(file string) bool { return slices.Contains(r.Changes, file) }) {
		return false
	}
	for condition := range strings.SplitSeq(r.If, " && ") {
		pattern := regexp.MustCompile(`^\$(\w+) =~ /(.*)/$`).FindStringSubmatch(condition)
		same := regexp.MustCompile(`^\$(\w+) == (?:"(.*)"|\$(\w+))$`).FindStringSubmatch(condition)
		switch {
		case pattern != nil && regexp.MustCompile(pattern[2]).MatchString(variables[pattern[1]]):
		case same != nil && variables[same[1]] == cmp.Or(same[2], variables[same[3]]):
		default:
			return false
		}
	}
	return true
}

// broken lists the promises of the guide that a pipeline does not keep.
func (p *gitlabPipeline) broken() (found []string) {
	if regexp.MustCompile(`(?i)\$\w*(password|secret|npm_token|gitlab_token)`).MatchString(p.text) {
		found = append(found, "it uses a stored secret")
	}
	for _, name := range slices.Sorted(maps.Keys(p.jobs)) {
		j := p.jobs[name]
		for _, says := range slices.Concat(j.misplaced(p), j.careless(), j.lost()) {
			found = append(found, name+" "+says)
		}
	}
	return found
}

// misplaced lists what does not fit the rest of the pipeline.
func (j gitlabJob) misplaced(p *gitlabPipeline) (found []string) {
	if !slices.Contains(p.stages, j.Stage) {
		found = append(found, "is in no stage")
	}
	if !regexp.MustCompile(`^\w+:\d`).MatchString(j.Image) {
		found = append(found, "has an image of no version")
	}
	for _, name := range j.Needs {
		if _, ok := p.jobs[name]; !ok {
			found = append(found, "needs "+name+", which is no job")
		}
	}
	tool := ".tools/facets-reconcile"
	if (j.does(tool) || j.does("./reports")) && !slices.ContainsFunc(j.Needs, func(name string) bool {
		return slices.Contains(p.jobs[name].Artifacts.Paths, map[bool]string{true: ".tools", false: "reports"}[j.does(tool)])
	}) {
		found = append(found, "has nothing from the jobs that it needs")
	}
	return found
}

// careless lists how a job may do harm, or do nothing.
func (j gitlabJob) careless() (found []string) {
	publishes := j.does("facets-reconcile apply")
	if publishes != (len(j.IDTokens) > 0) {
		found = append(found, "has ID tokens and publishes nothing, or has none and publishes")
	}
	if !publishes {
		return found
	}
	if !strings.HasPrefix(j.IDTokens["NPM_ID_TOKEN"].Aud, "npm:") || j.IDTokens["SIGSTORE_ID_TOKEN"].Aud != "sigstore" {
		found = append(found, "has ID tokens for others")
	}
	if j.does("npm ci") || j.does("go install") || len(j.Before) > 0 {
		found = append(found, "lets its ID token grow old before it publishes")
	}
	if j.Environment.Name == "" {
		found = append(found, "publishes without the environment")
	}
	if j.Timeout == "" || !j.does("--timeout 45m") {
		found = append(found, "may outlive what npm gave it to publish with")
	}
	if shared := j.Parallel > 1; shared != j.does("--shard gitlab") || shared == (j.ResourceGroup != "") {
		found = append(found, "has parallel and --shard, or a resource group, not the one that it needs")
	}
	for _, r := range j.Rules {
		if !strings.HasPrefix(r.If, "$CI_COMMIT_TAG =~ /^") {
			found = append(found, "publishes for more than tags")
		}
	}
	return found
}

// lost lists reports that GitLab does not show.
func (j gitlabJob) lost() (found []string) {
	for _, report := range regexp.MustCompile(`--report (\w+)=(\S+)`).FindAllStringSubmatch(j.commands(), -1) {
		shown := slices.ContainsFunc(j.Artifacts.Paths, func(path string) bool { return strings.HasPrefix(report[2], path) })
		switch report[1] {
		case "junit":
			shown = j.Artifacts.Reports["junit"] == report[2]
		case "gitlab":
			shown = j.Artifacts.Reports["codequality"] == report[2]
		}
		if !shown || j.Artifacts.When != "always" {
			found = append(found, report[2]+" is not kept")
		}
	}
	return found
}
