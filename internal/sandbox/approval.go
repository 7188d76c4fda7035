package sandbox

import (
	"net/http"
	"os"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func (g *registry) stageTarball(rw http.ResponseWriter, r *http.Request, id string) error {
	found, err := g.stage(id)
	if err != nil {
		return err
	}
	stored, err := os.Open(g.folder.tarball(found.Name, found.Version))
	if err != nil {
		return err
	}
	defer func() { _ = stored.Close() }() // only read
	rw.Header().Set("Content-Type", "application/octet-stream")
	rw.Header().Set("Cache-Control", "private, no-cache")
	http.ServeContent(rw, r, "", time.Time{}, stored)
	return nil
}

// approveStage publishes a staged version. If two people approve it at once, the second finds it gone.
func (g *registry) approveStage(rw http.ResponseWriter, r *http.Request, id string, human *session) error {
	found, err := g.decidable(r, id, human)
	if err != nil {
		return err
	}
	now := g.options.Now()
	err = g.folder.update(found.Name, func(p *record) error {
		s, ok := p.Staged[found.Version]
		switch {
		case !ok || s.ID != found.ID || s.Blocked:
			return noStage()
		case now.Before(s.Validated): // npm's words for it are not known
			return refuseStage(http.StatusConflict, "Conflict - The package version is still being validated.")
		}
		return g.publishStage(p, found.Version, s, human, now)
	})
	if err != nil {
		return err
	}
	g.options.Log.Info("approved", "package", found.Name, "version", found.Version)
	return sendJSON(rw, http.StatusCreated, map[string]string{"message": "Package version approved and published successfully."})
}

// publishStage publishes a staged version, under the dist-tag that it was staged with. The caller holds the lock.
func (g *registry) publishStage(p *record, version spec.Version, s staged, approver *session, now time.Time) error {
	access, err := g.accessAfter(p, s.Said)
	if err != nil {
		return err
	}
	user := map[string]string{"name": approver.user, "email": approver.user + "@example.test"}
	s.Manifest["_npmUser"] = raw(map[string]any{"name": user["name"], "email": user["email"], "approver": user})
	p.Access = access
	p.Versions[version] = release{
		Accepted: now, Served: now.Add(g.options.ApprovalDelay(p.Name, version)), Integrity: s.Integrity, Manifest: s.Manifest,
		Bundle: s.Bundle,
	}
	delete(p.Staged, version)
	for _, tag := range s.Tags {
		p.tag(tag, version, now)
	}
	p.markProven(s.Publisher) // nothing where it was revoked in the meantime
	return nil
}

// rejectStage removes a staged version; its number is free again. The tarball stays, though nothing serves it, until the number is used
// again. So there is never a staged version without a tarball.
func (g *registry) rejectStage(rw http.ResponseWriter, r *http.Request, id string, human *session) error {
	found, err := g.decidable(r, id, human)
	if err != nil {
		return err
	}
	err = g.folder.update(found.Name, func(p *record) error {
		if s, ok := p.Staged[found.Version]; !ok || s.ID != found.ID {
			return noStage()
		}
		delete(p.Staged, found.Version)
		return nil
	})
	if err != nil {
		return err
	}
	g.options.Log.Info("rejected", "package", found.Name, "version", found.Version)
	rw.WriteHeader(http.StatusNoContent)
	return nil
}

// decidable returns the staged version that a human approves or rejects, once the second factor is confirmed.
func (g *registry) decidable(r *http.Request, id string, human *session) (listing, error) {
	found, err := g.stage(id)
	if err != nil {
		return listing{}, err
	}
	return found, g.confirm(r, human)
}
