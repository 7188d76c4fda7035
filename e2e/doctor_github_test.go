package e2e_test

import (
	"net/http"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/ci/githubactions"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

var _ = Describe("doctor in GitHub Actions", Ordered, func() {
	const (
		branch    = "refs/heads/main"
		workflows = "example/demo/.github/workflows/"
	)
	type job = sandbox.Job
	var (
		p    *pipeline
		said []string
	)

	BeforeAll(func() {
		p = clinic("- github: {repository: example/demo, workflow: publish.yml, environment: npm}")
	})

	claim := func(name string, value any) job { return job{Claims: map[string]any{name: value}} }

	DescribeTable("names the cause",
		func(a ailment) {
			a.job.Kind = githubactions.Type
			said = append(said, p.examine(a))
		},
		Entry("nothing is wrong", ailment{healthy: true}),
		Entry("nothing is wrong, from a branch and by hand", ailment{job: job{Event: "workflow_dispatch"}, healthy: true}),
		Entry("no permission", ailment{job: job{NoIDTokens: true}, cause: "the job may not ask for ID tokens ($ACTIONS_ID_TOKEN_REQUEST_URL",
			next: "write `permissions: {contents: read, id-token: write}` under the job's name"}),
		Entry("a pull request of a fork", ailment{job: job{NoIDTokens: true, Event: "pull_request"}, cause: "a pull request started it",
			next: "publish by a workflow that a tag starts: `on: {push: {tags: [\"v*\"]}}`"}),
		Entry("another workflow", ailment{job: job{File: "ci.yml"}, status: "404", check: "workflow_ref",
			cause: "the job is of another workflow (ci.yml, not publish.yml)", next: "publish from the state file's workflow"}),
		Entry("the caller of the workflow", ailment{status: "404", check: "workflow_ref",
			job:   job{File: "release.yml", Claims: map[string]any{githubactions.ClaimJobWorkflow: workflows + "publish.yml@" + branch}},
			cause: "it calls publish.yml by workflow_call, and npm looks at the file of the caller", next: "name the caller (`workflow: release.yml`)"}),
		Entry("no environment", ailment{job: claim(githubactions.ClaimEnvironment, nil), status: "404", check: "environment",
			cause: "the job is in no environment, and the trusted publisher asks for npm", next: "write `environment: npm` under the job's name"}),
		Entry("another environment", ailment{job: job{Environment: "test"}, status: "404", check: "environment",
			cause: "the job is in the environment test, not in npm", next: "write `environment: npm` under the job's name"}),
		Entry("an environment in other letters", ailment{job: job{Environment: "NPM"}, status: "404", check: "environment",
			cause: "differs in upper and lower case only (NPM, not npm)", next: "write it as the job has it (`environment: NPM`)"}),
		Entry("a fork", ailment{job: job{Repository: "somebody/demo"}, status: "404", check: "repository",
			cause: "another repository (somebody/demo, not example/demo): a fork, or its owner was renamed", next: "publish from example/demo"}),
		Entry("a renamed repository", ailment{job: job{Repository: "example/renamed"}, status: "404", check: "repository",
			cause: "another one of the same owner, or it was renamed", next: "publish from example/demo; if that is now example/renamed (`repository: example/renamed`)"}),
		Entry("the repository in other letters", ailment{job: job{Repository: "Example/demo"}, status: "404", check: "repository",
			cause: "differs in upper and lower case only (Example/demo, not example/demo)", next: "write it as the job has it (`repository: Example/demo`)"}),
		Entry("a runner of one's own", ailment{job: job{Runner: "self-hosted"}, status: "404",
			cause: "a self-hosted runner (runner_environment): npm's documentation says that it takes none",
			next:  "try the publishing job on a machine of GitHub's (`runs-on: ubuntu-latest`)"}),
		Entry("an expired trusted publisher", ailment{of: unproven, status: "404",
			cause: "its trusted publisher has expired", next: "a human deletes it and sets it anew"}),
		Entry("no trusted publisher", ailment{of: untrusted, status: "404",
			cause: "the package has no trusted publisher", next: "a human sets it"}),
		Entry("Enterprise Server", ailment{job: claim(claimIssuer, "https://ghe.example.test/_services/token"), status: "401", check: "iss",
			cause: "npm takes those of github.com alone, none of a GitHub Enterprise Server", next: "publish from a repository on github.com, or by a token"}),
		Entry("another audience", ailment{given: true, job: job{Audience: "npm:registry.example.test"}, check: "aud",
			cause: "the ID token is for another audience (npm:registry.example.test)", next: "mint one for the registry: curl"}),
		Entry("the audience that GitHub has by itself", ailment{given: true, job: job{Audience: "https://github.com/example"}, check: "aud",
			cause: "as GitHub makes it where no audience is asked for", next: "mint one for the registry: curl"}),
		Entry("too old", ailment{given: true, job: job{NoIDTokens: true, Age: 6 * time.Minute}, check: "iat",
			cause: "the ID token expired 1m", next: "leave NPM_ID_TOKEN unset in the job"}),
	)

	It("says the same where something is published", func() {
		p.build("1.0.0")
		o := p.jobOf(job{Kind: githubactions.Type, File: "ci.yml", Tag: "@demo/adapter@1.0.0"}).run("apply").ends(3)
		Expect(o.err).To(And(ContainSubstring("another workflow (ci.yml, not publish.yml)"), ContainSubstring("→ publish from the state file's workflow")))
		Expect(p.sent(http.MethodPut)).To(BeEmpty())
	})

	It("doubts an environment that nobody asks for only where the job is refused", func() {
		p.edit(stateFile, ", environment: npm}", "}")
		p.examine(ailment{job: job{Kind: githubactions.Type}, healthy: true})
		said = append(said, p.examine(ailment{job: job{Kind: githubactions.Type}, of: untrusted, status: "404",
			cause: "the trusted publisher asks for none: by reports npm refuses that", next: "name it, too (`environment: npm`)"}))
	})

	It("speaks of no other CI system outside of all jobs", func() {
		token, err := p.world.IDTokenOf(job{Kind: githubactions.Type, Age: 6 * time.Minute}, p.world.Audience())
		Expect(err).NotTo(HaveOccurred())
		o := p.outside().with("NPM_ID_TOKEN", token.Reveal()).run("doctor").ends(3)
		Expect(o.out).To(And(ContainSubstring("works only in a GitHub Actions job"), Not(ContainSubstring("circleci"))))
	})

	It("is explained on the page, cause by cause", func() {
		Expect(explained("In GitHub Actions", said)).To(BeNumerically(">=", 10))
	})
})
