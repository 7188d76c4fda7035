package e2e_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"
	"sigs.k8s.io/yaml"
)

// script is what a step runs in CircleCI's shell.
type script struct {
	name, command string
	keeps         []string // of persist_to_workspace: paths below the project
}

// scripts are the steps of a job of docs/circleci, commands unfolded, as far as they do something on the machine.
func scripts(file, job string) (found []script) {
	GinkgoHelper()
	text, err := os.ReadFile("../docs/circleci/" + file)
	Expect(err).NotTo(HaveOccurred())
	var c configuration
	Expect(yaml.Unmarshal(text, &struct {
		Commands *map[string]work
		Jobs     *map[string]work
	}{&c.Commands, &c.Jobs})).To(Succeed())
	Expect(c.Jobs).To(HaveKey(job))
	var unfold func(steps []any)
	unfold = func(steps []any) {
		for _, step := range steps {
			if name, ok := step.(string); ok {
				unfold(c.Commands[name].Steps)
				continue
			}
			if kept := asMap(asMap(step)["persist_to_workspace"]); kept != nil {
				s := script{name: "persist_to_workspace"}
				for _, path := range kept["paths"].([]any) {
					s.keeps = append(s.keeps, path.(string))
				}
				found = append(found, s)
			}
			switch run := asMap(step)["run"].(type) {
			case string:
				found = append(found, script{name: run, command: run})
			case map[string]any:
				found = append(found, script{name: run["name"].(string), command: run["command"].(string)})
			}
		}
	}
	unfold(c.Jobs[job].Steps)
	return found
}

// prepare leaves what a checkout of agent-facets has, and what its image brings: go installs this program, and npm builds
// what is in .built.
func (p *place) prepare() {
	GinkgoHelper()
	p.write("LICENSE", "MIT\n")
	p.write("packages/cli/README.md", "# agent-facets\n")
	p.write("packages/cli/bin/facet.js", "#!/usr/bin/env node\n")
	p.write("packages/cli/package.json", `{"name": "agent-facets", "version": "1.0.0", "description": "Facets", "license": "MIT",
		"bin": {"facet": "bin/facet.js"}, "scripts": {"prepack": "exit 1"}, "devDependencies": {"typescript": "*"}}`)
	p.buildTargets(".built/packages/cli/dist", "1.0.0")
	for name, does := range map[string]string{
		"go": `[ "$*" = "install github.com/agent-facets/facets-reconcile/cmd/facets-reconcile@latest" ] || exit 64
ln -sf "` + binary + `" .executor/facets-reconcile`,
		"npm": `case "$*" in ci) ;; "run build") cp -R .built/. . ;; *) exit 64 ;; esac`,
	} {
		p.write(".executor/"+name, "#!/bin/bash -eu\n"+does+"\n")
		Expect(os.Chmod(p.path(".executor", name), 0o700)).To(Succeed())
	}
}

// node is one executor of a job, by the variables that CircleCI sets; in is its folder.
func (p *pipeline) node(in *place, index, total string) *place {
	GinkgoHelper()
	at := &pipeline{in, p.world, p.registry}
	return at.executor("agent-facets@1.0.0").with("CI", "true", "CIRCLE_NODE_INDEX", index, "CIRCLE_NODE_TOTAL", total,
		"CIRCLE_JOB", "release", "CIRCLE_SHA1", strings.Repeat("1", 40), "CIRCLE_WORKING_DIRECTORY", in.dir)
}

func (p *place) shell(s script) *gexec.Session {
	GinkgoHelper()
	By(s.name)
	return p.start("/bin/bash", "-eo", "pipefail", "-c", s.command)
}

func (p *place) result() document {
	GinkgoHelper()
	var d document
	Expect(json.Unmarshal([]byte(p.read("reports/result.json")), &d)).To(Succeed())
	return d
}

// announcements are a GitHub that makes releases, for all else the sandbox's, and a chat.
type announcements struct {
	*httptest.Server
	mu   sync.Mutex
	sent []string // method, path and body
}

func newAnnouncements(world registry) *announcements {
	GinkgoHelper()
	github, err := url.Parse(string(world) + "/github")
	Expect(err).NotTo(HaveOccurred())
	forward := httputil.NewSingleHostReverseProxy(github)
	a := &announcements{}
	a.Server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/chat" && !strings.HasSuffix(r.URL.Path, "/releases") {
			forward.ServeHTTP(rw, r)
			return
		}
		body, _ := io.ReadAll(r.Body)
		a.mu.Lock()
		defer a.mu.Unlock()
		a.sent = append(a.sent, r.Method+" "+r.URL.Path+" "+strings.Join(strings.Fields(string(body)), " "))
		rw.WriteHeader(http.StatusCreated)
	}))
	DeferCleanup(a.Close)
	return a
}

func (a *announcements) all() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.sent)
}

var _ = Describe("the configurations that docs/circleci.md gives, run step by step", func() {
	var p *pipeline
	everything := append([]string{"agent-facets@1.0.0"}, facetsPlatformNames()...)
	for i, name := range everything[1:] {
		everything[i+1] = name + "@1.0.0"
	}

	BeforeEach(func() {
		facets := newFacets()
		facets.seedAndTrust()
		facets.prepare()
		p = newPipeline(facets)
	})

	// job runs the steps of a job on one node, and returns what was kept for the workspace.
	job := func(on *place, file, job string) (kept []string) {
		GinkgoHelper()
		for _, s := range scripts(file, job) {
			if s.command == "" {
				kept = append(kept, s.keeps...)
				continue
			}
			if _, err := exec.LookPath("jq"); err != nil && strings.Contains(s.command, "jq ") {
				AddReportEntry("not run, as jq is not installed: " + s.name)
				continue
			}
			finish(on.shell(s)).ends(0)
		}
		return kept
	}

	// other is another executor's folder, with the checkout and what came through the workspace.
	other := func(kept []string) *place {
		GinkgoHelper()
		there := newFacets()
		there.prepare()
		there.remove(".built")
		archive := there.path(".workspace.tar")
		finish(p.start("tar", append([]string{"-cf", archive}, kept...)...)).ends(0)
		finish(there.start("tar", "-xf", archive)).ends(0)
		return there
	}

	It("release: publishes, keeps reports, and announces once", func() {
		told := newAnnouncements(p.registry)
		on := p.node(p.place, "0", "1").with("GITHUB_API_URL", told.URL, "GITHUB_TOKEN", "of-the-context",
			"CHAT_WEBHOOK_URL", told.URL+"/chat")
		job(on, "release.yml", "release")
		Expect(p.sent(http.MethodPut)).To(ConsistOf(paths(append(facetsPlatformNames(), "agent-facets")...)))
		Expect(on.result().PublishedNow).To(ConsistOf(everything))
		Expect(on.read("reports/junit/release.xml")).To(ContainSubstring("@agent-facets/cli-linux-x64-musl"))
		Expect(on.read("reports/release.html")).To(ContainSubstring("Converged"))
		entry, ok := p.registry.manifest("agent-facets", "1.0.0")
		Expect(ok).To(BeTrue())
		Expect(entry.OptionalDependencies).To(HaveLen(12))

		if _, err := exec.LookPath("jq"); err == nil {
			Expect(told.all()).To(HaveExactElements(
				`POST /repos/agent-facets/facets/releases { "tag_name": "agent-facets@1.0.0", "generate_release_notes": true }`,
				And(HavePrefix(`POST /chat { "text": "On npm now: `), ContainSubstring("agent-facets@1.0.0"))))
		}
		before := len(told.all())
		job(on, "release.yml", "release")
		Expect(on.result().PublishedNow).To(BeEmpty())
		Expect(told.all()).To(HaveLen(before), "a rerun announces nothing")

		nightly := scripts("release.yml", "drift")
		finish(on.shell(nightly[0])).ends(0)
		o := finish(on.with("CIRCLE_TAG", "").shell(nightly[1])).ends(2)
		Expect(o.err).To(ContainSubstring("issue opened"), "the libraries have tags and no release")
		Expect(on.read("reports/junit/drift.xml")).To(ContainSubstring("TagWithoutRelease"))
		Expect(on.read("reports/drift.html")).To(ContainSubstring("TagWithoutRelease"))
	})

	It("parallel: two nodes share the upload, and one of them has the entry", func() {
		kept := job(p.node(p.place, "0", "1"), "parallel.yml", "build")
		nodes := []*place{p.node(other(kept), "0", "2"), p.node(other(kept), "1", "2")}
		steps := scripts("parallel.yml", "publish")
		Expect(steps).To(HaveLen(2))
		sessions := []*gexec.Session{}
		for _, on := range nodes {
			finish(on.shell(steps[0])).ends(0)
		}
		for _, on := range nodes {
			sessions = append(sessions, on.shell(steps[1]))
		}
		for _, session := range sessions {
			finish(session).ends(0)
		}
		first, second := nodes[0].result().PublishedNow, nodes[1].result().PublishedNow
		Expect(slices.Concat(first, second)).To(ConsistOf(everything))
		Expect(first).To(ContainElement("agent-facets@1.0.0"))
		Expect(p.sent(http.MethodPut)).To(HaveLen(13))
	})

	It("matrix: a job for each package, and the entry when all are done", func() {
		kept := job(p.node(p.place, "0", "1"), "matrix.yml", "build")
		on := p.node(other(kept), "0", "1")
		for _, name := range append(facetsPlatformNames(), "agent-facets") {
			for _, s := range scripts("matrix.yml", "publish") {
				s.command = strings.ReplaceAll(s.command, "<< parameters.package >>", name)
				finish(on.shell(s)).ends(0)
			}
			Expect(on.result().PublishedNow).To(Equal([]string{name + "@1.0.0"}))
		}
	})

	It("approval: what was planned is applied in another job", func() {
		kept := job(p.node(p.place, "0", "1"), "approval.yml", "plan")
		Expect(p.sent(http.MethodPut)).To(BeEmpty())
		job(p.node(other(kept), "0", "1"), "approval.yml", "apply")
		Expect(p.sent(http.MethodPut)).To(HaveLen(13))
	})
})
