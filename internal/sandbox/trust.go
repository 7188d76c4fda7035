package sandbox

import (
	"net/http"
	"slices"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/ci/githubactions"
	"github.com/agent-facets/facets-reconcile/internal/ci/gitlab"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// trust serves /-/package/<name>/trust[/<id>], to humans only. Changes take a second factor, lists only with ConfirmedListing.
func (g *registry) trust(rw http.ResponseWriter, r *http.Request, name spec.Name, id string) error {
	human, err := g.credentials.human(r)
	if err != nil {
		return err
	}
	p, err := g.findSettable(name)
	if err != nil {
		return err
	}
	lists, adds, removes := isRead(r) && id == "", r.Method == http.MethodPost && id == "", r.Method == http.MethodDelete && id != ""
	if adds || removes || lists && g.options.ConfirmedListing {
		if err := g.confirm(r, human); err != nil {
			return err
		}
	}
	switch {
	case lists:
		return sendJSON(rw, http.StatusOK, g.listed(p.Trust))
	case adds:
		return g.addTrust(rw, r, name)
	case removes:
		if err := g.folder.update(name, func(p *record) error { return p.revoke(id) }); err != nil {
			return err
		}
		rw.WriteHeader(http.StatusNoContent)
		return nil
	}
	return methodNotAllowed()
}

// listed returns the configurations as the API shows them. It tells when they were created only with ShowTrustCreated, as npm is not
// known to do that.
func (g *registry) listed(all []trust) []spec.TrustedPublisher {
	configs := make([]spec.TrustedPublisher, len(all))
	for i, t := range all {
		configs[i] = t.Config
		if g.options.ShowTrustCreated {
			configs[i].Created = t.Since.UTC()
		}
	}
	return configs
}

func (g *registry) addTrust(rw http.ResponseWriter, r *http.Request, name spec.Name) error {
	var asked []spec.TrustedPublisher
	if err := readJSON(r, &asked); err != nil {
		return err
	}
	if len(asked) == 0 {
		return refuse(http.StatusBadRequest, "a list of trusted publishers is expected")
	}
	created := make([]trust, len(asked))
	for i, config := range asked {
		if err := checkTrust(config); err != nil {
			return err
		}
		config.ID, config.Created = randomID(), time.Time{}
		if !slices.Contains(config.Permissions, spec.PermissionStage) { // npm always allows staging
			config.Permissions = append(slices.Clone(config.Permissions), spec.PermissionStage)
		}
		created[i] = trust{Config: config, Since: g.options.Now()}
	}
	err := g.folder.update(name, func(p *record) error {
		for _, one := range created {
			config := one.Config
			same := func(t trust) bool { return t.Config.Type == config.Type && len(t.Config.Differences(config)) == 0 }
			if len(p.Trust) >= g.options.TrustLimit || slices.ContainsFunc(p.Trust, same) {
				return refuse(http.StatusConflict, "trusted publisher config already exists")
			}
			p.Trust = append(p.Trust, one)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return sendJSON(rw, http.StatusOK, g.listed(created))
}

// checkTrust checks only the form. Whether the values are right shows at the first publish, as on npm.
func checkTrust(config spec.TrustedPublisher) error {
	if !slices.Contains([]string{circleci.Type, githubactions.Type, gitlab.Type}, config.Type) {
		return refuse(http.StatusBadRequest, "the type %q is none of circleci, github, gitlab", config.Type)
	}
	for _, permission := range config.Permissions {
		if permission != spec.PermissionPublish && permission != spec.PermissionStage {
			return refuse(http.StatusBadRequest, "the permission %q is not known", permission)
		}
	}
	if config.Type != circleci.Type {
		return nil
	}
	for claim := range config.Claims {
		if len(config.Claims.Values(claim)) == 0 {
			return refuse(http.StatusBadRequest, "the claim %q is neither a string nor a list of strings", claim)
		}
	}
	for _, claim := range []string{
		circleci.ClaimOrganization, circleci.ClaimProject, circleci.ClaimPipelineDefinition, circleci.ClaimVCSOrigin,
	} {
		if values := config.Claims.Values(claim); len(values) != 1 || values[0] == "" {
			return refuse(http.StatusBadRequest, "the claim %q is missing", claim)
		}
	}
	return nil
}

func (p *record) revoke(id string) error {
	i := slices.IndexFunc(p.Trust, func(t trust) bool { return t.Config.ID == id })
	if i < 0 {
		return missing()
	}
	p.Trust = slices.Delete(p.Trust, i, i+1)
	return nil
}
