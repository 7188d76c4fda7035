package rules_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact/rules"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func TestAnEntryInstallsWhereItsPlatformsRun(t *testing.T) {
	want := rules.Want{OptionalDependencies: map[string]string{}, Members: []rules.Member{
		{Name: "@s/p-linux-x64", Platform: platform("linux", "x64")},
		{Name: "@s/p-linux-x64-musl", Platform: platform("linux", "x64")},
		{Name: "@s/p-win32-arm64", Platform: platform("win32", "arm64")},
		{Name: "@s/p-universal", Platform: spec.Platform{OS: []string{"darwin"}, CPU: []string{"x64", "arm64"}}},
	}}
	for fields, complaint := range map[string]string{
		`"os": []`: "",
		`"os": ["linux", "win32", "darwin"], "cpu": ["x64", "arm64"]`: "",
		`"os": ["any"]`:                           "",
		`"os": "any"`:                             "",
		`"os": ["!aix"], "cpu": ["!ia32"]`:        "",
		`"os": ["!win32"]`:                        "@s/p-win32-arm64 (its os is [!win32], not win32)",
		`"os": ["linux", "darwin"]`:               "run: @s/p-win32-arm64 (its os",
		`"os": ["linux", "!win32"]`:               "@s/p-universal (its os is [linux, !win32], not darwin)",
		`"cpu": ["x64"]`:                          "@s/p-universal (its cpu is [x64], not arm64)",
		`"os": ["any", "linux"]`:                  "@s/p-universal (its os", // "any" counts alone only
		`"libc": ["glibc"], "os": ["linux"]`:      "@s/p-linux-x64-musl (its libc is [glibc], not musl)",
		`"libc": ["glibc", "musl"]`:               "@s/p-win32-arm64 (its libc is [glibc, musl], which nothing but Linux has)",
		`"libc": ["!musl"], "cpu": ["!s390x"]`:    "@s/p-linux-x64-musl (its libc",
		`"os": ["Linux"]`:                         "@s/p-linux-x64 (its os is [Linux], not linux)",
		`"os": ["linux"], "cpu": "arm64"`:         "@s/p-linux-x64 (its cpu is [arm64], not x64)",
		`"engines": {"node": ">=1000"}, "os": []`: "",
	} {
		t.Run(fields, func(t *testing.T) {
			g := NewWithT(t)
			refusals, warnings := judged(t, "targets", want, map[string]string{"package.json": document + fields + "}"})
			g.Expect(warnings).To(BeEmpty())
			if complaint == "" {
				g.Expect(refusals).To(BeEmpty())
				return
			}
			g.Expect(refusals).To(ConsistOf(And(ContainSubstring(complaint), ContainSubstring("leave os, cpu and libc out"))))
		})
	}
}
