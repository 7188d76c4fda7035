package desired_test

import (
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func TestTargetIn(t *testing.T) {
	for name, want := range map[spec.Name][2]string{
		"@esbuild/linux-x64":          {"@esbuild/", "linux-x64"},
		"@agent-facets/cli-win32-x64": {"@agent-facets/cli-", "win32-x64"},
		"tool-linux-x64-musl":         {"tool-", "linux-x64-musl"},
		"tool-x86_64-macos":           {"tool-", "x86_64-macos"},
		"tool-wasm32-wasi":            {"tool-", "wasm32-wasi"},
		"linux-x64":                   {"", "linux-x64"},
		"tool.linux-x64":              {"tool.", "linux-x64"},
		"tool_x86_64_linux":           {"tool_", "x86_64_linux"},
		"@tool/linuxmusl-x64":         {"@tool/", "linuxmusl-x64"},
		"tool-mac":                    {"tool-", "mac"},
		"tool-alpine-x64":             {"tool-", "alpine-x64"},
		"linux-x64-tool":              {"", "linux-x64-tool"},
		"@linux/tool":                 {},
		"tool-universal":              {},
		"fsevents":                    {},
	} {
		prefix, target, ok := desired.TargetIn(name)
		NewWithT(t).Expect([2]string{prefix, target}).To(Equal(want), name.String())
		NewWithT(t).Expect(ok).To(Equal(target != ""), name.String())
	}
}

func TestTailIn(t *testing.T) {
	for target, tail := range map[string]string{"linux-x64-tool": "-tool", "linux-x64": "", "linux-x64-musl": "", "win32_x64.tool-cli": ".tool-cli"} {
		NewWithT(t).Expect(desired.TailIn(target)).To(Equal(tail), target)
	}
}

func TestNewTargetGivesWhatTheNameDoesNotTell(t *testing.T) {
	on := func(os, cpu, libc string) spec.Platform {
		var p spec.Platform
		for value, list := range map[*[]string]string{&p.OS: os, &p.CPU: cpu, &p.Libc: libc} {
			if list != "" {
				*value = []string{list}
			}
		}
		return p
	}
	for _, test := range []struct {
		name string
		on   spec.Platform
		want desired.Target
	}{
		{"linux-x64", on("linux", "x64", ""), desired.Target{}},
		{"windows-x64-baseline", on("win32", "x64", ""), desired.Target{}},
		{"linux-x64-musl", on("linux", "x64", "musl"), desired.Target{Libc: spec.List{"musl"}}},
		{"darwin-x64", on("darwin", "x64", "glibc"), desired.Target{}},
		{"darwin-64", on("darwin", "x64", ""), desired.Target{CPU: spec.List{"x64"}}},
		{"linux-x64", on("linux", "arm64", ""), desired.Target{CPU: spec.List{"arm64"}}},
		{"linux-x64", on("", "", ""), desired.Target{OS: spec.List{}, CPU: spec.List{}}},
		{"darwin-universal", on("darwin", "", ""), desired.Target{OS: spec.List{"darwin"}}},
		{"wasm32-wasi", on("", "wasm32", ""), desired.Target{CPU: spec.List{"wasm32"}}},
		{"universal", on("", "", ""), desired.Target{CPU: spec.List{}}},
	} {
		test.want.Name = test.name
		target := desired.NewTarget(test.name, test.on)
		NewWithT(t).Expect(target).To(Equal(test.want), "%s on %s", test.name, test.on)
		NewWithT(t).Expect(target.Missing()).To(BeEmpty(), "%s on %s", test.name, test.on)
	}
	NewWithT(t).Expect(desired.Target{Name: "linux-64"}.Missing()).To(Equal([]string{"cpu"}))
}
