package spec_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func TestWhatComesFromNoRegistry(t *testing.T) {
	for wanted, is := range map[string]struct{ address, leftover bool }{
		"1.2.3": {}, "^1.2.3": {}, "": {}, "latest": {}, "npm:other@1.2.3": {}, "npm:@scope/other@1.2.3": {},
		"owner/repo": {address: true}, "github:owner/repo": {address: true}, "git+ssh://git@host.test/a.git": {address: true},
		"https://host.test/a.tgz": {address: true},
		"workspace:*":             {leftover: true}, "catalog:": {leftover: true}, "file:../a": {leftover: true}, "link:../a": {leftover: true},
	} {
		g := NewWithT(t)
		g.Expect(spec.Address(wanted)).To(Equal(is.address), wanted)
		g.Expect(spec.Leftover(wanted)).To(Equal(is.leftover), wanted)
	}
}
