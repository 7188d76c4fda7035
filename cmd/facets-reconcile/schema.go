package main

import (
	"github.com/spf13/cobra"

	"github.com/agent-facets/facets-reconcile/desired"
)

func newSchema(io streams) *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of the state file, for editors",
		Long: "Print the JSON Schema (draft 2020-12) of the state file. An editor with a YAML language server takes it from the file's\n" +
			"first line:\n\n  " + desired.SchemaComment,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			schema, err := desired.Schema()
			if err != nil {
				return err
			}
			_, err = io.out.Write(schema)
			return err
		},
	}
}
