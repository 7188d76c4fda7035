package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/mod/module"
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

func buildCommit() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	return commitOf(info)
}

// commitOf is what Go writes into a binary that is built in a git checkout, else what the version of an untagged commit says
// of it. Of a tag, the version is all that `go install` knows.
func commitOf(info *debug.BuildInfo) string {
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	if revision := settings["vcs.revision"]; revision != "" {
		return "commit " + revision + " of " + settings["vcs.time"]
	}
	revision, err := module.PseudoVersionRev(info.Main.Version)
	if err != nil {
		return "commit unknown"
	}
	date, err := module.PseudoVersionTime(info.Main.Version)
	if err != nil {
		return "commit " + revision
	}
	return "commit " + revision + " of " + date.Format(time.RFC3339)
}

func userAgent() string { return "facets-reconcile/" + buildVersion() }
