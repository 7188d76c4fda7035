package sandbox

import (
	"errors"
	"net/http"
	"slices"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// distTags serves /-/package/<name>/dist-tags[/<tag>]. Reads show only versions that are served; a tag may be
// pointed at a version that is only accepted.
func (g *registry) distTags(rw http.ResponseWriter, r *http.Request, name spec.Name, argument string) error {
	if isRead(r) && argument == "" {
		return g.listTags(rw, r, name)
	}
	if argument == "" || r.Method != http.MethodPut && r.Method != http.MethodPost && r.Method != http.MethodDelete {
		return methodNotAllowed()
	}
	if err := g.tagger(r, name); err != nil {
		return err
	}
	tag, err := spec.ParseDistTag(argument)
	if err != nil {
		return refuse(http.StatusBadRequest, "%v", err)
	}
	change := func(p *record) error { return p.untag(tag) }
	if r.Method != http.MethodDelete {
		var version spec.Version
		if err := readJSON(r, &version); err != nil {
			return err
		}
		change = func(p *record) error {
			if _, ok := p.Versions[version]; !ok {
				return &answer{status: http.StatusNotFound, body: "version not found: " + version.String()}
			}
			p.tag(tag, version, g.options.Now())
			return nil
		}
	}
	if _, err := g.findSettable(name); err != nil {
		return err
	}
	return g.change(rw, name, change)
}

func (g *registry) listTags(rw http.ResponseWriter, r *http.Request, name spec.Name) error {
	p, err := g.find(name)
	if err != nil && !errors.Is(err, spec.ErrNotFound) {
		return err
	}
	var tags map[spec.DistTag]spec.Version
	if err == nil && g.readable(r, p) {
		tags = p.tags(g.options.Now(), g.options.TagsBeforeServed)
	}
	if len(tags) == 0 {
		return missing()
	}
	return sendDocument(rw, r, "application/json", tags)
}

// tagger refuses a sender who may not change the package's tags.
func (g *registry) tagger(r *http.Request, name spec.Name) error {
	who, err := g.credentials.writer(r)
	switch {
	case err != nil:
		return err
	case who.session != nil:
		return g.confirm(r, who.session)
	case who.grant.name != name:
		return refuse(http.StatusNotFound, "Not found")
	case !g.options.OIDCDistTags || !slices.Contains(who.grant.config.Permissions, spec.PermissionPublish):
		return refuse(http.StatusForbidden, "OIDC permission denied for this action")
	}
	return nil
}

func (p *record) untag(tag spec.DistTag) error {
	if tag == spec.Latest {
		return refuse(http.StatusBadRequest, "the dist-tag latest cannot be removed, only moved")
	}
	if _, ok := p.Tags[tag]; !ok {
		return refuse(http.StatusNotFound, "Not found")
	}
	delete(p.Tags, tag)
	return nil
}
