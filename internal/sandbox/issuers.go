package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// issuers holds one issuer for each CI system.
type issuers struct {
	all    []*issuer
	maxAge time.Duration
}

const discoveryPath = "/.well-known/openid-configuration"

func newIssuers(o Options, head string) *issuers {
	all := &issuers{maxAge: o.IDTokenAge}
	for _, s := range []system{newCircleCI(o), gitHubActions{}, gitLab{}} {
		job := o.Jobs[s.facts().kind].completedBy(Job{Repository: o.Repository, Commit: head})
		all.all = append(all.all, newIssuer(s, job, o.Now))
	}
	return all
}

// of returns the issuer of a kind of trusted publishers.
func (all *issuers) of(kind string) (*issuer, error) {
	for _, i := range all.all {
		if i.facts().kind == kind {
			return i, nil
		}
	}
	return nil, fmt.Errorf("the sandbox has no CI system %q", kind)
}

// verify returns the claims of an ID token that one of the issuers made for the audience, not longer ago than maxAge. The error wraps
// jwt.ErrTokenMalformed when it is no token at all.
func (all *issuers) verify(token, audience string) (*issuer, spec.Claims, error) {
	said := jwt.MapClaims{}
	if _, _, err := jwt.NewParser().ParseUnverified(token, said); err != nil {
		return nil, nil, err
	}
	for _, i := range all.all {
		if said["iss"] != i.issuer(said) {
			continue
		}
		claims, err := i.verify(token, audience)
		if err != nil {
			return nil, nil, err
		}
		issued, err := claims.GetIssuedAt()
		if err != nil {
			return nil, nil, err
		}
		if age := i.now().Sub(issued.Time); age > all.maxAge {
			return nil, nil, fmt.Errorf("it was issued %s ago, more than %s", age.Round(time.Second), all.maxAge)
		}
		return i, spec.Claims(claims), nil
	}
	return nil, nil, fmt.Errorf("its issuer %v is none that npm takes tokens of", said["iss"])
}

var errNotIssuers = errors.New("the request is not for an issuer")

// serve serves the documents of all issuers, and mints tokens. It returns errNotIssuers where the path belongs to none of them.
func (all *issuers) serve(rw http.ResponseWriter, r *http.Request) error {
	for _, i := range all.all {
		f := i.facts()
		rest, ok := strings.CutPrefix(r.URL.Path, f.home)
		if !ok || rest != discoveryPath && rest != f.keys {
			continue
		}
		if !isRead(r) {
			return methodNotAllowed()
		}
		if rest == discoveryPath {
			return sendJSON(rw, http.StatusOK, i.discovery(r))
		}
		keys, err := i.jwks()
		if err != nil {
			return err
		}
		return sendJSON(rw, http.StatusOK, keys)
	}
	return errNotIssuers
}

// thisMachine refuses a request that comes from another one.
func thisMachine(r *http.Request) error {
	if from, err := netip.ParseAddrPort(r.RemoteAddr); err != nil || !from.Addr().IsLoopback() {
		return refuse(http.StatusForbidden, "ID tokens are minted for this machine only")
	}
	return nil
}

// hostname returns the registry's host name as the client used it, without the port.
func hostname(r *http.Request) string {
	return (&url.URL{Host: r.Host}).Hostname()
}
