package e2e_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

var _ = Describe("reports for the pages of GitHub and GitLab", func() {
	It("append to the summary of a step, and replace any other file", func() {
		p := newDemo()
		p.write("summary", "what another step says")
		p.write("other.md", "of before")
		job := p.with("GITHUB_ACTIONS", "true", "GITHUB_STEP_SUMMARY", p.path("summary"))
		job.run("plan", "--sandbox", "--report", "github=summary", "--report", "github=other.md").ends(0)
		Expect(p.read("summary")).To(HavePrefix("what another step says\n## ○ "))
		Expect(p.read("summary")).To(ContainSubstring("| demo | "))
		Expect(p.read("other.md")).To(HavePrefix("## ○ "))

		p.write("summary", strings.Repeat("x", 1<<20))
		full := job.run("plan", "--sandbox", "--report", "github=summary").ends(1)
		Expect(full.err).To(ContainSubstring("GitHub takes 1024 KiB of a step, which are there already"))
		Expect(p.read("summary")).To(HaveLen(1 << 20))
	})

	It("point to the lines of the state file", func() {
		p := newDemo()
		p.write(".git/HEAD", "ref: refs/heads/main\n")
		lines := strings.Split(p.read(stateFile), "\n")
		at := func(text string) int {
			for i, line := range lines {
				if strings.Contains(line, text) {
					return i + 1
				}
			}
			return 0
		}
		o := p.run("plan", "--sandbox", "--annotations", "--report", "gitlab=out/quality.json", "-o", "json").ends(0)
		Expect(o.document().Kind).To(Equal("Plan"), "stdout is the result's")
		Expect(o.err).To(MatchRegexp(`(?m)^::notice file=%s,line=%d,col=\d+,title=.*::`, stateFile, at("package: demo")))

		var found []struct {
			Description, Fingerprint, Severity string
			CheckName                          string `json:"check_name"`
			Location                           struct {
				Path  string
				Lines struct{ Begin int }
			}
		}
		Expect(json.Unmarshal([]byte(p.read("out/quality.json")), &found)).To(Succeed())
		Expect(found).To(ContainElement(And(HaveField("CheckName", "seed"), HaveField("Severity", "info"),
			HaveField("Location.Path", stateFile), HaveField("Location.Lines.Begin", at("@demo/core")))))
		Expect(p.run("validate", "--annotations").ends(0).err).To(BeEmpty())

		p.run("apply", "--sandbox", "--scan-delay", "0s").ends(0)
		o = p.run("plan", "--sandbox", "--annotations", "--report", "gitlab=out/quality.json").ends(0)
		Expect(o.err).NotTo(ContainSubstring("::"))
		Expect(p.read("out/quality.json")).To(MatchJSON(`[]`), "which tells GitLab that all is mended")

		p.edit(stateFile, "kind: DesiredState\n", "kind: DesiredState\nkinds: 50%, \"more\"\n")
		for _, command := range []string{"validate", "plan"} {
			wrong := p.run(command, "--annotations").ends(1)
			Expect(wrong.err).To(MatchRegexp(`(?m)^::error file=%s,line=\d+,col=1,title=the state file is wrong::kinds: `, stateFile))
			Expect(wrong.err).To(ContainSubstring("facets-reconcile: "+stateFile+": "), "and in words")
		}
	})

	It("let nothing else be a command to GitHub's runner", func() {
		const name = "##[error]x.yaml"
		p := newDemo()
		p.write(name, p.read(stateFile))
		job := p.with("GITHUB_ACTIONS", "true")
		Expect(job.run("validate", "-f", name).ends(0).out).To(HavePrefix("## [error]x.yaml is valid"))
		Expect(p.run("validate", "-f", name).ends(0).out).To(HavePrefix(name + " is valid"))
		p.edit(name, "kind: DesiredState\n", "kind: DesiredState\nkinds: more\n")
		wrong := job.run("validate", "-f", name, "--annotations").ends(1)
		Expect(wrong.err).To(And(HavePrefix("::error file=##[error]x.yaml,line="), ContainSubstring("facets-reconcile: ## [error]x.yaml: ")))
	})

	Describe("as one comment of a pull request", Ordered, func() {
		var p *pipeline
		comments := func() []sandbox.Comment {
			GinkgoHelper()
			all, err := p.world.Comments()
			Expect(err).NotTo(HaveOccurred())
			return all
		}
		// event is a job for a pull request, as GitHub Actions describes it.
		event := func(head string) *place {
			p.write("event.json", `{"pull_request": {"number": 7, "head": {"repo": {"full_name": "`+head+`"}}, "base": {"repo": {"full_name": "example/demo"}}}}`)
			return p.outside().with("GITHUB_ACTIONS", "true", "GITHUB_REPOSITORY", "example/demo", "GITHUB_REF", "refs/pull/7/merge",
				"GITHUB_EVENT_PATH", p.path("event.json"), "GITHUB_TOKEN", "ghs_0123456789abcdef")
		}

		BeforeAll(func() { p = newPipeline(released()) })

		It("it is made, kept, edited, and says at last that there is nothing to do", func() {
			p.declare("@demo/new")
			job := event("example/demo")
			Expect(job.run("plan", "--comment").ends(0).err).To(MatchRegexp(`comment made: http://\S+/pull/7#issuecomment-1\n`))
			Expect(comments()).To(ConsistOf(HaveField("Body", And(HavePrefix("<!-- facets-reconcile plan: demo -->"),
				ContainSubstring("## ○ A human must act"), ContainSubstring("| @<!-- -->demo/new | ")))))
			Expect(job.run("plan", "--comment").ends(0).err).To(ContainSubstring("comment kept: "))
			p.edit(stateFile, "\n        - package: \"@demo/new\"\n", "\n")
			Expect(job.run("plan", "--comment").ends(0).err).To(ContainSubstring("comment edited: "))
			Expect(comments()).To(ConsistOf(HaveField("Body", ContainSubstring("## ✓ No changes"))))
			Expect(p.told()).To(Equal([]string{"POST issues/7/comments", "PATCH issues/comments/1"}))
		})

		It("it is refused before anybody is asked where there is no pull request, or no token", func() {
			for said, args := range map[string][]string{
				"this is no job of a pull request": {"--comment"}, "give the number of a pull request": {"--comment=0"},
				"set GITHUB_TOKEN": {"--comment=7"},
			} {
				o := p.outside().run(append([]string{"plan"}, args...)...).ends(1)
				Expect(o.err).To(And(ContainSubstring(said), Not(ContainSubstring("comment made"))))
			}
		})

		It("it is made in a rehearsal, too, by the number alone", func() {
			Expect(p.run("plan", "--sandbox", "--comment=8").ends(0).err).To(ContainSubstring("comment made: "))
			Expect(comments()).To(ContainElement(HaveField("Number", 8)))
		})
	})

	It("leave out the comment of a fork, whose job may not write, and fail where one that may does not", func() {
		p := newPipelineBehind(newDemo(), func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/comments") && r.Method == http.MethodPost {
					rw.WriteHeader(http.StatusForbidden)
					_, _ = rw.Write([]byte(`{"message": "Resource not accessible by integration"}`))
					return
				}
				next.ServeHTTP(rw, r)
			})
		})
		p.write("event.json", `{"pull_request": {"number": 7, "head": {"repo": {"full_name": "them/demo"}}, "base": {"repo": {"full_name": "example/demo"}}}}`)
		guest := p.keeper().with("GITHUB_EVENT_PATH", p.path("event.json"))
		for _, job := range []*place{guest, guest.with("GITHUB_TOKEN", "")} {
			Expect(job.run("plan", "--comment").ends(0).err).To(
				ContainSubstring("no comment is kept in the pull request #7: it comes from the fork them/demo"))
		}
		o := p.keeper().run("plan", "--comment=7", "--report", "github=out.md").ends(1)
		Expect(o.err).To(And(ContainSubstring("--comment: writing a comment to #7 of example/demo"), ContainSubstring("pull-requests: write")))
		Expect(o.out).To(ContainSubstring("to seed"))
		Expect(p.path("out.md")).To(BeARegularFile())
	})

	It("write the plan as one note of a merge request of GitLab", func() {
		var notes []map[string]any
		lab := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			var answer any = map[string]any{"id": 1}
			switch r.Method + " " + r.URL.Path {
			case "GET /api/v4/user":
			case "GET /api/v4/projects/42/merge_requests/7/notes":
				answer = append([]map[string]any{}, notes...)
			default:
				var sent map[string]any
				_ = json.NewDecoder(r.Body).Decode(&sent)
				sent["id"], sent["author"], sent["to"] = 1, answer, r.Method+" "+r.URL.Path+" "+r.Header.Get("PRIVATE-TOKEN")
				notes, answer = []map[string]any{sent}, sent
			}
			_ = json.NewEncoder(rw).Encode(answer)
		}))
		DeferCleanup(lab.Close)
		p := newPipeline(newDemo())
		job := p.outside().with("GITLAB_CI", "true", "CI_API_V4_URL", lab.URL+"/api/v4", "CI_MERGE_REQUEST_IID", "7", "CI_MERGE_REQUEST_PROJECT_ID", "42")
		Expect(job.run("plan", "--comment").ends(1).err).To(ContainSubstring("set GITLAB_TOKEN to an access token of the project"))
		Expect(job.with("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", "43").run("plan", "--comment").ends(0).err).To(
			ContainSubstring("no comment is kept in the merge request !7: it comes from a fork, the project 43"))
		job = job.with("GITLAB_TOKEN", "glpat-0123456789")
		Expect(job.run("plan", "--sandbox", "--comment").ends(1).err).To(ContainSubstring("the sandbox stands in for GitHub, and not for GitLab"))
		Expect(notes).To(BeEmpty())
		Expect(job.run("plan", "--comment").ends(0).err).To(ContainSubstring("comment made: !7"))
		Expect(notes).To(ConsistOf(And(HaveKeyWithValue("body", ContainSubstring("## ○ ")),
			HaveKeyWithValue("to", "POST /api/v4/projects/42/merge_requests/7/notes glpat-0123456789"))))
		Expect(job.run("plan", "--comment").ends(0).err).To(ContainSubstring("comment kept: !7"))
	})
})
