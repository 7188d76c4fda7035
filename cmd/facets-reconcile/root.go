package main

import (
	"time"

	"github.com/spf13/cobra"
)

const (
	defaultScanDelay     = "2s"
	defaultApprovalDelay = "0s" // npm's is not known
	defaultConcurrency   = 32
	defaultTimeout       = 2 * time.Hour // versions were seen to take 90 minutes

	// runPatience is short: a run waits between its passes, where that is told, and counts.
	runPatience = 10 * time.Second
)

func newRoot(std streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "facets-reconcile",
		Short: "Bring npm platform packages to what the state file and the git tag say",
		Long: "facets-reconcile compares desired-state.yaml and the git tag with what the npm registry shows, and converges\n" +
			"the difference: placeholders, trusted publishers, platform packages, and the package that needs them last.",
		SilenceErrors: true, SilenceUsage: true,
	}
	root.SetIn(std.in)
	root.SetOut(std.out)
	root.SetErr(std.err)
	root.AddCommand(newPlan(std), newApply(std), newWait(std), newDiff(std), newDoctor(std), newValidate(std), newSandbox(std), newVersion())
	root.AddCommand(newDrift(std), newInit(std), newSchema(std), newMan(std))
	completeFlags(root)
	return root
}
