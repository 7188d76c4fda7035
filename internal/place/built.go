package place

import (
	"context"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// firstVersion is what the tags of a new sandbox ask for where nothing has been built.
const firstVersion = "1.0.0"

// firstTag is the tag of a release that a new sandbox begins with: of the pinned version, else of the one that the build
// left for its entry, so that it can be published, else of the first.
func firstTag(ctx context.Context, root string, r desired.Release, state *desired.State) string {
	version := r.Version
	if version == "" {
		version = built(ctx, root, leading(r))
		untagged := version.Prerelease() && !prereleases(state, r.Group) || version.Placeholds("") // no tag asks for that
		if untagged || version.Compare(state.Placeholder()) <= 0 {
			version = firstVersion
		}
	}
	return tagOf(r, version)
}

// leading is the package whose build tells a release's version.
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

// built is the version of what the build left for a package, whichever that is, or "".
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
