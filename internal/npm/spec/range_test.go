package spec_test

import (
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// The expectations are what node-semver's satisfies says.
func TestRangeIncludesWhatNpmTakesForIt(t *testing.T) {
	for _, test := range []struct{ text, in, out string }{
		{"1.2.3", "1.2.3", "1.2.4 1.2.3-rc.1"},
		{"=1.2.3", "1.2.3", "1.2.2"},
		{"^1.4.0", "1.4.0 1.9.9", "1.3.9 2.0.0 1.5.0-rc.1 2.0.0-rc.1"},
		{"^0.2.3", "0.2.3 0.2.9", "0.3.0 0.2.2"},
		{"^0.0.3", "0.0.3", "0.0.4"},
		{"~1.2.0", "1.2.0 1.2.9", "1.3.0"},
		{"1.x", "1.0.0 1.9.0", "2.0.0 0.9.0"},
		{"*", "0.0.1 9.9.9", "1.0.0-rc.1"},
		{"", "1.0.0", "1.0.0-rc.1"},
		{">=1.2 <3", "1.2.0 2.9.9", "3.0.0 1.1.0"},
		{">= 1.2.0", "1.2.0 5.0.0", "1.1.9"},
		{"1.2.0 - 2.3.0", "1.2.0 2.3.0", "2.3.1"},
		{"^1.0.0 || ^3.0.0", "1.1.0 3.1.0", "2.0.0"},
		{"^1.2.3-rc.1", "1.2.3-rc.1 1.2.3-rc.2 1.2.3 1.9.0", "1.2.3-beta.1 1.3.0-rc.1"},
		{">1.2.3-alpha.3 <2", "1.2.3-alpha.7 1.9.0", "1.2.3-alpha.3 1.5.0-alpha.1"},
	} {
		r, err := spec.ParseRange(test.text)
		NewWithT(t).Expect(err).NotTo(HaveOccurred())
		for _, v := range strings.Fields(test.in) {
			if !r.Includes(spec.Version(v)) {
				t.Errorf("%q does not include %s", test.text, v)
			}
		}
		for _, v := range strings.Fields(test.out) {
			if r.Includes(spec.Version(v)) {
				t.Errorf("%q includes %s", test.text, v)
			}
		}
	}
	for _, text := range []string{"latest", "workspace:*", "npm:x@1", "1.2.3.4.5", strings.Repeat("1", 5000)} {
		if _, err := spec.ParseRange(text); err == nil {
			t.Errorf("%.20q is taken for a range", text)
		}
	}
}
