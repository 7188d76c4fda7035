package initial

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Repository is the git repository of a project, as far as there is one.
type Repository interface {
	OnGitHub(ctx context.Context) string // where it comes from, "owner/name"; "": not known
	Hosted(ctx context.Context) string   // the same wherever it is, "host/group/name"; "": not known
	NewestTags(ctx context.Context) []string
}

// FromWorkspace drafts the state file of the project at root: a workspace of npm, Bun, Yarn or pnpm, or a single package.
// Private packages are left out. The rest are libraries, but for entries and their platforms: a package is an entry when
// its optional dependencies, or the packages that a build has left below its folder, look like platforms.
func FromWorkspace(ctx context.Context, root string, repository Repository) (Draft, error) {
	p, err := survey(root)
	if err != nil {
		return Draft{}, err
	}
	origin, hosted := repository.OnGitHub(ctx), repository.Hosted(ctx)
	if origin != "" {
		hosted = "github.com/" + origin
	}
	for _, m := range p.sources {
		if origin == "" {
			origin = m.Repository.GitHub()
		}
	}
	name := slug(spec.Name(p.name).Base())
	if absolute, err := filepath.Abs(root); name == "" && err == nil {
		name = filepath.Base(absolute)
	}
	draft := newDraft(name, origin, false)
	draft.Notes = append(draft.Notes, p.notes...)
	draft.takeRegistry(p.sources)
	if hosted == "" && origin != "" {
		hosted = "github.com/" + origin
	}
	draft.addPublishers(root, hosted)
	draft.addGroups(p, repository.NewestTags(ctx))
	if len(draft.State.Spec.Groups) == 0 {
		return Draft{}, fmt.Errorf("the project at %s has no public package, so there is nothing to write a state file about; "+
			"--from PACKAGE takes what is on the registry instead", root)
	}
	return draft, nil
}

// project is what the tree at a project's root holds.
type project struct {
	name    string
	sources []manifest            // of the members that could be read, and of the root when it is public
	built   map[string][]manifest // what lies below a source's folder
	known   map[string]manifest   // by name, those that say where they install
	single  bool                  // no workspace: the root alone
	notes   []string
}

// entry is a package with the platforms that are its own.
type entry struct {
	manifest
	platforms family
	artifact  string
}

// holds tells whether an artifact lies in the entry's own folder, where that is what gets published, or packed before.
func (e entry) holds(artifact string) bool {
	return artifact != "" && e.artifact == e.manifest.artifact() && (e.folder == "." || strings.HasPrefix(artifact, e.folder+"/"))
}

// entryIn finds the entry among a source and what was built below it. What was built is nearer to what gets published.
func (p *project) entryIn(source manifest) (e entry, ok bool) {
	built := p.built[source.folder]
	var platforms []spec.Name
	var others []manifest
	for _, m := range append(slices.Clone(built), source) {
		if m.platform().Anywhere() {
			others = append(others, m)
		} else if m.built {
			platforms = append(platforms, spec.Name(m.Name))
		}
	}
	others = slices.DeleteFunc(others, func(m manifest) bool { return !m.public() })
	for _, m := range others {
		if e.platforms = familyAmong(m.optional()); len(e.platforms.names) > 0 {
			e.manifest = m
			break
		}
	}
	if e.Name == "" {
		e.platforms = familyAmong(platforms)
		if len(others) == 0 || len(e.platforms.names) == 0 || !source.public() && len(others) > 1 {
			return entry{}, false
		}
		e.manifest = others[len(others)-1] // the source, where it is public
	}
	e.artifact = e.manifest.artifact()
	for _, m := range built {
		if m.Name == e.Name {
			e.artifact = m.artifact()
		}
	}
	return e, true
}

func (d *Draft) addGroups(p *project, tags []string) {
	var entries []entry
	taken := map[string]bool{}
	for _, source := range p.sources {
		if e, ok := p.entryIn(source); ok && !taken[e.Name] {
			entries = append(entries, e)
			taken[e.Name] = true
			for _, name := range e.platforms.names {
				taken[name.String()] = true
			}
		}
	}
	var private, unnamed []string
	var libraries []manifest
	for _, m := range p.sources {
		switch {
		case taken[m.Name]:
		case m.public():
			libraries = append(libraries, m)
		case m.Private:
			private = append(private, cmp.Or(m.Name, m.folder))
		default:
			unnamed = append(unnamed, cmp.Or(m.Name, m.folder))
		}
	}
	for _, e := range entries {
		d.addEntry(p, e, tags, len(entries) == 1)
	}
	if len(libraries) > 0 {
		d.addLibraries(p, libraries, tags, p.single && len(entries) == 0)
	}
	if len(private) > 0 {
		d.note("left out, as they are private: %s", strings.Join(private, ", "))
	}
	if len(unnamed) > 0 {
		d.note("left out, as they have no names for npm: %s", strings.Join(unnamed, ", "))
	}
}

func (d *Draft) addEntry(p *project, e entry, tags []string, only bool) {
	platforms := &desired.Platforms{Package: e.platforms.form()}
	var built []manifest
	for _, name := range e.platforms.names {
		target := desired.Target{Name: e.platforms.target(name)}
		m, found := p.known[name.String()]
		if found {
			built = append(built, m)
			target = desired.NewTarget(target.Name, m.platform())
			at := strings.LastIndex(m.folder, target.Name)
			if artifact := m.artifact(); platforms.Artifact == "" && at >= 0 {
				platforms.Artifact = artifact[:at] + "{target}" + artifact[at+len(target.Name):]
			}
		}
		if missing := target.Missing(); len(missing) > 0 {
			d.note("%s is left out: its %s cannot be told from the name, and it is not built here", name, strings.Join(missing, " and "))
			continue
		}
		platforms.Targets = append(platforms.Targets, target)
	}
	if platforms.Artifact == "" {
		d.note("the artifact of %s is not filled in, as none is built here: without it they are planned, not published", platforms.Package)
	}
	if e.Files == nil && e.holds(platforms.Artifact) {
		d.note("%s would hold its platforms, as %s lies below its folder and its package.json has no files: write there what of it "+
			"gets published; plan --artifacts shows a line", e.Name, platforms.Artifact)
	}
	tag, found := entryTag(spec.Name(e.Name), tags, only)
	if !found && !p.single {
		tag = namedForms(e.Name)[0]
	}
	d.guessed(found, e.Name, tag)
	platforms.Access = d.accessOfPlatforms(e, built)
	group := slug(spec.Name(e.Name).Base())
	d.State.Spec.Groups = append(d.State.Spec.Groups, desired.Group{
		Name: group, Tag: tag, DistTag: d.distTag(group, append([]manifest{e.manifest}, built...)),
		Entry: &desired.Entry{Package: spec.Name(e.Name), Artifact: e.artifact, Access: e.access()}, Platforms: desired.Blocks{*platforms},
	})
}

func (d *Draft) addLibraries(p *project, libraries []manifest, tags []string, alone bool) {
	group := desired.Group{Name: librariesGroup}
	var names []spec.Name
	for _, m := range libraries {
		names = append(names, spec.Name(m.Name))
		group.Packages = append(group.Packages, desired.Library{Package: spec.Name(m.Name), Artifact: m.artifact(), Access: m.access()})
	}
	var found bool
	if alone {
		group.Tag, found = entryTag(names[0], tags, true)
	} else {
		group.Tag, found = libraryTag(names, tags)
	}
	if form, ok := lockstepTag(p.sources, tags); !found && !alone && ok {
		group.Tag, found = form, true
		d.note("the tags name no package, and all have one version: the libraries are released by the same tag as the rest, %s", form)
	}
	d.guessed(found, "the libraries", group.Tag)
	group.DistTag = d.distTag(group.Name, libraries)
	if !p.single {
		group.Workspace = &desired.Workspace{Root: "."}
	}
	d.State.Spec.Groups = append(d.State.Spec.Groups, group)
}

func (d *Draft) guessed(found bool, whose, tag string) {
	if !found {
		d.note("the form of the tags of %s is a guess: %s", whose, tag)
	}
}

// errNoProject says what to do where there is nothing to read.
func errNoProject(root string) error {
	return fmt.Errorf("the folder %s holds neither package.json nor pnpm-workspace.yaml: run this in the project's folder, name a "+
		"file in it with --file, or take what is on the registry with --from PACKAGE", root)
}

// asNotes makes a note of each line of an error.
func asNotes(err error) (notes []string) {
	if err == nil || errors.Is(err, desired.ErrNoWorkspace) {
		return nil
	}
	for line := range strings.Lines(err.Error()) {
		notes = append(notes, "not read: "+strings.TrimSpace(line))
	}
	return notes
}
