package e2e_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"

	"github.com/agent-facets/facets-reconcile/internal/ci/gitlab"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

// gitlabRun is a pipeline that something started, and what its jobs leave to each other.
type gitlabRun struct {
	*pipeline
	file  *gitlabPipeline
	of    sandbox.Job
	api   string            // GitLab's, without /api/v4
	state string            // the state file
	kept  map[string]string // archives of artifacts, by job
}

// newGitLabRun is a pipeline of the documentation.
func (p *pipeline) newGitLabRun(file, api string, of sandbox.Job) *gitlabRun {
	GinkgoHelper()
	text, err := os.ReadFile("../docs/gitlab/" + file)
	Expect(err).NotTo(HaveOccurred())
	parsed, err := parseGitLab(text)
	Expect(err).NotTo(HaveOccurred())
	of.Kind, of.File = gitlab.Type, ".gitlab-ci.yml"
	return &gitlabRun{pipeline: p, file: parsed, of: of, api: api, state: p.read(stateFile), kept: map[string]string{}}
}

// gitlabMachine is where a job runs: a checkout, with the artifacts of the jobs that it needs.
type gitlabMachine struct {
	*place
	run     *gitlabRun
	name    string
	job     gitlabJob
	session *gexec.Session
	outcome
}

// start starts a job; more are further variables.
func (r *gitlabRun) start(name string, more ...string) *gitlabMachine {
	GinkgoHelper()
	Expect(r.file.jobs).To(HaveKey(name))
	m := &gitlabMachine{place: newPlace(), run: r, name: name, job: r.file.jobs[name]}
	m.write(stateFile, r.state)
	m.repository = "git+https://gitlab.com/" + r.of.Repository + ".git"
	m.prepare()
	for _, needed := range m.job.Needs {
		if archive, ok := r.kept[needed]; ok {
			finish(m.place.start("tar", "-xf", archive)).ends(0)
		}
	}
	script := strings.Join(append(m.job.Before, m.job.Script...), "\n")
	m.session = m.with(variables(m.variables())...).with(more...).start("/bin/bash", "-eo", "pipefail", "-c", script)
	return m
}

// variables are those that GitLab sets. The job has the ID tokens that it asks for.
func (m *gitlabMachine) variables() map[string]string {
	GinkgoHelper()
	of := m.run.of
	of.Environment, of.NoIDTokens = m.job.Environment.Name, len(m.job.IDTokens) == 0
	lines, err := m.run.world.JobEnv(of)
	Expect(err).NotTo(HaveOccurred())
	set := map[string]string{}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, "=")
		if _, asked := m.job.IDTokens[name]; asked || !strings.HasSuffix(name, "_ID_TOKEN") {
			set[name] = value
		}
	}
	maps.Copy(set, map[string]string{
		"PATH":                m.path(".executor") + string(os.PathListSeparator) + os.Getenv("PATH"),
		"npm_config_registry": string(m.run.registry) + "/", "GITHUB_API_URL": string(m.run.registry) + "/github",
		"CI_PROJECT_DIR": m.dir, "CI_API_V4_URL": m.run.api + "/api/v4", "CI_JOB_TOKEN": "of-the-job",
	})
	return set
}

// end waits for a job, and keeps its artifacts.
func (m *gitlabMachine) end() *gitlabMachine {
	GinkgoHelper()
	m.outcome = finish(m.session)
	if m.code != 0 && m.job.Artifacts.When != "always" {
		return m
	}
	var there []string
	for _, path := range m.job.Artifacts.Paths {
		if exists(m.path(path)) {
			there = append(there, path)
		}
	}
	if len(there) > 0 {
		archive := filepath.Join(m.home, "artifacts.tar")
		finish(m.place.start("tar", append([]string{"-cf", archive}, there...)...)).ends(0)
		m.run.kept[m.name] = archive
	}
	return m
}

// does runs a job to its end.
func (r *gitlabRun) does(name string) *gitlabMachine {
	GinkgoHelper()
	By(name)
	return r.start(name).end()
}

func (m *gitlabMachine) succeeded() *gitlabMachine {
	GinkgoHelper()
	if m.code != 0 {
		Fail(fmt.Sprintf("%s ended with %d:\n%s%s", m.name, m.code, m.out, m.err))
	}
	return m
}
