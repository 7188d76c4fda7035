package artifact_test

import (
	"io/fs"
	"path/filepath"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/artifact/packagetest"
)

func TestLocate(t *testing.T) {
	root := packagetest.Directory(t, map[string]string{
		"dist/@s/cli-linux-x64/package.json": "{}", "dist/@s/cli-darwin-x64/package.json": "{}",
		"packages/p/s-p-1.0.0.tgz": "", "packages/p/s-p-1.1.0.tgz": "", "odd/[x]*.tgz": "", "odd/x1.tgz": "",
		"deep/v1.0.0/a": "",
	})
	vars := map[string]string{
		"target": "linux-x64", "package": "@s/cli-linux-x64", "version": "1.1.0", "name": "cli-linux-x64",
		"odd": "[x]*", "up": "../..",
	}
	for pattern, want := range map[string]string{
		"dist/@s/cli-{target}":          "dist/@s/cli-linux-x64",
		"./dist/{package}":              "dist/@s/cli-linux-x64",
		"packages/*/s-p-{version}.tgz":  "packages/p/s-p-1.1.0.tgz",
		"packages/p/../p/*1.?.[1].tgz":  "",
		"packages/p/../p/*1.[1].0.tgz":  "packages/p/s-p-1.1.0.tgz",
		"odd/{odd}.tgz":                 "odd/[x]*.tgz",
		"deep/v*":                       "deep/v1.0.0",
		"dist/@s/{name}/package.json":   "dist/@s/cli-linux-x64/package.json",
		"dist/@s/{name}/{name}/missing": "",
	} {
		t.Run(pattern, func(t *testing.T) {
			g := NewWithT(t)
			got, err := artifact.Locate(root, pattern, vars)
			if want == "" {
				g.Expect(err).To(MatchError(fs.ErrNotExist))
				g.Expect(err).To(MatchError(ContainSubstring(pattern)))
				return
			}
			g.Expect(err).NotTo(HaveOccurred())
			g.Expect(got).To(Equal(filepath.Join(root, filepath.FromSlash(want))))
		})
	}
	for pattern, complaint := range map[string]string{
		"packages/p/*.tgz":       "matches 2 paths",
		"dist/{nope}":            "unknown placeholder {nope}; known are {name}, {odd}, {package}",
		"dist/{target":           "without its }",
		"../x":                   "leads outside",
		"a/{up}/../x":            "leads outside",
		"/etc/passwd":            "leads outside",
		"packages/[":             "no valid glob",
		"":                       "is empty",
		"dist/@s/cli-{target}/x": "build it, or correct the path",
	} {
		t.Run("refuses "+pattern, func(t *testing.T) {
			_, err := artifact.Locate(root, pattern, vars)
			NewWithT(t).Expect(err).To(MatchError(ContainSubstring(complaint)))
		})
	}
}
