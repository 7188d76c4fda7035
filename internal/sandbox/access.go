package sandbox

import (
	"cmp"
	"context"
	"net/http"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// access returns who may read the package. A record without it comes from an older sandbox, in which all packages were public.
func (p *record) access() spec.Access {
	if p.Access == "" {
		return spec.AccessPublic
	}
	return p.Access
}

// readable tells whether the sender of the request may read the package. To all others the registry answers as if there were none.
func (g *registry) readable(r *http.Request, p *record) bool {
	if p.access() == spec.AccessPublic {
		return true
	}
	switch who := g.credentials.bearer(r); {
	case who.grant != nil:
		return who.grant.name == p.Name
	case who.session != nil:
		return !g.options.Foreign(p.Name) && g.options.Reads(who.session.user, p.Name)
	}
	return false
}

// accessAfter returns a package's access after a publish: the one that the publish asks for, else the present one, else npm's default for
// new names.
func (g *registry) accessAfter(to *record, said spec.Access) (spec.Access, error) {
	first, scoped := len(to.Versions) == 0, to.Name.Scope() != ""
	access := to.access()
	switch {
	case said != "" && !said.Known():
		return "", refuse(http.StatusBadRequest, "the access %q is none of public, restricted", said)
	case said != "":
		access = said
	case first && scoped:
		access = spec.AccessRestricted
	case first:
		access = spec.AccessPublic
	}
	switch changes := first || access != to.access(); {
	case access == spec.AccessRestricted && !scoped:
		return "", refuse(http.StatusBadRequest, "Can't restrict access to unscoped packages.")
	case access == spec.AccessRestricted && changes && !g.options.PrivatePackages:
		return "", refuse(http.StatusPaymentRequired, "You must sign up for private packages")
	}
	return access, nil
}

// visibility tells whether everybody may read a package. It answers only those who may read it.
func (g *registry) visibility(rw http.ResponseWriter, r *http.Request, name spec.Name) error {
	p, err := g.visible(r, name)
	if err != nil {
		return err
	}
	return sendJSON(rw, http.StatusOK, map[string]bool{"public": p.access() == spec.AccessPublic})
}

// tokensRefused is npm's answer to a token that may not publish the package.
const tokensRefused = "Two-factor authentication is required to publish this package but an automation token was specified"

// setting is the body of `npm access set status=…` or `npm access set mfa=…`.
type setting struct {
	Access    spec.Access `json:"access"`
	Factor    *bool       `json:"publish_requires_tfa"`
	Overrides bool        `json:"automation_token_overrides_tfa"`
}

// tokens returns what the setting says about tokens; "": they may publish, and so may people without a second factor.
func (s setting) tokens() spec.Tokens {
	switch {
	case !*s.Factor:
		return ""
	case s.Overrides:
		return spec.TokensAllowed
	}
	return spec.TokensForbidden
}

// changeAccess serves `npm access set`. It takes a human's session and a second factor; an automation token is refused (npm/cli#9268).
func (g *registry) changeAccess(rw http.ResponseWriter, r *http.Request, name spec.Name) error {
	if r.Method != http.MethodPost {
		return methodNotAllowed()
	}
	who, err := g.credentials.human(r)
	if err != nil {
		return err
	}
	if err := g.confirm(r, who); err != nil {
		return err
	}
	var body setting
	if err := readJSON(r, &body); err != nil {
		return err
	}
	if body.Access == "" && body.Factor == nil {
		return refuse(http.StatusBadRequest, "neither access nor publish_requires_tfa is given")
	}
	if _, err := g.findSettable(name); err != nil {
		return err
	}
	return g.change(rw, name, func(p *record) error {
		if body.Factor != nil {
			p.Tokens = body.tokens()
		}
		if body.Access == "" {
			return nil
		}
		access, err := g.accessAfter(p, body.Access)
		p.Access = access
		return err
	})
}

// accessKey is the context key of the function that notes the access of a publish.
type accessKey struct{}

// noteAccess notes in the record of this request which access a publish asks for.
func noteAccess(r *http.Request, said spec.Access) {
	if note, ok := r.Context().Value(accessKey{}).(func(string)); ok {
		note(cmp.Or(string(said), "null"))
	}
}

// withAccessNote returns a request for which noteAccess calls note.
func withAccessNote(r *http.Request, note func(string)) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), accessKey{}, note))
}
