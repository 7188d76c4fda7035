package desired_test

import (
	"fmt"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// releasing is a state of two groups, with the ways to publish that are given, and with the permissions, each as the file has it.
func releasing(cli, libraries, permissions string) string {
	return fmt.Sprintf(`apiVersion: %s
kind: %s
spec:
  trustedPublisher:
    circleci:
      organizationID: bfa561da-d33e-4a2a-a46d-48e096a828e0
      projectID: 46274a40-97ed-41fd-a745-9702a7131ccc
      pipelineDefinitionID: 15756499-9950-43b5-b2d3-ac4086d9aa48
      vcsOrigin: github.com/o/r
    %s
  groups:
    - {name: cli, tag: "v{version}", %s entry: {package: tool}, platforms: {package: "@tool/{target}", targets: [linux-x64]}}
    - {name: libraries, tag: "{package}@{version}", %s packages: [{package: "@tool/core"}, {package: "@tool/brand"}]}
`, desired.APIVersion, desired.Kind, permissions, cli, libraries)
}

const staged = "publish: staged,"

func TestReleasesAreStagedWhereTheGroupOrTheSelectionSaysSo(t *testing.T) {
	for name, test := range map[string]struct {
		cli, libraries string
		selection      desired.Selection
		want           []string
	}{
		"nothing said":              {"", "", desired.Selection{}, nil},
		"directly":                  {"publish: direct,", "", desired.Selection{}, nil},
		"a group's":                 {"", staged, desired.Selection{}, []string{"@tool/core", "@tool/brand"}},
		"all groups'":               {staged, staged, desired.Selection{}, []string{"tool", "@tool/core", "@tool/brand"}},
		"for one run":               {"publish: direct,", "", desired.Selection{Staged: true}, []string{"tool", "@tool/core", "@tool/brand"}},
		"for one run of a release":  {"", "", desired.Selection{Staged: true, Tag: "@tool/core@1.0.0"}, []string{"@tool/core"}},
		"a group's, for another's":  {staged, "", desired.Selection{Tag: "@tool/core@1.0.0"}, []string{"tool"}},
		"either's, whatever is run": {staged, "", desired.Selection{Staged: true, Tag: "@tool/core@1.0.0"}, []string{"tool", "@tool/core"}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			state, err := desired.Parse([]byte(releasing(test.cli, test.libraries, "")), "file")
			g.Expect(err).NotTo(HaveOccurred())
			releases, err := state.Releases(t.Context(), test.selection, nil)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(releases).To(HaveLen(3))
			var found []string
			for _, r := range releases {
				if r.Staged {
					found = append(found, r.Packages[0].Name.String())
				}
			}
			g.Expect(found).To(Equal(test.want))
		})
	}
}

func TestWhatATrustedPublisherMayDo(t *testing.T) {
	const onlyStages = "spec.trustedPublisher.permissions: Forbidden: who may only stage cannot publish directly: add publish here, or say " +
		"publish: staged for each group that is published directly: "
	publish, stage := spec.PermissionPublish, spec.PermissionStage
	for name, test := range map[string]struct {
		cli, libraries, permissions string
		want                        []string
		refused                     string
	}{
		"nothing said":                {"", "", "", []string{publish}, ""},
		"nothing said, one staged":    {staged, "", "", []string{publish}, ""},
		"nothing said, all staged":    {staged, staged, "", []string{stage}, ""},
		"nothing allowed, all staged": {staged, staged, "permissions: []", []string{stage}, ""},
		"staging":                     {staged, staged, "permissions: [stage]", []string{stage}, ""},
		"staging, one direct":         {staged, "", "permissions: [stage]", nil, onlyStages + `"libraries"`},
		"staging, one says so":        {"publish: direct,", staged, "permissions: [stage]", nil, onlyStages + `"cli"`},
		"staging, both direct":        {"", "", "permissions: [stage]", nil, onlyStages + `"cli", "libraries"`},
		"publishing, one staged":      {staged, "", "permissions: [publish]", []string{publish}, ""},
		"publishing, all staged":      {staged, staged, "permissions: [publish]", []string{publish}, ""},
		"both":                        {"", staged, "permissions: [publish, stage]", []string{publish, stage}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			data := []byte(releasing(test.cli, test.libraries, test.permissions))
			g.Expect(objections(t, data)).To(BeEmpty(), "what depends on groups is left to Parse")
			state, err := desired.Parse(data, "file")
			if test.refused != "" {
				g.Expect(err).To(MatchError(HaveSuffix(test.refused)))
				return
			}
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(state.TrustedPublishers()).To(ConsistOf(HaveField("Permissions", test.want)))
		})
	}
}
