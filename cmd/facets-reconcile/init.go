package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/checkout"
	"github.com/agent-facets/facets-reconcile/internal/initial"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/place"
	"github.com/agent-facets/facets-reconcile/internal/wholefile"
	"github.com/agent-facets/facets-reconcile/internal/words"
)

// initializing are the flags of init.
type initializing struct {
	*flags
	from  string
	force bool
}

func newInit(io streams) *cobra.Command {
	i := &initializing{flags: &flags{io: io}}
	c := &cobra.Command{
		Use:   "init",
		Short: "Write a first state file from what is there: a workspace, or a package on the registry",
		Long: "Write a first state file from what is there.\n\n" +
			"Without --from it is the project in the state file's folder: its public packages, read from package.json or\n" +
			"pnpm-workspace.yaml, its remote origin and its git tags. Nothing is sent anywhere.\n\n" +
			"With --from it is a package that is on the registry already, with the platforms among its optional dependencies.\n" +
			"The form of its tags is looked up on GitHub.",
		Example: "  facets-reconcile init\n  facets-reconcile init --from esbuild -o -",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return i.run(c.Context()) },
	}
	f := c.Flags()
	i.bindFile(f)
	f.StringVar(&i.from, "from", "", "take `PACKAGE`, which is on the registry, and its platforms")
	f.BoolVar(&i.force, "force", false, "write over a state file that is there")
	f.StringVarP(&i.output, "output", "o", "", "- writes to stdout instead of the file")
	f.StringVar(&i.registry, "registry", "", "the registry's URL, also for the state file (default: npm's own configuration)")
	f.StringVar(&i.githubAPI, "github-api", "", "GitHub's API (default $GITHUB_API_URL, else GitHub's own)")
	f.StringVar(&i.logLevel, "log-level", "warn", "debug, info, warn or error")
	f.StringVar(&i.logFormat, "log-format", "text", "text or json")
	_ = c.RegisterFlagCompletionFunc("output", oneOf("-")) // fails only for a flag that is not there
	return c
}

func (i *initializing) run(ctx context.Context) error {
	if i.output != "" && i.output != "-" {
		return fmt.Errorf("--output %s: only - is known, for stdout; --file names the file", i.output)
	}
	toFile := i.output == ""
	if _, err := os.Lstat(i.file); toFile && !i.force && !errors.Is(err, fs.ErrNotExist) {
		if err != nil {
			return err
		}
		return fmt.Errorf("%s is there already: --force writes over it, -o - shows what would be written", i.file)
	}
	draft, err := i.draft(ctx)
	if err != nil {
		return err
	}
	if i.registry != "" {
		draft.State.Spec.Registry = i.registry
	}
	data, err := draft.YAML()
	if err != nil {
		return err
	}
	if toFile {
		err = wholefile.Write(i.file, data, 0o644)
	} else {
		_, err = i.io.out.Write(data)
	}
	if err != nil {
		return err
	}
	return i.tell(draft, toFile)
}

func (i *initializing) draft(ctx context.Context) (read initial.Draft, err error) {
	root := filepath.Dir(i.file)
	if i.from == "" {
		return initial.FromWorkspace(ctx, root, checkout.Checkout{Dir: root})
	}
	name, err := spec.ParseName(i.from)
	if err != nil {
		return initial.Draft{}, fmt.Errorf("--from: %w", err)
	}
	draft := &desired.State{} // its scope may have a registry
	draft.Spec.Groups = []desired.Group{{Packages: []desired.Library{{Package: name}}}}
	options, err := i.placeOptions(false)
	if err != nil {
		return initial.Draft{}, err
	}
	where, err := place.Real(options).Enter(ctx, place.Project{File: i.file, State: draft, Draft: true})
	if err != nil {
		return initial.Draft{}, err
	}
	defer func() { err = errors.Join(err, where.Close()) }()
	connection, err := where.Connect(place.Connecting{NoIDTokens: true})
	if err != nil {
		return initial.Draft{}, err
	}
	read, err = initial.FromEntry(ctx, name, connection.Client, func(repository string) (desired.TagLister, error) {
		return where.GitHub(repository)
	})
	if err == nil {
		for _, group := range read.State.Spec.Groups {
			restrict(group, connection.Client.Access)
		}
	}
	return read, err
}

// restrict notes the access of libraries, or of an entry and its platforms, where it is not the usual one.
func restrict(g desired.Group, access func(spec.Name) spec.Access) {
	for i, library := range g.Packages {
		if access(library.Package) == spec.AccessRestricted {
			g.Packages[i].Access = spec.AccessRestricted
		}
	}
	if g.Entry == nil || access(g.Entry.Package) != spec.AccessRestricted {
		return
	}
	g.Entry.Access = spec.AccessRestricted
	for i, block := range g.Platforms {
		for _, target := range block.Targets {
			if access(spec.Name(strings.ReplaceAll(block.Package, "{target}", target.Name))) == spec.AccessRestricted {
				g.Platforms[i].Access = spec.AccessRestricted
			}
		}
	}
}

// tell says what was written, what was left out, and what comes next; to stderr where the file itself goes to stdout.
func (i *initializing) tell(draft initial.Draft, toFile bool) error {
	var text strings.Builder
	out := i.io.out
	if toFile {
		fmt.Fprintf(&text, "wrote %s; groups: %d, packages: %d\n", i.file, len(draft.State.Spec.Groups), len(draft.State.Packages()))
	} else {
		out = i.io.err
	}
	for _, note := range draft.Notes {
		fmt.Fprintf(&text, "note: %s\n", note)
	}
	if toFile {
		flag := ""
		if i.file != desired.DefaultFile {
			flag = " -f " + words.Quoted(i.file)
		}
		fmt.Fprintf(&text, "next: read it, then facets-reconcile validate%[1]s, then facets-reconcile plan%[1]s\n", flag)
	}
	_, err := io.WriteString(out, words.Plain(text.String()))
	return err
}
