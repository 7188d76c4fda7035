package spec_test

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/e2e/clients"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// asDeprecate asks npm's own semver in the way that npm deprecate does; null is what it refuses.
const asDeprecate = `
const semver = require(process.argv[2])
const { ranges, versions } = JSON.parse(require('fs').readFileSync(0, 'utf8'))
console.log(JSON.stringify(ranges.map(r => semver.validRange(r) === null ? null
  : versions.filter(v => semver.satisfies(v, r, { includePrerelease: true })))))`

// TestVersionsAsNPMDeprecatesThem compares every form of range, over versions about its ends, with npm's own semver.
func TestVersionsAsNPMDeprecatesThem(t *testing.T) {
	g := NewWithT(t)
	var ranges, versions []string
	partials := []string{"*", "", "x", "0", "1", "1.x", "0.0", "0.2", "1.2", "1.2.x", "1.2.*", "0.0.0", "0.0.1", "0.2.1", "1.2.3", "v1.2.3", "1.2.3-rc.1",
		"0.0.1-a", "1.2.3+build", "1.x.3", "1.2.3-", "01.2.3", "1.2.3.4", "a", "-1", "9007199254740992"}
	for _, operator := range []string{"", "=", "<", "<=", ">", ">=", "~", "~>", "^", "< ", ">= ", "~ ", "!"} {
		for _, p := range partials {
			ranges = append(ranges, operator+p)
		}
	}
	for _, from := range []string{"0", "1.2", "1.2.3", "1.2.3-rc.1", "*"} {
		for _, to := range []string{"1", "1.3", "2.0.0", "2.0.0-rc.1", "x"} {
			ranges = append(ranges, from+" - "+to, ">="+from+" <"+to, "<"+from+" || >"+to, "^"+from+"||~"+to)
		}
	}
	for _, core := range []string{"0.0.0", "0.0.1", "0.0.2", "0.1.0", "0.2.0", "0.2.1", "0.3.0", "1.0.0", "1.2.0", "1.2.3", "1.2.4", "1.3.0", "1.3.1", "2.0.0", "2.1.0"} {
		versions = append(versions, core, core+"-0", core+"-a", core+"-rc.1", core+"-rc.2")
	}

	g.Expect(clients.Install(t.Context())).To(Succeed())
	module, err := clients.File("node_modules", "npm12", "node_modules", "semver")
	g.Expect(err).NotTo(HaveOccurred())
	question, err := json.Marshal(map[string][]string{"ranges": ranges, "versions": versions})
	g.Expect(err).NotTo(HaveOccurred())
	node := exec.CommandContext(t.Context(), "node", "-e", asDeprecate, "-", module)
	node.Stdin = strings.NewReader(string(question))
	output, err := node.Output()
	g.Expect(err).NotTo(HaveOccurred())
	var answers []*[]string
	g.Expect(json.Unmarshal(output, &answers)).To(Succeed())
	g.Expect(answers).To(HaveLen(len(ranges)))

	for i, text := range ranges {
		read, err := spec.ParseVersions(text)
		if answers[i] == nil || err != nil {
			odd := strings.HasSuffix(text, "1.x.3") // of which npm takes "~" and "^", and forgets the 3
			if (err != nil) != (answers[i] == nil || odd) {
				t.Errorf("%q: %v", text, err)
			}
			continue
		}
		included := []string{}
		for _, v := range versions {
			if read.Includes(spec.Version(v)) {
				included = append(included, v)
			}
		}
		if !slices.Equal(included, *answers[i]) {
			t.Errorf("%q includes %q; npm says %q", text, included, *answers[i])
		}
	}
}
