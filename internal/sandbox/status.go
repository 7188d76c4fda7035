package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// serveVersion serves /-/package/<name>/version/<version>/status to who may publish the package.
func (g *registry) serveVersion(rw http.ResponseWriter, r *http.Request, name spec.Name, argument string) error {
	number, what, _ := strings.Cut(argument, "/")
	switch {
	case what != "status":
		return refuse(http.StatusNotFound, "Not found")
	case r.Method != http.MethodGet:
		return methodNotAllowed()
	}
	who, err := g.credentials.writer(r)
	switch {
	case err != nil:
		return err
	case g.options.NoStatus:
		return refuse(http.StatusForbidden, "Forbidden")
	case who.grant != nil && who.grant.name != name, who.session != nil && g.options.Foreign(name):
		return missing()
	}
	p, err := g.recall(name)
	if err != nil {
		return err
	}
	status := p.status(spec.Version(number), g.options.Now())
	if status == "" {
		return missing()
	}
	return sendJSON(rw, http.StatusOK, map[string]string{"packageName": name.String(), "version": number, "status": string(status)})
}

// status returns the registry's status of a version; "" where there never was one with that number.
func (p *record) status(version spec.Version, now time.Time) spec.Status {
	release, there := p.Versions[version]
	waiting, held := p.Staged[version]
	switch {
	case held:
		return waiting.status(now)
	case slices.Contains(p.Burnt, version):
		return spec.StatusDeleted
	case !there:
		return ""
	case release.Blocked:
		return spec.StatusBlocked
	case p.isServed(version, now):
		return spec.StatusPublished
	}
	return spec.StatusValidating
}

// Block has a version refused by the registry's scan: it is not served, or not any more, and where it is staged it can no longer be
// approved. It wraps spec.ErrNotFound where there is no such version.
func (w *World) Block(name spec.Name, version spec.Version) error {
	return w.alter("blocking "+name.String()+"@"+version.String(), name, func(p *record) error {
		if waiting, held := p.Staged[version]; held {
			waiting.Blocked = true
			p.Staged[version] = waiting
			return nil
		}
		release, ok := p.Versions[version]
		if !ok {
			return spec.ErrNotFound
		}
		release.Blocked = true
		p.Versions[version] = release
		return nil
	})
}
