package main

import (
	"context"
	"fmt"
	"io"
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
func firstTag(ctx context.Context, root string, r desired.Release, placeholder spec.Version) string {
	version := r.Version
	if version == "" {
		first, ok := r.Entry()
		if !ok {
			first = r.Packages[0]
		}
		version = built(ctx, root, first)
		if version.Prerelease() || version.Compare(placeholder) <= 0 { // no tag of that asks for a release
			version = firstVersion
		}
	}
	return tagOf(r, version)
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
		for _, c := range p.Changes {
			failed[p.Name] = failed[p.Name] || c.Action == reconcile.Publish && c.Outcome == reconcile.Failed
		}
	}
	for _, r := range u.want.Releases {
		for _, p := range r.Packages {
			if !failed[p.Name] {
				continue
			}
			version := built(ctx, u.root, p)
			if version == "" || version == r.Version {
				continue
			}
			command := "tag " + tagOf(r, version)
			if version.Compare(r.Version) < 0 { // the highest tag counts
				command = "reset"
			}
			_, _ = fmt.Fprint(w, report.Plain(fmt.Sprintf("%s is built as %s, and the sandbox's tag %s asks for %s: "+
				"facets-reconcile sandbox %s%s, then apply again\n", p.Name, version, r.Tag, r.Version, command, u.shared.sandboxFlags())))
			break // the same holds for the rest of its release
		}
	}
}

// sandboxFlags are those that the commands below sandbox need to find this rehearsal.
func (s *shared) sandboxFlags() string {
	flags := ""
	if s.sandbox != defaultSandbox {
		flags += " --dir " + s.sandbox
	}
	if s.file != desired.DefaultFile {
		flags += " -f " + s.file
	}
	return flags
}
