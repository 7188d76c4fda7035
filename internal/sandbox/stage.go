package sandbox

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// serveStages serves /-/stage, where versions wait for a human's approval. Staging takes what publishing takes, without a second
// factor; all else is for humans only.
func (g *registry) serveStages(rw http.ResponseWriter, r *http.Request, rest string) error {
	if name, ok := strings.CutPrefix(rest, "package/"); ok {
		if r.Method != http.MethodPost {
			return methodNotAllowed()
		}
		return g.takeStage(rw, r, spec.Name(name))
	}
	human, err := g.credentials.human(r)
	if err != nil {
		return err
	}
	id, what, _ := strings.Cut(rest, "/")
	switch {
	case id == "" && isRead(r):
		return g.listStages(rw, r)
	case what == "" && isRead(r):
		found, err := g.stage(id)
		if err != nil {
			return err
		}
		return sendJSON(rw, http.StatusOK, found)
	case what == "tarball" && isRead(r):
		return g.stageTarball(rw, r, id)
	case what == "approve" && r.Method == http.MethodPost:
		return g.approveStage(rw, r, id, human)
	case what == "" && r.Method == http.MethodDelete:
		return g.rejectStage(rw, r, id, human)
	case what == "", what == "tarball", what == "approve":
		return methodNotAllowed()
	}
	return refuse(http.StatusNotFound, "Not found")
}

// takeStage takes the same body as a publish, and serves nothing of it.
func (g *registry) takeStage(rw http.ResponseWriter, r *http.Request, name spec.Name) error {
	who, err := g.publisher(r, name, spec.PermissionStage)
	if err != nil {
		return err
	}
	u, err := g.receive(r)
	defer u.remove()
	if err != nil {
		return err
	}
	version, bundle, err := g.examine(r, u, name)
	if err != nil {
		return err
	}
	now := g.options.Now()
	s := staged{
		ID: randomID(), Tags: slices.Sorted(maps.Keys(u.DistTags)), Since: now, Validated: now.Add(g.options.ScanDelay(name, version)),
		Said: u.Access, Shasum: u.tarball.shasum, Integrity: u.tarball.integrity, Manifest: u.manifest(version, who), Bundle: bundle,
	}
	if who.session != nil {
		s.Actor, s.ActorType = who.session.user, actorUser
	} else {
		s.Actor, s.ActorType, s.Publisher = who.grant.config.Type, actorAutomation, who.grant.config.ID
	}
	if err := g.folder.update(name, func(to *record) error { return g.acceptStage(to, u, version, s) }); err != nil {
		return err
	}
	g.options.Log.Info("staged", "package", name, "version", version, "validated", s.Validated)
	return sendJSON(rw, http.StatusCreated, map[string]string{"message": "Package version staged successfully.", "stageId": s.ID})
}

// acceptStage adds a staged version to its package. A new name is taken by a placeholder that everybody sees, as npm has done since
// October 2026. The caller holds the lock.
func (g *registry) acceptStage(to *record, u *upload, version spec.Version, s staged) error {
	if err := g.admitName(to, s.Since); err != nil {
		return err
	}
	_, taken := to.Versions[version]
	_, waiting := to.Staged[version]
	if taken || waiting || slices.Contains(to.Burnt, version) { // npm/cli#9519: npm says so of a staged version, too
		return refuse(http.StatusConflict, "Cannot stage previously published version \"%s\".", version)
	}
	access, err := g.accessAfter(to, u.Access)
	if err != nil {
		return err
	}
	trusted := func(t trust) bool { return t.Config.ID == s.Publisher }
	if s.Publisher != "" && !slices.ContainsFunc(to.Trust, trusted) {
		return refuse(http.StatusNotFound, "Not found") // revoked since the exchange
	}
	if len(to.Versions) == 0 {
		to.Access = access
		if err := g.place(to, spec.StagePlaceholder, "Temporary package placeholder for staged publishing"); err != nil {
			return err
		}
	}
	if to.Staged == nil {
		to.Staged = map[spec.Version]staged{}
	}
	to.Staged[version] = s
	return g.folder.keepTarball(u, to.Name, version)
}

const (
	stagesPerPage    = 10
	maxStagesPerPage = 100
)

func (g *registry) listStages(rw http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	number := func(key string, fallback int) (int, error) {
		if !query.Has(key) {
			return fallback, nil
		}
		n, err := strconv.Atoi(query.Get(key))
		if err != nil || n < 0 || n > 1_000_000 {
			return 0, refuseStage(http.StatusBadRequest, "Bad Request - "+key+" is no number of a page or of items")
		}
		return n, nil
	}
	page, err := number("page", 0)
	if err != nil {
		return err
	}
	size, err := number("perPage", stagesPerPage)
	if err != nil {
		return err
	}
	size = min(max(size, 1), maxStagesPerPage)
	list, err := g.stages(spec.Name(query.Get("package")))
	if err != nil {
		return err
	}
	from := min(page*size, len(list))
	return sendJSON(rw, http.StatusOK, map[string]any{
		"items": list[from:min(from+size, len(list))], "page": page, "perPage": size, "total": len(list),
	})
}
