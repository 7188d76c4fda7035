package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newValidate(io streams) *cobra.Command {
	f := &flags{io: io}
	c := &cobra.Command{
		Use:   "validate",
		Short: "Check the state file; ask nobody",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			state, err := f.load()
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(io.out, "%s is valid; groups: %d, packages: %d\n", f.file, len(state.Spec.Groups), len(state.Packages()))
			return err
		},
	}
	f.bindFile(c.Flags())
	f.bindAnnotations(c.Flags())
	return c
}
