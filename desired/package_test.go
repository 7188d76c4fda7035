package desired_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	. "github.com/onsi/gomega"
)

// parse reads a state whose spec is given, indented by nothing.
func parse(t *testing.T, specification string) *desired.State {
	t.Helper()
	state, err := desired.Parse([]byte("apiVersion: "+desired.APIVersion+"\nkind: "+desired.Kind+"\nspec:\n"+specification), "test")
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return state
}

func load(t *testing.T, path string) *desired.State {
	t.Helper()
	state, err := desired.Load(path)
	NewWithT(t).Expect(err).NotTo(HaveOccurred())
	return state
}

func listing(packages []desired.Package) string {
	text := ""
	for _, p := range packages {
		text += fmt.Sprintf("%s %s %s %s %s\n", p.Group, p.Role, p.Name, p.Platform, p.Artifact)
	}
	return text
}

func TestPackagesOfAgentFacets(t *testing.T) {
	g := NewWithT(t)
	state := load(t, "../desired-state.yaml")
	matchGolden(t, "testdata/agent-facets.golden", listing(state.Packages()))

	publishers := state.TrustedPublishers()
	g.Expect(publishers).To(HaveLen(1))
	g.Expect(publishers[0]).To(Equal(spec.TrustedPublisher{
		Type: "circleci",
		Claims: spec.Claims{
			"oidc.circleci.com/org-id":                 "bfa561da-d33e-4a2a-a46d-48e096a828e0",
			"oidc.circleci.com/project-id":             "46274a40-97ed-41fd-a745-9702a7131ccc",
			"oidc.circleci.com/pipeline-definition-id": "15756499-9950-43b5-b2d3-ac4086d9aa48",
			"oidc.circleci.com/context-ids":            []string{"691cddb9-b839-41e8-bc5c-ebb4484a2a1f"},
			"oidc.circleci.com/vcs-origin":             "github.com/agent-facets/facets",
		},
		Permissions: []string{"createPackage"},
	}))
	g.Expect(state.Placeholder()).To(Equal(spec.Version("0.0.1")))
}

func TestPackagesOfEsbuild(t *testing.T) {
	state := load(t, "testdata/esbuild.yaml")
	NewWithT(t).Expect(state.Packages()).To(HaveLen(26))
	matchGolden(t, "testdata/esbuild.golden", listing(state.Packages()))
}

func TestTargets(t *testing.T) {
	for target, want := range map[string]string{
		"windows-x64-baseline":                         "win32/x64",
		"win32-arm64-msvc":                             "win32/arm64",
		"linux-arm-gnueabihf":                          "linux/arm",
		"linux-x86":                                    "linux/ia32",
		"linux-ppc64le":                                "linux/ppc64",
		"x86_64-unknown-freebsd":                       "freebsd/x64",
		"linux-x64-musl":                               "linux/x64",
		"{name: linux-x64-musl, libc: musl}":           "linux/x64/musl",
		"{name: darwin-universal, os: darwin}":         "darwin/any",
		"{name: wasm32-wasi, cpu: wasm32}":             "any/wasm32",
		"{name: mac, os: [darwin], cpu: [arm64, x64]}": "darwin/arm64,x64",
		"{name: linux-x64-any, cpu: []}":               "linux/any",
		"{name: aarch64-linux-android, os: android}":   "android/arm64",
		"{name: windows-x64, os: win32}":               "win32/x64",
	} {
		t.Run(target, func(t *testing.T) {
			state := parse(t, "  groups:\n  - name: cli\n    tag: v{version}\n    entry: {package: tool}\n"+
				"    platforms:\n      package: \"@tool/{target}\"\n      targets:\n      - "+target+"\n")
			NewWithT(t).Expect(state.Packages()[1].Platform.String()).To(Equal(want))
		})
	}
}

func TestArtifactsFillInWhatIsKnown(t *testing.T) {
	g := NewWithT(t)
	packages := parse(t, `  groups:
  - name: cli
    tag: "{package}@{version}"
    entry: {package: "@tool/cli", artifact: "dist/{package}"}
    platforms: {package: "@tool/cli-{target}", artifact: "dist/{package}/{target}-{version}.tgz", targets: [linux-x64]}
`).Packages()
	g.Expect(packages[0].Artifact).To(Equal("dist/@tool/cli"))
	g.Expect(packages[1].Artifact).To(Equal("dist/@tool/cli-linux-x64/linux-x64-{version}.tgz"))
	g.Expect(packages[1].Target).To(Equal("linux-x64"))
}

func TestTrustedPublishersOfSeveralProviders(t *testing.T) {
	g := NewWithT(t)
	state, err := desired.Load("testdata/pipelines.yaml")
	g.Expect(err).NotTo(HaveOccurred())
	publishers := state.TrustedPublishers()
	g.Expect(publishers).To(HaveLen(4))
	publish, both := []string{spec.PermissionPublish}, []string{spec.PermissionPublish, spec.PermissionStage}
	g.Expect(publishers[1:]).To(Equal(spec.TrustedPublishers{
		{Type: "github", Permissions: both, Claims: spec.Claims{
			"repository": "o/r", "workflow_ref": map[string]any{"file": "publish.yml"}, "environment": "npm"}},
		{Type: "github", Permissions: publish, Claims: spec.Claims{
			"repository": "corp_user/.github", "workflow_ref": map[string]any{"file": "release candidate.yaml"}}},
		{Type: "gitlab", Permissions: publish, Claims: spec.Claims{
			"project_path": "g/sub-1/sub_2/p.js", "ci_config_ref_uri": map[string]any{"file": ".gitlab-ci.yml"},
			"environment": "production/eu west"}},
	}))
}

func TestTrustedPublisherAndPlaceholder(t *testing.T) {
	g := NewWithT(t)
	group := "  groups: [{name: a, tag: \"v{version}\", packages: [{package: a}]}]\n"
	g.Expect(parse(t, group).TrustedPublishers()).To(BeEmpty())
	g.Expect(parse(t, group).Placeholder()).To(Equal(spec.Version("0.0.1")))
	g.Expect(parse(t, "  placeholder: {version: 0.0.0-placeholder}\n"+group).Placeholder()).To(Equal(spec.Version("0.0.0-placeholder")))

	publisher := parse(t, `  trustedPublisher:
    circleci:
      organizationID: bfa561da-d33e-4a2a-a46d-48e096a828e0
      projectID: 46274a40-97ed-41fd-a745-9702a7131ccc
      pipelineDefinitionID: 15756499-9950-43b5-b2d3-ac4086d9aa48
      vcsOrigin: github.com/o/r
    permissions: [stage, publish]
`+group).TrustedPublishers()[0]
	g.Expect(publisher.Claims).NotTo(HaveKey(circleci.ClaimContexts))
	g.Expect(publisher.Permissions).To(Equal([]string{spec.PermissionStage, spec.PermissionPublish}))
}

func TestLoadReadsAFileOnDisk(t *testing.T) {
	data, err := os.ReadFile("testdata/esbuild.yaml")
	g := NewWithT(t)
	g.Expect(err).NotTo(HaveOccurred())
	parsed, err := desired.Parse(data, "memory")
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(load(t, "testdata/esbuild.yaml")).To(Equal(parsed))
}

func TestAGroupMayBeginAsAnother(t *testing.T) {
	state := parse(t, `  groups:
    - &first
      name: a
      tag: a-v{version}
      publish: staged
      packages: [{package: a}]
    - <<: *first
      name: b
      tag: b-v{version}
      packages: [{package: b}]
`)
	NewWithT(t).Expect(state.Spec.Groups).To(HaveEach(HaveField("Publish", desired.PublishStaged)))
	NewWithT(t).Expect(listing(state.Packages())).To(Equal("a library a any/any \nb library b any/any \n"))
}
