package e2e_test

import (
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
	yamlv3 "go.yaml.in/yaml/v3"
)

// githubWorkflows are those that the documentation gives, by their files.
func githubWorkflows(t *testing.T) map[string][]byte {
	t.Helper()
	g := NewWithT(t)
	found := map[string][]byte{}
	files, err := filepath.Glob("../docs/github-actions/*.yml")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(len(files)).To(BeNumerically(">=", 5))
	for _, file := range files {
		found[strings.TrimPrefix(file, "../")] = readYAML(t, file)
	}
	for _, block := range yamlBlocks(string(readYAML(t, "../action/README.md"))) {
		found["action/README.md"] = []byte(block)
	}
	return found
}

func TestGitHubWorkflows(t *testing.T) {
	for file, text := range githubWorkflows(t) {
		t.Run(file, func(t *testing.T) {
			g := NewWithT(t)
			g.Expect(schemaErrors(t, "github-workflow", asJSON(t, text))).To(BeEmpty())
			w, err := parseWorkflow(text)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(w.broken()).To(BeEmpty())
		})
	}
}

func TestGitHubWorkflowsThatBreakTheirPromises(t *testing.T) {
	for name, c := range map[string]struct{ file, before, after, says string }{
		"a key that GitHub does not know":  {"release", "timeout-minutes: 5\n", "timeout-minute: 5\n", "/jobs/announce"},
		"permissions for all":              {"release", "permissions: {} #", "permissions: {contents: read} #", "to all jobs"},
		"none said":                        {"release", "permissions: {} #", "#", "to all jobs"},
		"a job that may write":             {"release", "permissions: {contents: read}", "permissions: {contents: write}", "build is permitted"},
		"a job without an ID token":        {"release", ", id-token: write", "", "publish is permitted"},
		"a build with an ID token":         {"release", "permissions: {contents: read}", "permissions: {contents: read, id-token: write}", "build is permitted"},
		"a check that may not write":       {"drift", ", issues: write", "", "drift is permitted"},
		"a stored token":                   {"release", "${{ github.token }}", "${{ secrets.NPM_TOKEN }}", "stored secret"},
		"forks with the project's token":   {"plan", "pull_request:", "pull_request_target:", "forks"},
		"an action by its tag":             {"release", "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1", "actions/checkout@v7", "not pinned"},
		"a commit without a version":       {"release", " # v8.0.1", "", "not pinned"},
		"a token left in the checkout":     {"release", "with: {persist-credentials: false}", "with: {fetch-depth: 1}", "token in the checkout"},
		"an expression in a script":        {"release", `"$GITHUB_REF_NAME"`, `"${{ github.ref_name }}"`, "expression into a script"},
		"no end":                           {"plan", "    timeout-minutes: 15\n", "", "no timeout"},
		"another environment than trusted": {"release", "    environment: npm # that of the trusted publisher\n", "", "environment"},
		"a release that cancels":           {"release", "cancel-in-progress: false", "cancel-in-progress: true", "cancel another"},
		"a release that is dropped":        {"staged", ", queue: max", "", "cancel another"},
		"a release of branches":            {"release", `tags: ["agent-facets@*", "@agent-facets/*@*"]`, "branches: [main]", "more than tags"},
		"a release of a branch by hand":    {"staged", "    if: ${{ github.ref_type == 'tag' }}\n", "", "more than tags"},
		"a share that stops the others":    {"shards", "fail-fast: false #", "fail-fast: true #", "stop the others"},
		"shares one after the other":       {"shards", "    strategy:\n", "    concurrency: {group: npm, queue: max}\n    strategy:\n", "stop the others"},
		"jobs that all do everything":      {"shards", `--shard "$SHARE" `, "", "--shard"},
		"a report that is not kept":        {"drift", "path: reports, ", "path: report, ", "reports/drift.html is not kept"},
		"a report of success only":         {"release", "if: ${{ !cancelled() }}", "if: ${{ success() }}", "is not kept"},
		"no summary":                       {"drift", ` --report "github=$GITHUB_STEP_SUMMARY"`, "", "summary"},
		"a build that is not fetched":      {"release", "name: built}", "name: build}", "does not come from"},
		"a program that is not there":      {"plan", "- uses: actions/setup-go@", "- uses: actions/setup-python@", "does not set up"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			text := spoilt(t, "../docs/github-actions/"+c.file+".yml", c.before, c.after)
			w, err := parseWorkflow(text)
			g.Expect(err).NotTo(HaveOccurred())
			found := append(schemaErrors(t, "github-workflow", asJSON(t, text)), w.broken()...)
			g.Expect(found).To(ContainElement(ContainSubstring(c.says)))
		})
	}
}

func TestGitHubGuideQuotesTheFiles(t *testing.T) {
	quotesWhole(t, "../docs/github-actions.md", "github-actions")
}

// The action takes no secret, and nothing that is given to it becomes part of a script.
func TestGitHubAction(t *testing.T) {
	g := NewWithT(t)
	text := readYAML(t, "../action/action.yml")
	g.Expect(schemaErrors(t, "github-action", asJSON(t, text))).To(BeEmpty())
	var action githubAction
	g.Expect(yamlv3.Unmarshal(text, &action)).To(Succeed())
	for name, input := range action.Inputs {
		g.Expect(name).NotTo(MatchRegexp("token|secret|password|key"))
		g.Expect(input.Description).NotTo(BeEmpty(), name)
		g.Expect(string(readYAML(t, "../action/README.md"))).To(ContainSubstring("| `" + name + "` |"))
	}
	for _, s := range action.Runs.Steps {
		g.Expect(s.Run).NotTo(ContainSubstring("${{"), s.Name)
		g.Expect(s.Uses).To(BeEmpty(), "an action that is used would have to be pinned here")
	}
}
