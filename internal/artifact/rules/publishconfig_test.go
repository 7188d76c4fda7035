package rules_test

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/artifact/packagetest"
	"github.com/agent-facets/facets-reconcile/internal/artifact/rules"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func TestPublishConfigThatContradictsIsRefusedByName(t *testing.T) {
	want := rules.Want{Access: spec.AccessRestricted, DistTag: "next", Address: "https://registry.example.test/npm/", Attested: true}
	for config, says := range map[string]string{
		`{}`:                                `""`,
		`{"access": null, "tag": null}`:     `""`,
		`{"access": "restricted"}`:          `""`,
		`{"access": "public"}`:              `its publishConfig has access "public", and the state file says restricted`,
		`{"access": true}`:                  `its publishConfig has access that is no text, and the state file says restricted`,
		`{"tag": "next"}`:                   `""`,
		`{"tag": "latest"}`:                 `its publishConfig has tag "latest", and the release gets the dist-tag next`,
		`{"provenance": true}`:              `""`,
		`{"provenance": false}`:             `its publishConfig has provenance false, and the state file requires provenance`,
		`{"provenance": "false"}`:           `its publishConfig has provenance false, and the state file requires provenance`,
		`{"@t:registry": "https://x.test"}`: `""`,
		`{"registry": "https://registry.example.test/npm"}`:                     `""`,
		`{"@s:registry": "https://REGISTRY.example.test/npm/"}`:                 `""`,
		`{"registry": "https://registry.example.test/"}`:                        `its publishConfig has registry "https://registry.example.test/", and the registry in use is https://registry.example.test/npm/`,
		`{"registry": "http://registry.example.test/npm/"}`:                     `its publishConfig has registry "http:`,
		`{"@s:registry": "https://other.example.test/"}`:                        `its publishConfig has @s:registry "https://other.example.test/"`,
		`{"registry": "https://u:s3cret@registry.example.test/npm/"}`:           `its publishConfig has registry "https://u:xxxxx@`,
		`{"registry": ["https://registry.example.test/npm/"]}`:                  `its publishConfig has registry that is no text`,
		`{"registry": "` + strings.Repeat("x", 5000) + `", "access": "\u001b"}`: `its publishConfig has registry "xxx`,
	} {
		document := `{"name": "@s/p", "version": "1.0.0", "publishConfig": ` + config + `}`
		directory := packagetest.Directory(t, map[string]string{"package.json": document})
		tgz := packagetest.Tgz(t, packagetest.Regular("package/package.json", document))
		for _, path := range []string{directory, tgz} {
			g := NewWithT(t)
			a, err := artifact.Open(t.Context(), path)
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(check(t, a, rules.Want{})).To(Succeed(), "%s: nothing to contradict", config)
			refusal := check(t, a, want)
			if says == `""` {
				g.Expect(refusal).NotTo(HaveOccurred(), config)
				continue
			}
			g.Expect(refusal).To(MatchError(And(ContainSubstring(says), ContainSubstring("take it out of package.json"))), config)
			g.Expect(refusal.Error()).NotTo(Or(ContainSubstring("s3cret"), ContainSubstring("\x1b")))
			g.Expect(len(refusal.Error())).To(BeNumerically("<", 1000))
		}
	}
}
