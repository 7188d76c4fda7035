package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

func newMan(io streams) *cobra.Command {
	return &cobra.Command{
		Use:   "man DIR",
		Short: "Write the man pages into a folder, for packagers",
		Long: "Write the man pages, one for each command, into a folder, which is made where it is not there.\n" +
			"SOURCE_DATE_EPOCH sets their date.",
		Args: oneArgument(func() string { return "man takes one folder, as in: facets-reconcile man share/man/man1" }),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
		RunE: func(c *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil { //nolint:gosec // man pages are for everybody
				return err
			}
			root := documented(c.Root())
			header := &doc.GenManHeader{Section: "1", Source: "facets-reconcile " + buildVersion(), Manual: "facets-reconcile"}
			if err := doc.GenManTree(root, header, args[0]); err != nil {
				return err
			}
			_, err := fmt.Fprintf(io.out, "wrote the man pages of facets-reconcile to %s\n", args[0])
			return err
		},
	}
}

// documented makes a command whole for documentation: with the command that completes, without today's date, and with what
// is indented in help texts as code, since both man pages and the reference are made by way of Markdown.
func documented(root *cobra.Command) *cobra.Command {
	root.InitDefaultCompletionCmd()
	root.DisableAutoGenTag = true
	var indent func(*cobra.Command)
	indent = func(c *cobra.Command) {
		c.Long = strings.ReplaceAll(c.Long, "\n  ", "\n      ")
		for _, sub := range c.Commands() {
			indent(sub)
		}
	}
	indent(root)
	return root
}
