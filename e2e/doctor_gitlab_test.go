package e2e_test

import (
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/ci/gitlab"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

var _ = Describe("doctor in GitLab", Ordered, func() {
	const declared = "id_tokens: {NPM_ID_TOKEN: {aud: \"npm:127.0.0.1\"}}"
	type job = sandbox.Job
	var (
		p    *pipeline
		said []string
	)

	BeforeAll(func() {
		p = clinic("- gitlab: {project: example/sub/demo, configFile: .gitlab-ci.yml, environment: production}")
	})

	claim := func(name string, value any) job { return job{Claims: map[string]any{name: value}} }

	DescribeTable("names the cause",
		func(a ailment) {
			a.job.Kind = gitlab.Type
			said = append(said, p.examine(a))
		},
		Entry("nothing is wrong", ailment{healthy: true}),
		Entry("nothing is wrong, from a schedule", ailment{job: job{Event: "schedule"}, healthy: true}),
		Entry("no id_tokens", ailment{job: job{NoIDTokens: true}, cause: "the job has no ID token for npm:127.0.0.1 ($NPM_ID_TOKEN is not set)",
			next: "write `" + declared + "` under the job's name in .gitlab-ci.yml"}),
		Entry("another audience", ailment{job: job{Audience: "npm:registry.example.test"}, check: "aud",
			cause: "the ID token is for another audience (npm:registry.example.test)", next: "write under the job's name in the pipeline's file: " + declared}),
		Entry("GitLab's own audience", ailment{job: job{Audience: "https://gitlab.com"}, check: "aud",
			cause: "the ID token is for GitLab itself", next: "write under the job's name in the pipeline's file: " + declared}),
		Entry("the ID token for Sigstore", ailment{job: job{Audience: "sigstore"}, check: "aud",
			cause: "the ID token is the one for Sigstore", next: "write under the job's name in the pipeline's file: " + declared}),
		Entry("a job that was long under way", ailment{job: job{Age: 20 * time.Minute}, status: "401", check: "iat",
			cause: "the ID token is 20m", next: "publish in a job of its own that starts when all is built (`needs: [build]`)"}),
		Entry("expired", ailment{job: job{Age: 61 * time.Minute}, check: "exp",
			cause: "the ID token expired 1m", next: "publish in a job of its own"}),
		Entry("another project", ailment{job: job{Repository: "example/sub/other"}, status: "404", check: "project_path",
			cause: "another project (example/sub/other, not example/sub/demo): another one of the same group, or it was renamed",
			next:  "publish from example/sub/demo; if that is now example/sub/other (`project: example/sub/other`)"}),
		Entry("a moved group", ailment{job: job{Repository: "renamed/demo"}, status: "404", check: "project_path",
			cause: "a fork, or its group was renamed, or it moved to another", next: "publish from example/sub/demo; if that is now renamed/demo"}),
		Entry("a merge request of a fork", ailment{job: job{Repository: "somebody/demo", Event: "merge_request_event"}, status: "404", check: "project_path",
			cause: "a fork, whose merge request started the pipeline", next: "publish from example/sub/demo"}),
		Entry("the project in other letters", ailment{job: job{Repository: "Example/sub/demo"}, status: "404", check: "project_path",
			cause: "differs in upper and lower case only", next: "write it as the job has it (`project: Example/sub/demo`)"}),
		Entry("another file", ailment{job: job{File: "release.yml"}, status: "404", check: "ci_config_ref_uri",
			cause: "the job is of a pipeline with another file (release.yml, not .gitlab-ci.yml)",
			next:  "publish from the state file's; if this is the one (`configFile: release.yml`)"}),
		Entry("a file in a folder", ailment{job: job{File: "ci/.gitlab-ci.yml"}, status: "404",
			cause: "the pipeline's file is in a folder (ci/.gitlab-ci.yml)", next: "move it to the top of the project"}),
		Entry("a file of another project", ailment{job: claim(gitlab.ClaimConfig, nil), status: "404", check: "ci_config_ref_uri",
			cause: "the ID token names no file of the pipeline: another project or an address has it", next: "put the file into the project itself, as .gitlab-ci.yml"}),
		Entry("no environment", ailment{job: claim(gitlab.ClaimEnvironment, nil), status: "404", check: "environment",
			cause: "the job is in no environment, and the trusted publisher asks for production", next: "write `environment: production` under the job's name"}),
		Entry("another environment", ailment{job: job{Environment: "staging"}, status: "404", check: "environment",
			cause: "the job is in the environment staging, not in production", next: "write `environment: production` under the job's name"}),
		Entry("a runner of one's own", ailment{job: job{Runner: "self-hosted"}, status: "404",
			cause: "a self-hosted runner (runner_environment): npm's documentation says that it takes none",
			next:  "try the publishing job on an instance runner of gitlab.com"}),
		Entry("a GitLab of one's own", ailment{job: claim(claimIssuer, "https://gitlab.example.test"), status: "401", check: "iss",
			cause: "npm takes those of gitlab.com alone, none of a GitLab that is self-managed", next: "publish from a project on gitlab.com, or by a token"}),
		Entry("an expired trusted publisher", ailment{of: unproven, status: "404",
			cause: "its trusted publisher has expired", next: "a human deletes it and sets it anew"}),
		Entry("no trusted publisher", ailment{of: untrusted, status: "404",
			cause: "the package has no trusted publisher", next: "a human sets it"}),
	)

	It("says the same where something is published", func() {
		p.build("1.0.0")
		p.edit(stateFile, "spec:\n", "spec:\n  provenance: off\n") // what is built names another repository
		o := p.jobOf(job{Kind: gitlab.Type, Age: 20 * time.Minute, Tag: "@demo/adapter@1.0.0"}).run("apply").ends(3)
		Expect(o.err).To(And(ContainSubstring("the ID token is 20m"), ContainSubstring("→ publish in a job of its own")))
		Expect(p.sent(http.MethodPut)).To(BeEmpty())
	})

	It("is explained on the page, cause by cause", func() {
		Expect(explained("In GitLab", said)).To(BeNumerically(">=", 10))
	})
})
