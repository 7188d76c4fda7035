package initial_test

import (
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/initial"
)

// The pipelines' files of projects that publish. Each has more than what counts.
const (
	publishes = `name: Publish
on: {push: {tags: ["v*"]}}
permissions: {contents: read}
jobs:
  test: {runs-on: ubuntu-latest, steps: [{run: make}]}
  npm:
    runs-on: ubuntu-latest
    environment: {name: npm, url: "https://example.test"}
    permissions: {contents: read, id-token: write}
    steps: [{run: facets-reconcile apply}]
`
	calledOnly  = "on: workflow_call\npermissions: {id-token: write}\njobs: {npm: {runs-on: ubuntu-latest}}\n"
	chosen      = "on: [push]\npermissions: write-all\njobs: {npm: {runs-on: x, environment: \"${{ inputs.where }}\"}}\n"
	noIDTokens  = "on: [push]\njobs: {npm: {runs-on: x, environment: npm, permissions: {contents: read}}}\n"
	gitLabFile  = "stages: [publish]\ninclude: [{local: /x.yml}]\nnpm:\n  id_tokens: {NPM_ID_TOKEN: {aud: \"npm:registry.example.test\"}}\n  environment: npm\n  script: !reference [.publish, script]\n"
	gitLabTests = "test: {script: make, id_tokens: {VAULT_ID_TOKEN: {aud: vault}}}\n"
)

func TestPipelinesThatPublishAreFound(t *testing.T) {
	for name, test := range map[string]struct {
		files  map[string]string
		hosted string
		want   string
		notes  string
	}{
		"a workflow": {
			files: map[string]string{".github/workflows/npm-publish.yml": publishes, ".github/workflows/ci.yml": publishes}, want: `
  # Who may publish without a stored token, by .github/workflows/npm-publish.yml.
  trustedPublisher:
    github:
      repository: o/r
      workflow: npm-publish.yml
      environment: npm
    permissions: [publish]
`},
		"a workflow whose environment is chosen at each run": {files: map[string]string{".github/workflows/release.yaml": chosen}, want: `
  # Who may publish without a stored token, by .github/workflows/release.yaml.
  trustedPublisher:
    github:
      repository: o/r
      workflow: release.yaml
      # environment: ENVIRONMENT # if the job that publishes always names the same
    permissions: [publish]
`},
		"workflows that are called, broken, or have no ID tokens": {
			files: map[string]string{".github/workflows/publish.yml": calledOnly, ".github/workflows/publish-2.yml": "on: [",
				".github/workflows/release.yml": noIDTokens, ".gitlab-ci.yml": gitLabTests}, want: `
  # The pipeline that may publish without a stored token: under circleci, github or gitlab (docs/state-file.md).
  # Fill in the values and take the # away; until then nothing looks at trusted publishers.
  # trustedPublisher:
  #   github:
  #     repository: o/r
  #     workflow: PUBLISH.yml # the job that publishes needs permissions with id-token: write
  #   permissions: [publish]
`},
		"a workflow that still publishes by a token": {
			files: map[string]string{".github/workflows/Release.yml": noIDTokens, ".github/workflows/ci.yml": publishes}, want: `
  #     workflow: Release.yml # the job that publishes needs permissions with id-token: write
`},
		"a pipeline that still publishes by a token": {files: map[string]string{".gitlab-ci.yml": gitLabTests}, hosted: "gitlab.com/g/p", want: `
  #   gitlab:
  #     project: g/p
  #     configFile: .gitlab-ci.yml # the job that publishes needs id_tokens with NPM_ID_TOKEN
`},
		"nothing": {want: `
  # trustedPublisher:
  #   circleci:
  #     organizationID: ORGANIZATION-ID # organisation settings
  #     projectID: PROJECT-ID # project settings
  #     pipelineDefinitionID: PIPELINE-DEFINITION-ID # project settings, pipelines: the one that releases
  #     contextIDs: [CONTEXT-ID] # organisation settings, contexts: those that the releasing job uses
  #     vcsOrigin: github.com/o/r
  #   permissions: [publish]
`},
		"GitLab, with groups in groups": {files: map[string]string{".gitlab-ci.yml": gitLabFile}, hosted: "gitlab.com/g/sub/p", want: `
  # Who may publish without a stored token, by .gitlab-ci.yml.
  trustedPublisher:
    gitlab:
      project: g/sub/p
      configFile: .gitlab-ci.yml
      environment: npm
    permissions: [publish]
`},
		"a GitLab that is not known": {files: map[string]string{".gitlab-ci.yml": gitLabFile}, hosted: "git.example.test/g/p", want: `
  # Who may publish without a stored token, by .gitlab-ci.yml.
  # Fill in the values that are in CAPITALS, and take the # away; until then nothing looks at them.
  # trustedPublisher:
  #   gitlab:
  #     project: GROUP/PROJECT
  #     configFile: .gitlab-ci.yml
  #     environment: npm
  #   permissions: [publish]
`},
		"several, one of them with values that stand in settings only": {
			files: map[string]string{".github/workflows/publish.yml": publishes, ".circleci/config.yml": "version: 2.1\n"},
			notes: "several pipelines may publish, by .circleci/config.yml, .github/workflows/publish.yml: leave in the state file those that are to",
			want: `
  # Who may publish without a stored token, by .circleci/config.yml, .github/workflows/publish.yml.
  # Fill in the values that are in CAPITALS, and take the # away; until then nothing looks at them.
  trustedPublishers:
  #   - circleci:
  #       organizationID: ORGANIZATION-ID # organisation settings
  #       projectID: PROJECT-ID # project settings
  #       pipelineDefinitionID: PIPELINE-DEFINITION-ID # project settings, pipelines: the one that releases
  #       contextIDs: [CONTEXT-ID] # organisation settings, contexts: those that the releasing job uses
  #       vcsOrigin: github.com/o/r
  #     permissions: [publish]
    - github:
        repository: o/r
        workflow: publish.yml
        environment: npm
      permissions: [publish]
`},
		"several workflows": {
			files: map[string]string{".github/workflows/publish.yml": publishes, ".github/workflows/release.yml": chosen},
			notes: "several pipelines may publish", want: `
  trustedPublishers:
    - github:
        repository: o/r
        workflow: publish.yml
        environment: npm
      permissions: [publish]
    - github:
        repository: o/r
        workflow: release.yml
        # environment: ENVIRONMENT # if the job that publishes always names the same
      permissions: [publish]
`},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			root := tree(t, map[string]fields{".": {"name": "lib", "version": "1.0.0"}})
			for file, content := range test.files {
				write(t, filepath.Join(root, file), content)
			}
			repository := git{origin: "https://github.com/o/r"}
			if test.hosted != "" {
				repository = git{hosted: test.hosted}
			}
			draft, err := initial.FromWorkspace(t.Context(), root, repository)
			g.Expect(err).NotTo(HaveOccurred())
			data, err := draft.YAML()
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect("\n" + string(data)).To(ContainSubstring(test.want))
			if test.notes != "" {
				g.Expect(draft.Notes).To(ContainElement(ContainSubstring(test.notes)))
			}
		})
	}
}
