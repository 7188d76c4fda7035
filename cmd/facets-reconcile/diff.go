package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/compare"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/place"
	"github.com/agent-facets/facets-reconcile/internal/report"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// maxCompared is how many packages are unpacked at a time, two tarballs each.
const maxCompared = 4

// comparing are the flags of diff.
type comparing struct {
	*flags
	old  spec.Version // what is compared with; "": what the dist-tags serve
	form string       // of the tags of releases that have such versions
}

func newDiff(io streams) *cobra.Command {
	d := &comparing{flags: &flags{io: io}}
	c := &cobra.Command{
		Use:   "diff [[OLD] RELEASE]",
		Short: "Show what a built, staged or served version changes against the one served before it; change nothing",
		Long: "Show what a version changes against the one that is served before it: files, modes, executables, package.json, size.\n" +
			"Of an entry's release all packages are compared. What is served counts, then what is staged, as far as the\n" +
			"session of npm login is shown it, then what the build left.\n\n" +
			"RELEASE is a git tag, or NAME@VERSION of a declared package. Without one it is what plan would release.\n" +
			"OLD, of the same form or a version alone, is what it is compared with: else what the dist-tag serves, or where that is not\n" +
			"lower, the highest version served below. It ends with 0 when the comparison was made, whatever differs.",
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) > 2:
				return fmt.Errorf("%q is not understood: diff compares one release with one before it; see --help", args[2])
			case len(args) > 0 && d.tag != "":
				return fmt.Errorf("%q and --tag both name what is looked at: leave one out", args[len(args)-1])
			}
			return nil
		},
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(c *cobra.Command, args []string) error { return d.run(c.Context(), args) },
	}
	d.bind(c.Flags())
	return c
}

func (d *comparing) run(ctx context.Context, args []string) (err error) {
	if err := d.name(ctx, args); err != nil {
		return err
	}
	choice, err := d.choose(false)
	if err != nil {
		return err
	}
	where, want, err := d.enter(ctx, choice, wanting{tags: tagsOfCheckout})
	if err != nil {
		return d.nothing(err, choice.Clock.Now())
	}
	defer func() { err = errors.Join(err, where.Close()) }()
	wanted, groups := d.selected(want.Releases)
	if len(wanted) == 0 {
		return errors.New("there is no version to look at: name a release, as in facets-reconcile diff demo@1.2.0")
	}
	connection, err := where.Connect(place.Connecting{NoIDTokens: where.ReadsWithoutIDTokens()})
	if err != nil {
		return err
	}
	packages := d.reader(connection, want).Compare(ctx, wanted)
	if err := ctx.Err(); err != nil {
		return err
	}
	for i := range groups {
		groups[i].Packages, packages = packages[:len(groups[i].Packages)], packages[len(groups[i].Packages):]
	}
	where.Remark(ctx, place.Outcome{Want: want})
	document := report.NewComparison(groups, where.Registry.String())
	if err := document.Write(d.io.out, report.Format(d.output), d.colour(d.io.out)); err != nil {
		return err
	}
	return exitWith(document.ExitCode)
}

// reader gets both sides of a comparison. What is served counts, and where nothing is, what waits for approval, else what the build left.
func (d *comparing) reader(c *place.Connection, want reconcile.Desired) compare.Reader {
	served := compare.Source{Word: "served", Tarballs: actor.Served{Registry: c.Client}}
	built := compare.Source{Word: "built", Tarballs: actor.Built{
		Artifacts: c.Artifacts, Releases: want.Releases, Workers: artifact.NewWorkers(0),
		Compression: artifact.Compression(c.State.Spec.Compression),
	}}
	looked, unmade := []compare.Source{served, built}, []string{built.Word}
	if c.HasSession() { // npm shows what is staged to humans only
		staged := compare.Source{Word: "staged", Tarballs: &actor.Waiting{Registry: c.Client}}
		looked, unmade = []compare.Source{served, staged, built}, []string{staged.Word, built.Word}
	}
	return compare.Reader{
		Registry: c.Client, Placeholder: want.Placeholder, Unmade: unmade,
		Old: []compare.Source{served}, New: looked, Concurrency: min(d.concurrency, maxCompared),
	}
}

// selected are the comparisons to make, and the groups that they stand in, in the same order.
func (d *comparing) selected(releases []desired.Release) (wanted []compare.Wanted, groups []report.ComparedGroup) {
	for _, r := range releases {
		if !r.Selected || r.Version == "" || len(d.groups) > 0 && !slices.Contains(d.groups, r.Group) {
			continue
		}
		for _, p := range r.Packages {
			if len(d.packages) > 0 && !slices.Contains(d.packages, p.Name.String()) {
				continue
			}
			if len(groups) == 0 || groups[len(groups)-1].Name != r.Group {
				g := report.ComparedGroup{Name: r.Group}
				if _, whole := r.Entry(); whole {
					g.Version, g.Tag = r.Version, r.Tag
				}
				groups = append(groups, g)
			}
			last := &groups[len(groups)-1]
			last.Packages = append(last.Packages, compare.Package{})
			wanted = append(wanted, compare.Wanted{
				Group: r.Group, Release: r.Tag, Name: p.Name, Role: compare.Role(p.Role), To: r.Version, DistTag: r.DistTag, Home: p.Home,
				Pinned: r.TagForm == "",
			})
			if r.TagForm == d.form {
				wanted[len(wanted)-1].From, wanted[len(wanted)-1].Joined = d.old, joined(releases, r)
			}
			if p.Role == desired.RoleEntry {
				wanted[len(wanted)-1].Foreign = r.Foreign()
			}
		}
	}
	return wanted, groups
}

// joined tells whether the tags of a release are those of other releases, too.
func joined(releases []desired.Release, one desired.Release) bool {
	return slices.ContainsFunc(releases, func(r desired.Release) bool {
		return r.TagForm == one.TagForm && r.Packages[0].Name != one.Packages[0].Name
	})
}

// name takes the arguments for the flags that they stand for: a git tag, and of a platform's own version that package.
func (d *comparing) name(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return nil
	}
	state, err := desired.Load(d.file)
	if err != nil {
		return err
	}
	looked, err := findRelease(ctx, state, args[len(args)-1])
	if err != nil {
		return err
	}
	d.tag, d.form = looked.tag, looked.form
	if looked.only != "" {
		d.packages = append(d.packages, looked.only)
	}
	if len(args) == 1 {
		return nil
	}
	if version, err := spec.ParseVersion(args[0]); err == nil {
		d.old = version
		return nil
	}
	old, err := findRelease(ctx, state, args[0])
	switch {
	case err != nil:
		return err
	case old.form != looked.form || old.only != looked.only:
		return fmt.Errorf("%q and %q are versions of different things, which cannot be compared", args[0], args[1])
	}
	d.old = old.version
	return nil
}

// namedRelease is what an argument names.
type namedRelease struct {
	tag, form string // the git tag, and the form that such tags have
	version   spec.Version
	only      string // the one package of the release that is meant, or ""
}

// findRelease reads a git tag, or NAME@VERSION of a declared package. The entry's stands for its release.
func findRelease(ctx context.Context, state *desired.State, text string) (namedRelease, error) {
	releases, err := state.Releases(ctx, desired.Selection{Tag: text}, nil)
	for _, r := range releases {
		if r.Selected {
			return namedRelease{tag: text, form: r.TagForm, version: r.Version}, nil
		}
	}
	var unknown *desired.TagError
	if !errors.As(err, &unknown) {
		return namedRelease{}, err
	}
	name, version, notOne := parseVersionOf(text)
	if notOne != nil {
		return namedRelease{}, fmt.Errorf("%w; nor is it NAME@VERSION of a declared package", err)
	}
	releases, err = state.Releases(ctx, desired.Selection{}, nil)
	if err != nil {
		return namedRelease{}, err
	}
	for _, r := range releases {
		for _, p := range r.Packages {
			foreign := r.Foreign()
			version, ok := version, p.Name == name && (p.Role != desired.RoleEntry || foreign == nil || !foreign(version))
			if !p.Home.Own() && p.OnNpm() == name {
				version, ok = p.Home.Release(version)
			}
			if !ok {
				continue
			}
			found := namedRelease{tag: strings.ReplaceAll(r.TagForm, "{version}", version.String()), form: r.TagForm, version: version}
			if p.Role == desired.RolePlatform || p.Role == desired.RoleLibrary && joined(releases, r) {
				found.only = p.Name.String()
			}
			return found, nil
		}
	}
	return namedRelease{}, fmt.Errorf("%q: %s is no package of the state file", text, name)
}
