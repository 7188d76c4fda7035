package world

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

// human changes a world by hand, as one who is logged in.
type human struct {
	ctx   context.Context
	world *sandbox.World
}

// ask sends a request to the world without any network in between.
func (h human) ask(method, path string, body any) ([]byte, error) {
	encoded, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	request := httptest.NewRequestWithContext(h.ctx, method, path, bytes.NewReader(encoded))
	request.Header.Set("Authorization", "Bearer "+h.world.Session().Reveal())
	request.Header.Set("npm-otp", h.world.OneTimePassword())
	answer := httptest.NewRecorder()
	h.world.Handler().ServeHTTP(answer, request)
	if answer.Code/100 != 2 {
		return nil, fmt.Errorf("%s %s: %d %s", method, path, answer.Code, answer.Body)
	}
	return answer.Body.Bytes(), nil
}

// point moves a dist-tag.
func (h human) point(name spec.Name, tag spec.DistTag, version spec.Version) error {
	_, err := h.ask(http.MethodPut, "/-/package/"+name.Escaped()+"/dist-tags/"+string(tag), version)
	return err
}

// distrust removes a package's trusted publishers, and returns them.
func (h human) distrust(name spec.Name) error {
	_, err := h.takeTrust(name)
	return err
}

func (h human) takeTrust(name spec.Name) ([]spec.TrustedPublisher, error) {
	path := "/-/package/" + name.Escaped() + "/trust"
	listed, err := h.ask(http.MethodGet, path, nil)
	if err != nil {
		return nil, err
	}
	var publishers []spec.TrustedPublisher
	if err := json.Unmarshal(listed, &publishers); err != nil {
		return nil, err
	}
	for _, one := range publishers {
		if _, err := h.ask(http.MethodDelete, path+"/"+one.ID, nil); err != nil {
			return nil, err
		}
	}
	return publishers, nil
}

// mistype sets a package's trusted publishers anew, with a wrong organization.
func (h human) mistype(name spec.Name) error {
	publishers, err := h.takeTrust(name)
	if err != nil {
		return err
	}
	for i := range publishers {
		publishers[i].ID = ""
		publishers[i].Claims[circleci.ClaimOrganization] = "0b5f0a0e-6c2f-4a1e-9d37-999999999999"
	}
	_, err = h.ask(http.MethodPost, "/-/package/"+name.Escaped()+"/trust", publishers)
	return err
}

// editJSON sets a field of a file.
func editJSON(path, field, value string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var content map[string]any
	if err := json.Unmarshal(text, &content); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	content[field] = value
	if text, err = json.MarshalIndent(content, "", "  "); err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o600)
}
