package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/report"
	"github.com/agent-facets/facets-reconcile/reconcile"
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

// advise says by which command a rehearsal releases what has been built, where its tags ask for another version.
func (u *setup) advise(ctx context.Context, w io.Writer, result reconcile.Result) {
	if u.sandbox == nil || u.given() != "" {
		return
	}
	failed := map[spec.Name]bool{}
	for _, p := range result.Packages() {
		failed[p.Name] = slices.ContainsFunc(p.Changes, func(c reconcile.Change) bool {
			return c.Action == reconcile.Publish && c.Outcome == reconcile.Failed
		})
	}
	untagged, err := u.state.Releases(ctx, desired.Selection{}, nil)
	if err != nil { // then there would have been no run
		return
	}
	pinned := map[spec.Name]bool{}
	for _, r := range untagged {
		pinned[leading(r).Name] = r.Version != ""
	}
	for _, r := range u.want.Releases {
		p := leading(r)
		if !slices.ContainsFunc(r.Packages, func(p desired.Package) bool { return failed[p.Name] }) {
			continue
		}
		version := built(ctx, u.root, p)
		if version == r.Version || version.Placeholds("") || version.Compare(u.want.Placeholder) <= 0 {
			continue
		}
		why, next := "the sandbox's tag "+r.Tag+" asks for "+r.Version.String(), u.release(r, version)
		if pinned[p.Name] {
			why = "the state file pins " + r.Version.String()
			next = fmt.Sprintf("change its version there, or facets-reconcile apply --tag %s%s", tagOf(r, version), u.guide().Flags)
		}
		_, _ = fmt.Fprint(w, report.Plain(fmt.Sprintf("%s is built as %s, and %s: %s\n", p.Name, version, why, next)))
	}
}

// release is the command after which the rehearsal releases a version.
func (u *setup) release(r desired.Release, version spec.Version) string {
	named := fmt.Sprintf("facets-reconcile apply --tag %s%s", tagOf(r, version), u.guide().Flags)
	reset := fmt.Sprintf("facets-reconcile sandbox reset%s, which forgets what was released, then apply again", u.shared.sandboxFlags())
	switch {
	case version.Prerelease() && !prereleases(u.state, r.Group): // only when it is named
		return named + "; or set prereleases: true in its group, " + reset
	case version.Compare(r.Version) < 0: // the highest tag counts
		return named + "; or " + reset
	}
	return fmt.Sprintf("facets-reconcile sandbox tag %s%s, then apply again", tagOf(r, version), u.shared.sandboxFlags())
}

// sandboxFlags are those that the commands below sandbox need to find this rehearsal.
func (s *shared) sandboxFlags() string {
	flags := ""
	if s.sandbox != defaultSandbox {
		flags += " --dir " + quoted(s.sandbox)
	}
	if s.file != desired.DefaultFile {
		flags += " -f " + quoted(s.file)
	}
	return flags
}
