package sandbox

import (
	"net/http"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func (g *registry) whoami(rw http.ResponseWriter, r *http.Request) error {
	if !isRead(r) {
		return methodNotAllowed()
	}
	who := g.credentials.bearer(r)
	if who.session == nil {
		return unauthorized("Unauthorized")
	}
	return sendJSON(rw, http.StatusOK, map[string]string{"username": who.session.user})
}

// loginByBrowser begins npm login. Its pages are those of a second factor.
func (g *registry) loginByBrowser(rw http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodPost {
		return methodNotAllowed()
	}
	loginURL, doneURL := g.challenge(r, nil)
	return sendJSON(rw, http.StatusOK, map[string]string{"loginUrl": loginURL, "doneUrl": doneURL})
}

// loginByPassword is npm login --auth-type=legacy, and adduser: any name and any password will do.
func (g *registry) loginByPassword(rw http.ResponseWriter, r *http.Request, user string) error {
	if r.Method != http.MethodPut {
		return methodNotAllowed()
	}
	var body struct {
		Name     string `json:"name"`
		Password string `json:"password"`
	}
	if err := readJSON(r, &body); err != nil {
		return err
	}
	if _, err := spec.ParseName(user); err != nil || body.Name != user || body.Password == "" {
		return refuse(http.StatusBadRequest, "a user needs a name of lower-case letters and digits, and a password")
	}
	return sendJSON(rw, http.StatusCreated, map[string]any{
		"ok": true, "id": "org.couchdb.user:" + user, "rev": "1-0", "token": g.credentials.open(session{user: user}),
	})
}
