package rules_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/artifact/packagetest"
	"github.com/agent-facets/facets-reconcile/internal/artifact/rules"
)

func TestWhatNpmWouldNotPublishIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		fields string
		want   []rules.Problem
	}{
		"a main for all":    {`"main": "index.js", "dependencies": {"a": "1"}`, nil},
		"a list for a main": {`"main": ["index.js"]`, []rules.Problem{refusedManifest("its main is not a text", "name one file there")}},
		"extensions of others": {`"packageExtensions": {}`, []rules.Problem{refusedManifest(
			"it has packageExtensions, which must not be published: they count at the root of a project only",
			"move them to the package.json of the workspace's root")}},
		"a number for a version": {`"dependencies": {"a": 5}`, []rules.Problem{refusedManifest(
			"its dependencies have something that is no version", `write versions as texts, like "^1.2.3"`)}},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			dir := packagetest.Directory(t, map[string]string{
				"package.json": `{"name": "p", "version": "1.0.0", ` + c.fields + `}`, "index.js": "",
			})
			a, err := artifact.Open(t.Context(), dir)
			g.Expect(err).NotTo(HaveOccurred())
			problems, err := rules.Check(t.Context(), a, rules.Want{})
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(problems).To(Equal(c.want))
		})
	}
}

func refusedManifest(message, next string) rules.Problem {
	return rules.Problem{Rule: "manifest", Refused: true, Message: message, Next: next}
}
