package e2e_test

import (
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"
)

func TestGitLabPipelines(t *testing.T) {
	files, err := filepath.Glob("../docs/gitlab/*.yml")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	NewWithT(t).Expect(len(files)).To(BeNumerically(">=", 3))
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			g := NewWithT(t)
			text := readYAML(t, file)
			g.Expect(schemaErrors(t, "gitlab-ci", asJSON(t, text))).To(BeEmpty())
			p, err := parseGitLab(text)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(p.broken()).To(BeEmpty())
		})
	}
}

// Each event starts its own jobs, and those only.
func TestGitLabPipelinesByWhatStartsThem(t *testing.T) {
	g := NewWithT(t)
	p, err := parseGitLab(readYAML(t, "../docs/gitlab/release.yml"))
	g.Expect(err).NotTo(HaveOccurred())
	tag := func(name string) map[string]string {
		return map[string]string{"CI_COMMIT_TAG": name, "CI_DEFAULT_BRANCH": "main", "CI_PIPELINE_SOURCE": "push"}
	}
	g.Expect(p.startedBy(tag("agent-facets@1.2.0"))).To(Equal([]string{"announce", "build", "install", "publish"}))
	g.Expect(p.startedBy(tag("v1.2.0"))).To(BeEmpty())
	branch := func(name, source string) map[string]string {
		return map[string]string{"CI_COMMIT_BRANCH": name, "CI_DEFAULT_BRANCH": "main", "CI_PIPELINE_SOURCE": source}
	}
	g.Expect(p.startedBy(branch("more", "push"), "desired-state.yaml")).To(BeEmpty())
	g.Expect(p.startedBy(branch("main", "push"))).To(Equal([]string{"plan"}))
	g.Expect(p.startedBy(branch("main", "schedule"))).To(Equal([]string{"drift"}))
	merge := branch("", "merge_request_event")
	g.Expect(p.startedBy(merge, "README.md")).To(BeEmpty())
	g.Expect(p.startedBy(merge, "desired-state.yaml")).To(Equal([]string{"plan"}))
}

func TestGitLabPipelinesThatBreakTheirPromises(t *testing.T) {
	for name, c := range map[string]struct{ file, before, after, says string }{
		"a key that GitLab does not know": {"release", "resource_group: npm", "resource_groups: npm", "/publish"},
		"a stage that is not there":       {"release", "stages: [build, publish, announce, check]", "stages: [build, publish, announce]", "in no stage"},
		"an image that moves":             {"release", "image: golang:1.26", "image: golang:latest", "no version"},
		"a job that is not there":         {"release", "needs: [build, install]", "needs: [builds, install]", "which is no job"},
		"a program that is not there":     {"release", "needs: [build, install]", "needs: [build]", "nothing from the jobs"},
		"a result that is not there":      {"release", "needs: [publish]", "needs: [install]", "nothing from the jobs"},
		"a release without ID tokens":     {"release", "  id_tokens:\n", "  secrets:\n", "publishes"},
		"an ID token for somebody else":   {"release", `aud: "npm:registry`, `aud: "https://registry`, "for others"},
		"no provenance":                   {"release", "    SIGSTORE_ID_TOKEN: {aud: sigstore} # for provenance\n", "", "for others"},
		"an ID token that grows old":      {"release", "    - >\n      .tools/", "    - npm ci && npm run build\n    - >\n      .tools/", "grow old"},
		"no environment":                  {"release", "  environment: {name: npm} # that of the trusted publisher\n", "", "environment"},
		"a release that takes too long":   {"release", " --timeout 45m", "", "outlive"},
		"two releases at once":            {"release", "  resource_group: npm # one release at a time\n", "", "resource group"},
		"shares one after the other":      {"parallel", "  parallel: 4\n", "  parallel: 4\n  resource_group: npm\n", "resource group"},
		"jobs that all do everything":     {"parallel", " --shard gitlab", "", "--shard"},
		"a release of branches":           {"staged", "=~ /^agent-facets@/}]\n  environment", "=~ /agent-facets@/}]\n  environment", "more than tags"},
		"a report that is not shown":      {"release", "codequality: reports/quality.json", "codequality: reports/other.json", "reports/quality.json is not kept"},
		"a report of success only":        {"staged", "    when: always\n", "", "reports/junit.xml is not kept"},
		"a stored token":                  {"staged", "$CI_JOB_TOKEN", "$GITLAB_TOKEN", "stored secret"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			text := spoilt(t, "../docs/gitlab/"+c.file+".yml", c.before, c.after)
			p, err := parseGitLab(text)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(append(schemaErrors(t, "gitlab-ci", asJSON(t, text)), p.broken()...)).To(ContainElement(ContainSubstring(c.says)))
		})
	}
}

func TestGitLabGuideQuotesTheFiles(t *testing.T) { quotesWhole(t, "../docs/gitlab.md", "gitlab") }
