package place

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/words"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// firstVersion is the version of the first tags of a new sandbox, where nothing has been built.
const firstVersion = "1.0.0"

// firstTag returns the tag of a release that a new sandbox starts with. Its version is the pinned one, else the one that was built for
// the entry, so that it can be published, else firstVersion.
func firstTag(ctx context.Context, root string, r desired.Release, state *desired.State) string {
	version := r.Version
	if version == "" {
		version = built(ctx, root, leading(r))
		untagged := version.Prerelease() && !prereleases(state, r.Group) || version.Placeholds("") // as the highest tag these do not count
		if untagged || version.Compare(state.Placeholder()) <= 0 {
			version = firstVersion
		}
	}
	return tagOf(r, version)
}

// leading returns the package whose artifact tells the release's version: the entry, else the library.
func leading(r desired.Release) desired.Package {
	if entry, ok := r.Entry(); ok {
		return entry
	}
	return r.Packages[0]
}

func prereleases(state *desired.State, group string) bool {
	return slices.ContainsFunc(state.Spec.Groups, func(g desired.Group) bool { return g.Name == group && g.Prereleases })
}

func tagOf(r desired.Release, version spec.Version) string {
	return strings.ReplaceAll(r.TagForm, "{version}", string(version))
}

// built returns the version of a package's artifact, or "".
func built(ctx context.Context, root string, p desired.Package) spec.Version {
	if p.Artifact == "" {
		return ""
	}
	path, err := artifact.Locate(root, strings.ReplaceAll(p.Artifact, "{version}", "*"),
		map[string]string{"package": p.Name.String(), "target": p.Target})
	if err != nil {
		return ""
	}
	a, err := artifact.Open(ctx, path)
	if err != nil {
		return ""
	}
	return a.Version()
}

// mentionStandIns says for which packages stand-ins were published, because their artifacts are not there.
func (r *rehearsal) mentionStandIns() {
	made := r.standIns.Made()
	if len(made) == 0 {
		return
	}
	artifacts := "1 artifact that is"
	if len(made) > 1 {
		artifacts = fmt.Sprintf("%d artifacts that are", len(made))
	}
	_, _ = fmt.Fprintf(r.options.Err, "sandbox: stand-ins took the place of %s not there: %s\n", artifacts, reconcile.Enumerate(made))
}

// adviseRelease says how a rehearsal releases what has been built, where its tags ask for another version.
func (r *rehearsal) adviseRelease(ctx context.Context, o Outcome) {
	if r.Tag != "" {
		return
	}
	failed := map[spec.Name]bool{}
	for _, p := range o.Result.Packages() {
		failed[p.Name] = slices.ContainsFunc(p.Changes, func(c reconcile.Change) bool {
			return reconcile.KindOf(c.Action).Uploads && c.Outcome == reconcile.Failed
		})
	}
	untagged, err := r.State.Releases(ctx, desired.Selection{}, nil)
	if err != nil { // the run would have ended before
		return
	}
	pinned := map[spec.Name]bool{}
	for _, release := range untagged {
		pinned[leading(release).Name] = release.Version != ""
	}
	for _, release := range o.Want.Releases {
		p := leading(release)
		if !slices.ContainsFunc(release.Packages, func(p desired.Package) bool { return failed[p.Name] }) {
			continue
		}
		version := built(ctx, r.Root(), p)
		if version == release.Version || version.Placeholds("") || version.Compare(o.Want.Placeholder) <= 0 {
			continue
		}
		why, next := "the sandbox's tag "+release.Tag+" asks for "+release.Version.String(), r.next(release, version, o)
		if pinned[p.Name] {
			why = "the state file pins " + release.Version.String()
			if next = "change its version there"; release.TagForm != "" {
				next += fmt.Sprintf(", or facets-reconcile apply --tag %s%s", tagOf(release, version), o.Flags)
			}
		}
		_, _ = fmt.Fprint(r.options.Err, words.Plain(fmt.Sprintf("%s is built as %s, and %s: %s\n", p.Name, version, why, next)))
	}
}

// next returns the command after which the rehearsal releases a version.
func (r *rehearsal) next(release desired.Release, version spec.Version, o Outcome) string {
	named := fmt.Sprintf("facets-reconcile apply --tag %s%s", tagOf(release, version), o.Flags)
	reset := fmt.Sprintf("facets-reconcile sandbox reset%s, which forgets what was released, then apply again", o.SandboxFlags)
	switch {
	case version.Prerelease() && !prereleases(r.State, release.Group): // as the highest tag it does not count
		return named + "; or set prereleases: true in its group, " + reset
	case version.Compare(release.Version) < 0: // the highest tag counts
		return named + "; or " + reset
	}
	return fmt.Sprintf("facets-reconcile sandbox tag %s%s, then apply again", tagOf(release, version), o.SandboxFlags)
}
