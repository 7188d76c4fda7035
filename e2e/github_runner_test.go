package e2e_test

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"
	yamlv3 "go.yaml.in/yaml/v3"

	"github.com/agent-facets/facets-reconcile/internal/ci/githubactions"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

// githubRun is a run of a workflow: what started it, and what its jobs leave to each other.
type githubRun struct {
	*pipeline
	workflow *githubWorkflow
	of       sandbox.Job
	api      string                       // GITHUB_API_URL, "" for the sandbox's own
	state    string                       // the state file
	from     string                       // the fork that a pull request comes from
	stored   map[string]map[string]string // artifacts, by name: files with their content
	outputs  map[string]string            // of jobs: needs.JOB.outputs.NAME
}

// newGitHubRun is a run of a workflow of the documentation.
func (p *pipeline) newGitHubRun(file string, of sandbox.Job) *githubRun {
	GinkgoHelper()
	text, err := os.ReadFile("../docs/github-actions/" + file)
	Expect(err).NotTo(HaveOccurred())
	w, err := parseWorkflow(text)
	Expect(err).NotTo(HaveOccurred())
	of.Kind, of.File = githubactions.Type, "release.yml"
	if _, pushed := w.On["push"]; !pushed {
		of.File = file
	}
	return &githubRun{pipeline: p, workflow: w, of: of, state: p.read(stateFile), stored: map[string]map[string]string{},
		outputs: map[string]string{}}
}

// githubMachine runs the steps of one job. It begins with an empty folder.
type githubMachine struct {
	*place
	run    *githubRun
	values map[string]string // of expressions, by their names
	env    map[string]string // of the job
	path   []string
	failed *outcome // of the first step that failed
	all    string   // what was printed
}

func (r *githubRun) machine(job string) (*githubMachine, githubJob) {
	GinkgoHelper()
	Expect(r.workflow.Jobs).To(HaveKey(job))
	j := r.workflow.Jobs[job]
	of := r.of
	of.Environment, of.NoIDTokens = j.Environment, j.Permissions["id-token"] != "write"
	lines, err := r.world.JobEnv(of)
	Expect(err).NotTo(HaveOccurred())
	m := &githubMachine{place: newPlace(), run: r, values: maps.Clone(r.outputs), env: map[string]string{
		"npm_config_registry": string(r.registry) + "/",
	}}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, "=")
		m.env[name] = value
	}
	if r.api != "" {
		m.env["GITHUB_API_URL"] = r.api
	}
	tools := filepath.Join(m.home, "tools")
	m.path = []string{tools, m.place.path(".executor")}
	Expect(os.MkdirAll(tools, 0o700)).To(Succeed())
	Expect(os.WriteFile(filepath.Join(tools, "gh"), []byte(standInGH), 0o700)).To(Succeed())
	m.env["GITHUB_EVENT_PATH"], m.env["GITHUB_WORKSPACE"], m.env["RUNNER_TEMP"] = filepath.Join(m.home, "event.json"), m.dir, m.temp
	if of.Event == "pull_request" {
		event := fmt.Sprintf(`{"pull_request": {"number": 7, "head": {"repo": {"full_name": %q}}, "base": {"repo": {"full_name": %q}}}}`,
			cmp.Or(r.from, of.Repository), of.Repository)
		Expect(os.WriteFile(m.env["GITHUB_EVENT_PATH"], []byte(event), 0o600)).To(Succeed())
	}
	m.env["GITHUB_STEP_SUMMARY"] = filepath.Join(m.home, "summary.md")
	maps.Copy(m.values, map[string]string{
		"github.token": "of-the-job", "github.repository": m.env["GITHUB_REPOSITORY"], "github.ref_type": m.env["GITHUB_REF_TYPE"],
		"github.event.number": "7", "strategy.job-index": "0", "strategy.job-total": "1",
	})
	return m, j
}

// standInGH makes a release on GitHub as gh does, in the job of the checkout or of GH_REPO.
const standInGH = `#!/bin/bash -eu
[ "${*:1:2} ${*:4}" = "release create --verify-tag --generate-notes" ] && [ "$GH_TOKEN" = of-the-job ] || exit 64
curl -fsS -X POST "$GITHUB_API_URL/repos/$GH_REPO/releases" -d "$3"
`

// job runs a job from its first step to its last one, or leaves it out where its condition is not met.
func (r *githubRun) job(name string) *githubMachine {
	GinkgoHelper()
	m, j := r.machine(name)
	if !m.holds(j.If) {
		return nil
	}
	m.steps(j.Steps)
	m.leave(name, j)
	return m
}

// leave keeps the outputs of a job.
func (m *githubMachine) leave(name string, j githubJob) {
	for output, value := range j.Outputs {
		m.run.outputs["needs."+name+".outputs."+output] = m.fill(value)
	}
}

func (m *githubMachine) steps(list []githubStep) {
	GinkgoHelper()
	for _, s := range list {
		m.step(s)
	}
}

func (m *githubMachine) step(s githubStep) {
	GinkgoHelper()
	if always := strings.Contains(s.If, "cancelled()"); m.failed != nil && !always || !m.holds(s.If) {
		return
	}
	By(s.called())
	env := map[string]string{}
	for name, value := range s.Env {
		env[name] = m.fill(value)
	}
	if s.Uses != "" {
		m.use(s, env)
		return
	}
	m.finished(s, finish(m.begin(s, env)))
}

// scratch are the files by which a step tells the runner something.
const scratchOutput, scratchPath = "output.txt", "path.txt"

// begin starts a step in the shell that GitHub gives it.
func (m *githubMachine) begin(s githubStep, env map[string]string) *gexec.Session {
	GinkgoHelper()
	for _, file := range []string{scratchOutput, scratchPath} {
		Expect(os.WriteFile(filepath.Join(m.home, file), nil, 0o600)).To(Succeed())
	}
	all := maps.Clone(m.env)
	maps.Copy(all, env)
	all["GITHUB_OUTPUT"], all["GITHUB_PATH"] = filepath.Join(m.home, scratchOutput), filepath.Join(m.home, scratchPath)
	all["PATH"] = strings.Join(append(m.path, os.Getenv("PATH")), string(os.PathListSeparator))
	options := []string{"-e"}
	if s.Shell == "bash" || s.Shell == "" && m.run.workflow.Defaults.Run.Shell == "bash" {
		options = []string{"--noprofile", "--norc", "-eo", "pipefail"}
	}
	return m.with(variables(all)...).start("/bin/bash", append(options, "-c", s.Run)...)
}

// finished takes up what a step told.
func (m *githubMachine) finished(s githubStep, o outcome) {
	GinkgoHelper()
	m.all += o.out + o.err
	if o.code != 0 && m.failed == nil {
		m.failed = &o
	}
	told, err := os.ReadFile(filepath.Join(m.home, scratchOutput))
	Expect(err).NotTo(HaveOccurred())
	for line := range strings.Lines(string(told)) {
		name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		Expect(ok).To(BeTrue(), line)
		m.values["steps."+s.ID+".outputs."+name] = value
	}
	more, err := os.ReadFile(filepath.Join(m.home, scratchPath))
	Expect(err).NotTo(HaveOccurred())
	m.path = append(strings.Fields(string(more)), m.path...)
}

// use stands in for an action, or runs the project's own.
func (m *githubMachine) use(s githubStep, env map[string]string) {
	GinkgoHelper()
	switch s.action() {
	case "actions/checkout":
		m.write(stateFile, m.run.state)
		m.repository = "git+https://github.com/" + m.run.of.Repository + ".git"
		m.prepare()
	case "actions/setup-go", "actions/setup-node": // prepare has left both
	case "actions/upload-artifact":
		m.upload(m.fill(s.With["name"]), s)
	case "actions/download-artifact":
		Expect(m.run.stored).To(HaveKey(s.With["name"]))
		for file, content := range m.run.stored[s.With["name"]] {
			m.write(file, content)
		}
	case ownAction:
		m.composite(s, env)
	default:
		Fail("no stand-in for " + s.Uses)
	}
}

// upload stores files without their modes, those of a folder by their paths in it.
func (m *githubMachine) upload(name string, s githubStep) {
	GinkgoHelper()
	root := m.place.path(s.With["path"])
	if _, stored := m.run.stored[name]; stored && s.With["overwrite"] != "true" {
		Fail("there is an artifact " + name)
	}
	files := map[string]string{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		in, _ := filepath.Rel(root, path)
		if in == "." {
			in = filepath.Base(path)
		}
		files[in] = string(content)
		return err
	})
	if s.With["if-no-files-found"] == "error" {
		Expect(err).NotTo(HaveOccurred())
	}
	m.run.stored[name] = files
}

// composite runs the steps of the project's own action, with the variables of the step that uses it.
func (m *githubMachine) composite(s githubStep, env map[string]string) {
	GinkgoHelper()
	text, err := os.ReadFile("../action/action.yml")
	Expect(err).NotTo(HaveOccurred())
	var action githubAction
	Expect(yamlv3.Unmarshal(text, &action)).To(Succeed())
	folder, err := filepath.Abs("../action")
	Expect(err).NotTo(HaveOccurred())
	inner := *m
	inner.values = map[string]string{"github.action_path": folder}
	inner.env = maps.Clone(m.env)
	maps.Copy(inner.env, env)
	for name, input := range action.Inputs {
		inner.values["inputs."+name] = input.Default
	}
	for name, value := range s.With {
		Expect(action.Inputs).To(HaveKey(name))
		inner.values["inputs."+name] = m.fill(value)
	}
	inner.steps(action.Runs.Steps)
	for name, output := range action.Outputs {
		m.values["steps."+s.ID+".outputs."+name] = inner.fill(output.Value)
	}
	m.path, m.failed, m.all = inner.path, inner.failed, inner.all
}

// fill puts values in the place of expressions.
func (m *githubMachine) fill(text string) string {
	GinkgoHelper()
	return regexp.MustCompile(`\$\{\{ (.*?) \}\}`).ReplaceAllStringFunc(text, func(e string) string {
		return m.value(strings.TrimSpace(e[3 : len(e)-2]))
	})
}

// holds says whether the condition of a step or job is met: none, one that is about failures only, or a comparison.
func (m *githubMachine) holds(condition string) bool {
	GinkgoHelper()
	expression := strings.TrimSuffix(strings.TrimPrefix(condition, "${{ "), " }}")
	if expression == "" || expression == "!cancelled()" {
		return true
	}
	for operator, same := range map[string]bool{" == ": true, " != ": false} {
		if left, right, ok := strings.Cut(expression, operator); ok {
			return (m.value(left) == m.value(right)) == same
		}
	}
	Fail("no rule for the condition " + condition)
	return false
}

// value is that of a name, or of a text in quotes. GitHub takes a name that is not there for an empty one; here only outputs may be.
func (m *githubMachine) value(name string) string {
	GinkgoHelper()
	if quoted, ok := strings.CutPrefix(name, "'"); ok {
		return strings.TrimSuffix(quoted, "'")
	}
	value, ok := m.values[name]
	Expect(ok || strings.Contains(name, ".outputs.")).To(BeTrue(), "no value for %s", name)
	return value
}

// summary is what the job shows on the page of the run.
func (m *githubMachine) summary() string {
	GinkgoHelper()
	text, err := os.ReadFile(m.env["GITHUB_STEP_SUMMARY"])
	Expect(err).NotTo(HaveOccurred())
	return string(text)
}

// succeeded says that no step failed.
func (m *githubMachine) succeeded() *githubMachine {
	GinkgoHelper()
	Expect(m).NotTo(BeNil(), "the job was left out")
	if m.failed != nil {
		Fail(fmt.Sprintf("a step ended with %d:\n%s%s", m.failed.code, m.failed.out, m.failed.err))
	}
	return m
}
