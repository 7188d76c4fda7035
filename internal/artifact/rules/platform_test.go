package rules_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact/native"
	"github.com/agent-facets/facets-reconcile/internal/artifact/rules"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func TestAPlatformInstallsWhereTheStateFileSays(t *testing.T) {
	linux := spec.List{"linux"}
	for name, c := range map[string]struct {
		fields           string
		want             spec.Platform
		refused, warning string
	}{
		"another order":            {`"os": ["darwin", "linux"]`, spec.Platform{OS: []string{"linux", "darwin"}}, "", ""},
		"by negation, in both":     {`"cpu": ["!arm", "!ia32"]`, spec.Platform{CPU: []string{"!ia32", "!arm"}}, "", ""},
		"by negation, in one":      {`"libc": ["!musl"], "os": "linux"`, spec.Platform{OS: linux, Libc: []string{"glibc"}}, "", ""},
		"any":                      {`"os": ["any"]`, spec.Platform{}, "", ""},
		"fewer machines":           {`"os": ["!win32"]`, spec.Platform{OS: linux}, "its os is [!win32] where [linux] is wanted", ""},
		"a word that Node lacks":   {`"cpu": ["x86", "ia32"]`, spec.Platform{CPU: []string{"ia32", "x86"}}, "", "no machine has: x86"},
		"shutting out such a word": {`"os": ["!windows"]`, spec.Platform{}, "", "no machine has: !windows"},
		"libc on Linux":            {`"os": ["linux"], "libc": ["glibc"]`, spec.Platform{OS: linux}, "", ""},
		"libc on macOS":            {`"os": ["darwin"], "libc": ["glibc"]`, spec.Platform{OS: []string{"darwin"}}, "has a libc on darwin", ""},
		"libc on both": {`"os": ["linux", "darwin"], "libc": "any"`, spec.Platform{OS: []string{"linux", "darwin"}},
			"has a libc on darwin", ""},
	} {
		t.Run(name, func(t *testing.T) {
			refusals, warnings := judged(t, "platform", rules.Want{Platform: c.want}, map[string]string{"package.json": document + c.fields + "}"})
			for _, said := range []struct {
				problems []string
				want     string
			}{{refusals, c.refused}, {warnings, c.warning}} {
				if said.want == "" {
					NewWithT(t).Expect(said.problems).To(BeEmpty())
				} else {
					NewWithT(t).Expect(said.problems).To(ConsistOf(ContainSubstring(said.want)))
				}
			}
		})
	}
}

func TestAListThatShutsMachinesOutSaysNothingOfTheBinary(t *testing.T) {
	header, _ := native.Header(platform("linux", "x64"), "glibc")
	want := rules.Want{Platform: spec.Platform{OS: []string{"linux"}, CPU: []string{"!arm"}}, Binary: true}
	refusals, _ := judged(t, "processor", want, map[string]string{
		"package.json": document + `"os": ["linux"], "cpu": ["!arm"]}`, "p": string(header)})
	NewWithT(t).Expect(refusals).To(BeEmpty())
}
