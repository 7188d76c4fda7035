package sandbox

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// admit refuses, in npm's words, to publish or stage a version: its name is somebody else's, or its name or number may not be used
// (again). The caller holds the lock.
func (g *registry) admit(to *record, version spec.Version, now time.Time) error {
	if err := g.admitName(to, now); err != nil {
		return err
	}
	_, taken := to.Versions[version]
	_, waiting := to.Staged[version]
	switch {
	case slices.Contains(to.Burnt, version): // npm/cli#3076
		return refuse(http.StatusBadRequest, "Cannot publish over previously published version \"%s\".", version)
	case taken && to.isServed(version, now):
		return refuse(http.StatusForbidden, "You cannot publish over the previously published versions: %s.", version)
	case taken, waiting: // npm/cli#9889
		return refuse(http.StatusConflict, "Cannot publish over previously staged version \"%s\".", version)
	}
	return nil
}

// admitName refuses to publish or stage anything under a name that the sender may not use.
func (g *registry) admitName(to *record, now time.Time) error {
	first := len(to.Versions) == 0
	switch scoped := to.Name.Scope() != ""; {
	case first && scoped && g.options.Foreign(to.Name):
		return refuse(http.StatusNotFound, "Scope not found")
	case to.Held, g.options.Foreign(to.Name):
		return refuse(http.StatusForbidden,
			"You do not have permission to publish %q. Are you logged in as the correct user?", to.Name)
	case !to.Unpublished.IsZero() && now.Before(to.Unpublished.Add(republishAfter)):
		return refuse(http.StatusForbidden, "%s cannot be republished until 24 hours have passed.", to.Name)
	case first && g.options.Spam(to.Name):
		return refuse(http.StatusForbidden,
			"Package name triggered spam detection; if you believe this is in error, please contact support.")
	}
	return nil
}

// admitToken refuses an automation token where the package does not let tokens publish.
func (g *registry) admitToken(name spec.Name) error {
	p, err := g.recall(name)
	switch {
	case errors.Is(err, spec.ErrNotFound):
		return nil
	case err == nil && p.Tokens == spec.TokensForbidden:
		return refuse(http.StatusForbidden, tokensRefused)
	}
	return err
}

// settable refuses to change the settings of somebody else's package. npm's words for that are not known.
func (g *registry) settable(p *record) error {
	if p.Held || g.options.Foreign(p.Name) {
		return refuse(http.StatusForbidden, "You do not have permission to change %q", p.Name)
	}
	return nil
}
