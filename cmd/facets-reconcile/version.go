package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Tell version, commit, date and Go release of this program",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(c.OutOrStdout(), "facets-reconcile %s (%s, %s)\n", buildVersion(), buildCommit(), runtime.Version())
			return err
		},
	}
}

func buildVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}

// buildCommit is what Go writes into a binary that is built in a git checkout. One that `go install` has built from a
// module's version knows its version only.
func buildCommit() string {
	settings := map[string]string{}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			settings[s.Key] = s.Value
		}
	}
	if settings["vcs.revision"] == "" {
		return "commit unknown"
	}
	return "commit " + settings["vcs.revision"] + " of " + settings["vcs.time"]
}

func userAgent() string { return "facets-reconcile/" + buildVersion() }
