package sandbox

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
)

const (
	issuerPath    = "/circleci/org/"
	mintPath      = "/circleci/oidc"
	discoveryPath = "/.well-known/openid-configuration"
	keysPath      = "/.well-known/jwks-pub.json"
)

func (i *issuer) serve(rw http.ResponseWriter, r *http.Request) error {
	if !isRead(r) {
		return methodNotAllowed()
	}
	if r.URL.Path == mintPath {
		return i.serveToken(rw, r)
	}
	path := strings.TrimPrefix(r.URL.Path, issuerPath)
	organization := fmt.Sprint(i.claims[circleci.ClaimOrganization])
	switch path {
	case organization + discoveryPath:
		return sendJSON(rw, http.StatusOK, map[string]any{
			"issuer": issuerBase + organization, "jwks_uri": origin(r) + issuerPath + organization + keysPath,
			"subject_types_supported": []string{"public"}, "response_types_supported": []string{"id_token"},
			"id_token_signing_alg_values_supported": []string{"RS256"},
		})
	case organization + keysPath:
		key, err := i.key()
		if err != nil {
			return err
		}
		return sendJSON(rw, http.StatusOK, map[string]any{"keys": []map[string]string{{
			"kty": "RSA", "use": "sig", "alg": "RS256", "kid": keyID,
			"n": base64.RawURLEncoding.EncodeToString(key.N.Bytes()),
			"e": base64.RawURLEncoding.EncodeToString(big.NewInt(int64(key.E)).Bytes()),
		}}})
	}
	return refuse(http.StatusNotFound, "Not found")
}

// serveToken mints an ID token for whoever asks from this machine. Its query parameters:
//
//	aud          the audience; the registry's where it is left out
//	age          how long ago it was issued ("6m")
//	ssh-rerun, vcs-origin, context-ids, …
//	             other claims than usual, by their short or full names; several context-ids are given one by one, an
//	             empty value removes the claim
func (i *issuer) serveToken(rw http.ResponseWriter, r *http.Request) error {
	if from, err := netip.ParseAddrPort(r.RemoteAddr); err != nil || !from.Addr().IsLoopback() {
		return refuse(http.StatusForbidden, "ID tokens are minted for this machine only")
	}
	override, err := i.overrides(r.URL.Query())
	if err != nil {
		return refuse(http.StatusBadRequest, "%v", err)
	}
	token, err := i.mint(cmp.Or(r.URL.Query().Get("aud"), audience(hostname(r))), override)
	if err != nil {
		return err
	}
	rw.Header().Set("Content-Type", "text/plain")
	rw.Header().Set("Cache-Control", "no-store")
	_, err = io.WriteString(rw, token.Reveal()+"\n")
	return err
}

func (i *issuer) overrides(query url.Values) (map[string]any, error) {
	override := map[string]any{}
	for name, values := range query {
		value := values[0]
		switch name {
		case "aud":
			continue
		case "age":
			age, err := time.ParseDuration(value)
			if err != nil {
				return nil, err
			}
			issued := i.now().Add(-age)
			override["iat"], override["exp"] = issued.Unix(), issued.Add(idTokenLasts).Unix()
			continue
		}
		if !strings.Contains(name, "/") {
			name = claimPrefix + name
		}
		switch {
		case value == "":
			override[name] = nil
		case name == circleci.ClaimContexts:
			override[name] = values
		case name == circleci.ClaimSSHRerun:
			override[name] = value == "true"
		default:
			override[name] = value
		}
	}
	return override, nil
}

// hostname is the registry's name as the client knows it, without the port.
func hostname(r *http.Request) string {
	return (&url.URL{Host: r.Host}).Hostname()
}
