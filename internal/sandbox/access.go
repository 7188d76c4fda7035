package sandbox

import (
	"cmp"
	"context"
	"net/http"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// access is who may read the package. Packages of older sandboxes have none kept: all were public.
func (p *record) access() spec.Access {
	if p.Access == "" {
		return spec.AccessPublic
	}
	return p.Access
}

// readable tells whether who sent the request may read the package. To all others it is as if it were not there.
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

// accessAfter is a package's access after a publish: what that says, else what it was, else what npm gives to new names.
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

// visibility tells those who may read a package whether everybody may.
func (g *registry) visibility(rw http.ResponseWriter, r *http.Request, name spec.Name) error {
	p, err := g.visible(r, name)
	if err != nil {
		return err
	}
	return sendJSON(rw, http.StatusOK, map[string]bool{"public": p.access() == spec.AccessPublic})
}

// tokensRefused is what npm says of a token that may not publish here.
const tokensRefused = "Two-factor authentication is required to publish this package but an automation token was specified"

// setting is the body of `npm access set`: status, or mfa.
type setting struct {
	Access    spec.Access `json:"access"`
	Factor    *bool       `json:"publish_requires_tfa"`
	Overrides bool        `json:"automation_token_overrides_tfa"`
}

// tokens is what a setting says of tokens; "": they may publish, and people without a second factor.
func (s setting) tokens() spec.Tokens {
	switch {
	case !*s.Factor:
		return ""
	case s.Overrides:
		return spec.TokensAllowed
	}
	return spec.TokensForbidden
}

// changeAccess is `npm access set`: a human's, with a second factor. That of an automation's token is no session (npm/cli#9268).
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

// accessKey is for who takes down the access that a publish sent.
type accessKey struct{}

// noteAccess has the record of requests say what access a publish sent.
func noteAccess(r *http.Request, said spec.Access) {
	if note, ok := r.Context().Value(accessKey{}).(func(string)); ok {
		note(cmp.Or(string(said), "null"))
	}
}

// withAccessNote lets noteAccess find where to write.
func withAccessNote(r *http.Request, note func(string)) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), accessKey{}, note))
}
