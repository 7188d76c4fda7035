package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

func newSandboxDelete(f *flags) *cobra.Command {
	const short = "Delete a version from the sandbox, as npm unpublish does: its number is burnt"
	return onVersion(f, "delete", short, "deleted", (*sandbox.World).Remove)
}

func newSandboxBlock(f *flags) *cobra.Command {
	const short = "Have the sandbox's scan block a version that it took: it is not served"
	return onVersion(f, "block", short, "blocked", (*sandbox.World).Block)
}

// onVersion is a command that changes one version of the sandbox's registry.
func onVersion(f *flags, verb, short, done string, change func(*sandbox.World, spec.Name, spec.Version) error) *cobra.Command {
	return &cobra.Command{
		Use:   verb + " NAME@VERSION",
		Short: short,
		Args: oneArgument(func() string {
			return fmt.Sprintf("sandbox %s takes one version, as in: facets-reconcile sandbox %[1]s demo@1.0.0", verb)
		}),
		RunE: func(c *cobra.Command, args []string) error {
			name, version, err := parseVersionOf(args[0])
			if err != nil {
				return err
			}
			state, err := desired.Load(f.file)
			if err != nil {
				return err
			}
			name, version = onNpm(state, name, version)
			world, _, err := f.open(c.Context())
			if err != nil {
				return err
			}
			switch err := change(world, name, version); {
			case errors.Is(err, spec.ErrNotFound):
				return fmt.Errorf("the sandbox in %s has no %s@%s; publish it first", f.sandbox.Dir, name, version)
			case err != nil:
				return err
			}
			_, err = fmt.Fprintf(f.io.out, "%s %s@%s\n", done, name, version)
			return err
		},
	}
}

// onNpm is what npm calls a version, which reports have by the alias of a platform.
func onNpm(state *desired.State, name spec.Name, version spec.Version) (spec.Name, spec.Version) {
	for _, p := range state.Packages() {
		if p.Name == name {
			return p.OnNpm(), p.Home.Version(version)
		}
	}
	return name, version
}

// parseVersionOf reads NAME@VERSION.
func parseVersionOf(text string) (spec.Name, spec.Version, error) {
	at := strings.LastIndex(text, "@")
	if at <= 0 {
		return "", "", fmt.Errorf("%q names no version: give NAME@VERSION", text)
	}
	name, err := spec.ParseName(text[:at])
	if err != nil {
		return "", "", err
	}
	version, err := spec.ParseVersion(text[at+1:])
	return name, version, err
}
