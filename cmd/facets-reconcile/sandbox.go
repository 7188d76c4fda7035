package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

func newSandbox(io streams) *cobra.Command {
	s := &shared{io: io}
	var address string
	c := &cobra.Command{
		Use:   "sandbox",
		Short: "Serve the embedded npm, GitHub and CircleCI for a rehearsal with real clients",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			world, err := s.world(c)
			if err != nil {
				return err
			}
			server, err := world.Serve(c.Context(), address)
			if err != nil {
				return fmt.Errorf("%w; --addr 127.0.0.1:0 takes any free port", err)
			}
			_, err = fmt.Fprintf(io.out, "registry  %[1]s/\nGitHub    %[2]s\nCircleCI  %[3]s\n\n"+
				"npm install --registry %[1]s/ NAME\n"+
				"npm login --registry %[1]s/        (any user, approves itself)\nCtrl-C ends it; the state stays in %[4]s, logins do not\n",
				server.URL(), server.GitHub(), server.CircleCI(), s.sandbox)
			if err != nil {
				return err
			}
			return server.Wait()
		},
	}
	s.bindFile(c.PersistentFlags())
	c.PersistentFlags().StringVar(&s.sandbox, "dir", defaultSandbox, "where the sandbox is kept")
	c.Flags().StringVar(&address, "addr", "127.0.0.1:4873", "loopback address to serve on; port 0 takes any")
	c.Flags().StringVar(&s.scanDelay, "scan-delay", defaultScanDelay, "how long a version is scanned; A..B differs by package")
	c.AddCommand(newSandboxTag(s), newSandboxReset(s))
	return c
}

func (s *shared) world(c *cobra.Command) (*sandbox.World, error) {
	state, err := desired.Load(s.file)
	if err != nil {
		return nil, err
	}
	clock, err := newClock()
	if err != nil {
		return nil, err
	}
	return openWorld(c.Context(), s.sandbox, s.scanDelay, state, clock.Now)
}

func newSandboxTag(s *shared) *cobra.Command {
	return &cobra.Command{
		Use:   "tag TAG",
		Short: "Push a git tag to the sandbox's GitHub: the release that it names is then desired",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			world, err := s.world(c)
			if err != nil {
				return err
			}
			if err := world.Tag(args[0]); err != nil {
				return err
			}
			if _, err = fmt.Fprintf(s.io.out, "tagged %s\n", args[0]); err != nil {
				return err
			}
			state, err := desired.Load(s.file)
			if err != nil {
				return err
			}
			if _, err := state.Releases(c.Context(), desired.Selection{Tag: args[0]}, nil); err != nil {
				_, _ = fmt.Fprintf(s.io.err, "but nothing comes of it: %v\n", err) // the tag is there all the same
			}
			return nil
		},
	}
}

func newSandboxReset(s *shared) *cobra.Command {
	return &cobra.Command{
		Use:   "reset",
		Short: "Remove the sandbox",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := sandbox.Reset(s.sandbox); err != nil {
				return err
			}
			_, err := fmt.Fprintf(s.io.out, "%s is gone\n", s.sandbox)
			return err
		},
	}
}
