package npmrc_test

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/npmrc"
)

// TestRegistryFromNPM uses a stand-in for npm on the PATH.
func TestRegistryFromNPM(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the stand-in is a shell script")
	}
	for name, test := range map[string]struct{ script, want, problem string }{
		"an answer":   {script: `test "$*" = "config get registry" && echo https://n.test/`, want: "https://n.test/"},
		"undefined":   {script: "echo undefined", problem: "no URL"},
		"a failure":   {script: "echo sssecret >&2; exit 3", problem: "exit status 3"},
		"no end":      {script: "while :; do echo https://n.test/; done", problem: "printed too much"},
		"no program":  {problem: "executable file not found"},
		"interrupted": {script: "echo https://n.test/", problem: "context canceled"},
	} {
		t.Run(name, func(t *testing.T) {
			g := NewWithT(t)
			dir := t.TempDir()
			if test.script != "" {
				script := []byte("#!/bin/sh\n" + test.script + "\n")
				g.Expect(os.WriteFile(filepath.Join(dir, "npm"), script, 0o700)).To(Succeed()) // #nosec G306 -- a program
			}
			t.Setenv("PATH", dir)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if name == "interrupted" {
				cancel()
			}
			got, err := npmrc.RegistryFromNPM(ctx, "")
			if test.problem == "" {
				g.Expect(err).NotTo(HaveOccurred())
				g.Expect(got).To(Equal(test.want))
				return
			}
			g.Expect(err).To(MatchError(ContainSubstring(test.problem)))
			g.Expect(err.Error()).NotTo(ContainSubstring("sssecret"))
		})
	}
}
