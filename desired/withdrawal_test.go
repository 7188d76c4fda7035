package desired_test

import (
	"errors"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
)

const goingBack = `
apiVersion: reconcile.agentfacets.io/v1alpha1
kind: DesiredState
spec:
  source: {github: o/r}
  groups:
    - name: cli
      tag: v{version}
      version: 1.4.4
      rollback: true
      withdrawn: [{version: 2.0.0, message: broken}]
      entry: {package: cli}
      platforms: {package: "cli-{target}", targets: [linux-x64]}
    - name: libraries
      tag: "{package}@{version}"
      packages: [{package: lib, withdrawn: [{version: 2.0.0, message: broken}]}]
`

func TestReleasesGoBackToTheirPin(t *testing.T) {
	g := NewWithT(t)
	state, err := desired.Parse([]byte(goingBack), "test")
	g.Expect(err).NotTo(HaveOccurred())
	tags := &repository{tags: []string{"v1.4.4", "v2.0.0", "v2.0.1", "lib@1.0.0", "lib@2.0.1"}}

	cli := releases(t, state, desired.Selection{}, tags)["cli"]
	g.Expect(cli.Version.String()).To(Equal("1.4.4"))
	g.Expect([]bool{cli.Pinned, cli.Rollback, cli.Given, cli.OtherDistTag}).To(Equal([]bool{true, true, false, false}))
	g.Expect(cli.Withdrawn).To(ConsistOf(desired.Withdrawal{Version: "2.0.0", Message: "broken"}))

	cli = releases(t, state, desired.Selection{Tag: "v1.4.4"}, tags)["cli"]
	g.Expect([]bool{cli.Pinned, cli.Rollback, cli.Given}).To(Equal([]bool{true, true, true}))
	cli = releases(t, state, desired.Selection{Tag: "v2.0.1"}, tags)["cli"]
	g.Expect([]bool{cli.Pinned, cli.Rollback, cli.Given}).To(Equal([]bool{false, false, true}), "a release is a decision of its own")
	cli = releases(t, state, desired.Selection{DistTag: "old"}, tags)["cli"]
	g.Expect([]bool{cli.Rollback, cli.Given, cli.OtherDistTag}).To(Equal([]bool{false, true, true}), "it is the usual dist-tag that goes back")
	cli = releases(t, state, desired.Selection{Tag: "lib@2.0.1"}, tags)["cli"]
	g.Expect([]bool{cli.Selected, cli.Given}).To(Equal([]bool{false, false}))
}

func TestReleasesRefuseWhatIsWithdrawn(t *testing.T) {
	g := NewWithT(t)
	state, err := desired.Parse([]byte(goingBack), "test")
	g.Expect(err).NotTo(HaveOccurred())
	for tag, asked := range map[string]desired.Selection{"v2.0.0": {Tag: "v2.0.0"}, "lib@2.0.0": {}} {
		_, err = state.Releases(t.Context(), asked, &repository{tags: []string{"lib@1.0.0", "lib@2.0.0"}})
		var withdrawn *desired.WithdrawnError
		g.Expect(errors.As(err, &withdrawn)).To(BeTrue(), tag)
		g.Expect(err).To(MatchError(ContainSubstring("the tag " + tag + " asks for")))
	}
}
