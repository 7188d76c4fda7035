package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/place"
	"github.com/agent-facets/facets-reconcile/internal/report"
	"github.com/agent-facets/facets-reconcile/internal/words"
)

// flags are those that the commands have in common.
type flags struct {
	io streams

	file, tag, registry, githubAPI string
	groups, packages               []string
	output                         string
	reports                        reportFiles
	annotations                    bool
	notify                         notifying
	logLevel, logFormat            string
	noColor                        bool
	sandbox                        place.Sandbox
	concurrency                    int
	set                            *pflag.FlagSet
	ofSandbox                      *pflag.FlagSet // those of set that say how the sandbox behaves
}

func (f *flags) bind(set *pflag.FlagSet) {
	f.set = set
	f.bindFile(set)
	set.StringArrayVar(&f.groups, "group", nil, "act only on this group (repeatable)")
	set.StringArrayVar(&f.packages, "package", nil, "act only on this package (repeatable)")
	set.StringVar(&f.tag, "tag", "", "the git tag to release (default the job's, as $CIRCLE_TAG, else pins and the highest tags on GitHub)")
	set.StringVar(&f.registry, "registry", "", "the registry's URL (default: npm's own configuration)")
	set.StringVar(&f.githubAPI, "github-api", "", "GitHub's API (default $GITHUB_API_URL, else GitHub's own)")
	set.StringVarP(&f.output, "output", "o", string(report.Table), "table, json, yaml or markdown")
	set.StringVar(&f.logLevel, "log-level", "warn", "debug, info, warn or error")
	set.StringVar(&f.logFormat, "log-format", "text", "text or json")
	set.BoolVar(&f.noColor, "no-color", false, "no colours (also $NO_COLOR)")
	set.IntVar(&f.concurrency, "concurrency", defaultConcurrency, "requests under way at once")
	set.StringVar(&f.sandbox.Dir, "sandbox", "", "rehearse against an embedded npm, GitHub and CI system, kept in `DIR`")
	set.Lookup("sandbox").NoOptDefVal = place.DefaultFolder
	f.ofSandbox = pflag.NewFlagSet("", pflag.ContinueOnError)
	f.bindSandbox(f.ofSandbox)
	set.AddFlagSet(f.ofSandbox)
}

// bindSandbox binds how the sandbox behaves.
func (f *flags) bindSandbox(set *pflag.FlagSet) {
	set.StringVar(&f.sandbox.ScanDelay, "scan-delay", defaultScanDelay, "how long the sandbox scans a version; A..B differs by package")
	set.StringVar(&f.sandbox.ApprovalDelay, "approval-delay", defaultApprovalDelay,
		"how long the sandbox takes to serve a version that was approved; A..B differs by package")
	set.StringArrayVar(&f.sandbox.Faults, "fault", nil,
		"break requests to the sandbox, as `KIND`[,on=…,of=…,times=N] (repeatable; see sandbox --help)")
	// What nobody knows of npm for certain: a rehearsal can be held under either answer.
	set.BoolVar(&f.sandbox.NoStatus, "no-status", false, "the sandbox refuses to tell the status of versions, as npm may")
	set.BoolVar(&f.sandbox.OIDCDistTags, "oidc-dist-tags", false, "the sandbox lets a pipeline move dist-tags, which npm was seen to refuse")
}

func (f *flags) bindFile(set *pflag.FlagSet) {
	set.StringVarP(&f.file, "file", "f", desired.DefaultFile, "the state file")
}

// check refuses flags that no command can run with.
func (f *flags) check() error {
	if _, err := report.ParseFormat(f.output); err != nil {
		return err
	}
	if f.concurrency < 1 {
		return fmt.Errorf("--concurrency %d: at least one request has to be under way", f.concurrency)
	}
	return f.notify.open(f.io.err)
}

// noArguments takes none, and knows what one is most likely meant to be.
func (f *flags) noArguments(_ *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return fmt.Errorf("%q is not understood; %s", args[0], cmp.Or(f.meantAsFolder(args[0]), "see --help"))
}

// meantAsFolder is what to say of an argument that --sandbox has not taken for its folder; "": it was not the last flag.
func (f *flags) meantAsFolder(argument string) string {
	if f.sandbox.Dir != place.DefaultFolder {
		return ""
	}
	return fmt.Sprintf("if %s is the folder for the sandbox, give it as --sandbox=%s", argument, words.Quoted(argument))
}

// oneArgument takes exactly one argument; the complaint says of which kind, with an example.
func oneArgument(complaint func() string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) == 1 {
			return nil
		}
		return errors.New(complaint())
	}
}

// logger writes to stderr.
func (f *flags) logger() (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(f.logLevel)); err != nil {
		return nil, fmt.Errorf("--log-level %q: choose debug, info, warn or error", f.logLevel)
	}
	options := &slog.HandlerOptions{Level: level}
	switch f.logFormat {
	case "text":
		return slog.New(slog.NewTextHandler(f.io.err, options)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(f.io.err, options)), nil
	}
	return nil, fmt.Errorf("--log-format %q: choose text or json", f.logFormat)
}

// colour tells whether a stream is a terminal that wants colours.
func (f *flags) colour(stream io.Writer) bool {
	return !f.noColor && os.Getenv("NO_COLOR") == "" && isTerminal(stream)
}

// interactive tells whether somebody is there to be asked.
func (f *flags) interactive() bool { return isTerminal(f.io.in) && isTerminal(f.io.err) }

func isTerminal(stream any) bool {
	f, ok := stream.(interface{ Fd() uintptr })
	return ok && term.IsTerminal(int(f.Fd()))
}
