package reconcile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/ci/providers"
	"github.com/agent-facets/facets-reconcile/observed"
)

// provenance compares what the provenance of the desired version says with what is served, with the repositories that it may come from, and
// with the commit of its tag.
func (a *audit) provenance(p desired.Package, h observed.History) {
	if h.ProvenanceErr != nil {
		a.addFinding(Unreadable, Warning, p.Name, a.release.Version, h.ProvenanceErr.Error(), "run again when the registry answers")
	}
	said := h.Provenance
	if said == nil {
		return
	}
	differs := func(s Severity, next, format string, arguments ...any) {
		a.addFinding(ProvenanceDiffers, s, p.Name, a.release.Version,
			p.On(a.release.Version)+": "+fmt.Sprintf(format, arguments...), next)
	}
	from, repositories := strings.TrimPrefix(said.Repository, "https://"), a.want.repositories()
	fits := func(repository string) bool { return strings.EqualFold(repository, from) }
	switch {
	case said.Wrong != "":
		differs(Error, "find out how it was published, and release another version", "its provenance does not fit what is served: %s", said.Wrong)
	case len(repositories) > 0 && !slices.ContainsFunc(repositories, fits):
		differs(Error, "find out who published it; if the project has moved, correct source or the trusted publisher in the state file",
			"its provenance is of %.300s, and the state file says %s", cmp.Or(said.Repository, "no repository"), Enumerate(repositories))
	case a.release.Commit != "" && said.Commit != "" && said.Commit != a.release.Commit:
		differs(Warning, "start the pipeline for the tag next time, so that its provenance names the tag's commit",
			"its provenance is of a job for the commit %.64s, and its tag %s leads to %s", said.Commit, a.release.Tag, a.release.Commit)
	}
}

// repositories are those that a release may be built from: that of the tags, and those of the trusted publishers.
func (w Desired) repositories() []string {
	var all []string
	if w.Repository != "" {
		all = append(all, w.Repository)
	}
	for _, tp := range w.TrustedPublishers {
		if p, ok := providers.Of(tp.Type); ok {
			if repository := p.Repository(tp); repository != "" && !slices.Contains(all, repository) {
				all = append(all, repository)
			}
		}
	}
	return all
}
