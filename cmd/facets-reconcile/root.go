package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/report"
)

const (
	defaultSandbox     = ".facets-sandbox"
	defaultScanDelay   = "2s"
	defaultConcurrency = 32
	defaultTimeout     = 2 * time.Hour // versions were seen to take 90 minutes

	// runPatience is short: a run waits between its passes, where that is told, and counts.
	runPatience = 10 * time.Second
)

// shared are the flags that the commands have in common.
type shared struct {
	io streams

	file, tag, registry, githubAPI string
	groups, packages               []string
	output                         string
	reports                        reportFiles
	notify                         notifying
	logLevel, logFormat            string
	noColor                        bool
	sandbox, scanDelay             string
	noStatus, oidcDistTags         bool // of the sandbox
	faults                         []string
	concurrency                    int
	flags                          *pflag.FlagSet
	unversioned                    bool   // GitHub need not be asked which versions are desired
	sum                            string // SHA-256 of the state file as it was read
	everything                     bool   // the tag that a job is for narrows nothing
	ownTags                        bool   // where GitHub cannot be asked, the tags of this checkout do
	untagged                       bool   // where GitHub cannot be asked, no tags do
	earlier                        int    // how many earlier tags of each release are wanted
}

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
	root.AddCommand(newDrift(std))
	root.AddCommand(newInit(std), newSchema(std), newMan(std))
	completeFlags(root)
	return root
}

func (s *shared) bind(f *pflag.FlagSet) {
	s.flags = f
	s.bindFile(f)
	f.StringArrayVar(&s.groups, "group", nil, "act only on this group (repeatable)")
	f.StringArrayVar(&s.packages, "package", nil, "act only on this package (repeatable)")
	f.StringVar(&s.tag, "tag", "", "the git tag to release (default $CIRCLE_TAG, else pins and the highest tags on GitHub)")
	f.StringVar(&s.registry, "registry", "", "the registry's URL (default: npm's own configuration)")
	f.StringVar(&s.githubAPI, "github-api", "", "GitHub's API (default $GITHUB_API_URL, else GitHub's own)")
	f.StringVarP(&s.output, "output", "o", string(report.Table), "table, json, yaml or markdown")
	f.StringVar(&s.logLevel, "log-level", "warn", "debug, info, warn or error")
	f.StringVar(&s.logFormat, "log-format", "text", "text or json")
	f.BoolVar(&s.noColor, "no-color", false, "no colours (also $NO_COLOR)")
	f.IntVar(&s.concurrency, "concurrency", defaultConcurrency, "requests under way at once")
	f.StringVar(&s.sandbox, "sandbox", "", "rehearse against an embedded npm, GitHub and CircleCI, kept in `DIR`")
	f.Lookup("sandbox").NoOptDefVal = defaultSandbox
	f.StringVar(&s.scanDelay, "scan-delay", defaultScanDelay, "how long the sandbox scans a version; A..B differs by package")
	s.bindFault(f)
	s.bindAnswers(f)
}

// bindAnswers binds what nobody knows of npm for certain, so that a rehearsal can be held under either answer.
func (s *shared) bindAnswers(f *pflag.FlagSet) {
	f.BoolVar(&s.noStatus, "no-status", false, "the sandbox refuses to tell the status of versions, as npm may")
	f.BoolVar(&s.oidcDistTags, "oidc-dist-tags", false, "the sandbox lets a pipeline move dist-tags, which npm was seen to refuse")
}

func (s *shared) bindFault(f *pflag.FlagSet) {
	f.StringArrayVar(&s.faults, "fault", nil, "break requests to the sandbox, as `KIND`[,on=…,of=…,times=N] (repeatable; see sandbox --help)")
}

func (s *shared) bindFile(f *pflag.FlagSet) {
	f.StringVarP(&s.file, "file", "f", desired.DefaultFile, "the state file")
}

// check refuses flags that do not go together: a rehearsal must not become the real thing by a slip.
func (s *shared) check() error {
	rehearsing := s.flags.Changed("sandbox")
	switch {
	case rehearsing && s.sandbox == "":
		return errors.New("--sandbox= names no folder; leave the = out for " + defaultSandbox)
	case rehearsing && (s.registry != "" || s.githubAPI != ""):
		return errors.New("--sandbox brings its own registry and GitHub: leave --registry and --github-api out, or --sandbox")
	case !rehearsing && s.flags.Changed("scan-delay"):
		return errors.New("--scan-delay is the sandbox's: add --sandbox, or leave it out")
	case !rehearsing && s.noStatus:
		return errors.New("--no-status is the sandbox's: add --sandbox, or leave it out")
	case !rehearsing && s.oidcDistTags:
		return errors.New("--oidc-dist-tags is the sandbox's: add --sandbox, or leave it out")
	case !rehearsing && len(s.faults) > 0:
		return errors.New("--fault breaks the sandbox: add --sandbox, or leave it out")
	case s.concurrency < 1:
		return fmt.Errorf("--concurrency %d: at least one request has to be under way", s.concurrency)
	}
	return s.notify.open()
}

// noArguments takes none, and knows what one is most likely meant to be.
func (s *shared) noArguments(_ *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return nil
	case s.sandbox != "":
		return fmt.Errorf("%q is not understood; a folder for the sandbox is given as --sandbox=%s", args[0], quoted(args[0]))
	}
	return fmt.Errorf("%q is not understood; see --help", args[0])
}

// logger writes to stderr.
func (s *shared) logger() (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(s.logLevel)); err != nil {
		return nil, fmt.Errorf("--log-level %q: choose debug, info, warn or error", s.logLevel)
	}
	options := &slog.HandlerOptions{Level: level}
	switch s.logFormat {
	case "text":
		return slog.New(slog.NewTextHandler(s.io.err, options)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(s.io.err, options)), nil
	}
	return nil, fmt.Errorf("--log-format %q: choose text or json", s.logFormat)
}

// colour tells whether a stream is a terminal that wants colours.
func (s *shared) colour(stream io.Writer) bool {
	return !s.noColor && os.Getenv("NO_COLOR") == "" && isTerminal(stream)
}

// interactive tells whether somebody is there to be asked.
func (s *shared) interactive() bool { return isTerminal(s.io.in) && isTerminal(s.io.err) }

func isTerminal(stream any) bool {
	f, ok := stream.(interface{ Fd() uintptr })
	return ok && term.IsTerminal(int(f.Fd()))
}
