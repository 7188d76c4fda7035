package main

import (
	"cmp"
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Tell version, commit and Go release of this program",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			info, _ := debug.ReadBuildInfo()
			settings := map[string]string{}
			for _, s := range info.Settings {
				settings[s.Key] = s.Value
			}
			_, err := fmt.Fprintf(c.OutOrStdout(), "facets-reconcile %s (commit %s, %s)\n",
				buildVersion(), cmp.Or(settings["vcs.revision"], "unknown"), info.GoVersion)
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

func userAgent() string { return "facets-reconcile/" + buildVersion() }
