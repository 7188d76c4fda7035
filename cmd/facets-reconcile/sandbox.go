package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/fault"
	"github.com/agent-facets/facets-reconcile/internal/place"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
	"github.com/agent-facets/facets-reconcile/internal/words"
)

func newSandbox(io streams) *cobra.Command {
	f := &flags{io: io}
	var address string
	c := &cobra.Command{
		Use:   "sandbox",
		Short: "Serve the embedded npm, GitHub and CI systems for a rehearsal with real clients",
		Long: "Serve the embedded npm, GitHub and CI systems for a rehearsal with real clients.\n\n" +
			"A new sandbox has a git tag for each release: of the version that is pinned, else of the one that the build left in the\n" +
			"entry's or library's artifact (unless that is a prerelease, and its group takes none), else of 1.0.0. sandbox tag adds\n" +
			"further ones.\n\n" + faultHelp(),
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			world, faults, err := f.open(c.Context())
			if err != nil {
				return err
			}
			server, err := world.Serve(c.Context(), address)
			if err != nil {
				return fmt.Errorf("%w; --addr 127.0.0.1:0 takes any free port", err)
			}
			_, err = fmt.Fprintf(io.out, "registry        %[1]s/\nGitHub          %[2]s\n"+
				"CircleCI        %[3]s\nGitHub Actions  %[4]s\nGitLab CI/CD    %[5]s\n\n"+
				"npm install --registry %[1]s/ NAME\n"+
				"npm login --registry %[1]s/        (any user, approves itself)\nCtrl-C ends it; the state stays in %[6]s, logins do not\n",
				server.URL(), server.GitHub(), server.CircleCI(), server.Actions(), server.GitLab(), f.sandbox.Dir)
			if err != nil {
				return err
			}
			err = server.Wait()
			faults.Tell()
			return err
		},
	}
	f.bindFile(c.PersistentFlags())
	c.PersistentFlags().StringVar(&f.sandbox.Dir, "dir", place.DefaultFolder, "where the sandbox is kept")
	c.Flags().StringVar(&address, "addr", "127.0.0.1:4873", "loopback address to serve on; port 0 takes any")
	f.bindSandbox(c.Flags())
	c.AddCommand(newSandboxTag(f), newSandboxDelete(f), newSandboxBlock(f), newSandboxReset(f))
	return c
}

// faultHelp explains --fault.
func faultHelp() string {
	var text strings.Builder
	text.WriteString("--fault KIND[,KEY=VALUE…] breaks what goes to the registry, here and in rehearsals (--sandbox):\n\n")
	for _, kind := range fault.Kinds() {
		fmt.Fprintf(&text, "  %-16s %s\n", kind, kind.Describe())
	}
	text.WriteString(`
  on=OPERATION[+…]  what is broken, if not the usual: tags, manifest, packument, tarball, publish, tag, exchange,
                    trust, status, login, stage, stages, stage-tarball, approve, reject,
                    certify, record (Sigstore's, for provenance), other
  of=PATTERN        packages: of=@demo/*; with a further @ also versions: of=@demo/*@1.*
  after=N           so many requests pass first
  times=N           so many are broken (default: all)
  for=DURATION      how long it lasts (default: for ever)
  retry-after=TEXT  the header of 429 and 503: seconds, a date, nonsense; date:+30m is the date in 30 minutes
  bytes=N, to=URL   as the kind says

Several --fault are tried in the order given.
Example: --fault lost,of=@demo/*,times=1 --fault 429,on=tags,retry-after=2,times=3`)
	return text.String()
}

// open opens the sandbox with its faults.
func (f *flags) open(ctx context.Context) (*sandbox.World, *place.Faults, error) {
	state, err := desired.Load(f.file)
	if err != nil {
		return nil, nil, err
	}
	clock, err := place.NewClock()
	if err != nil {
		return nil, nil, err
	}
	return f.sandbox.Open(ctx, place.Project{File: f.file, State: state}, place.Options{Clock: clock, Err: f.io.err})
}

func newSandboxTag(f *flags) *cobra.Command {
	return &cobra.Command{
		Use:   "tag TAG",
		Short: "Push a git tag to the sandbox's GitHub: the release that it names is then desired",
		Args: oneArgument(func() string {
			return "sandbox tag takes one tag, as in: facets-reconcile sandbox tag " + f.exampleTag()
		}),
		RunE: func(c *cobra.Command, args []string) error {
			world, _, err := f.open(c.Context())
			if err != nil {
				return err
			}
			if err := world.Tag(args[0]); err != nil {
				return err
			}
			if _, err = fmt.Fprintf(f.io.out, "tagged %s\n", args[0]); err != nil {
				return err
			}
			state, err := desired.Load(f.file)
			if err != nil {
				return err
			}
			if _, err := state.Releases(c.Context(), desired.Selection{Tag: args[0]}, nil); err != nil {
				_, _ = fmt.Fprint(f.io.err, words.Plain(fmt.Sprintf("but nothing comes of it: %v\n", err))) // the tag is there all the same
			}
			return nil
		},
	}
}

// exampleTag is a tag that the state file would take for a release.
func (f *flags) exampleTag() string {
	state, err := desired.Load(f.file)
	if err != nil {
		return "v1.1.0"
	}
	return strings.NewReplacer("{package}", state.Packages()[0].Name.String(), "{version}", "1.1.0").Replace(state.Spec.Groups[0].Tag)
}

func newSandboxReset(f *flags) *cobra.Command {
	return &cobra.Command{
		Use:   "reset",
		Short: "Remove the sandbox",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := sandbox.Reset(f.sandbox.Dir); err != nil {
				return err
			}
			_, err := fmt.Fprintf(f.io.out, "%s is gone\n", f.sandbox.Dir)
			return err
		},
	}
}
