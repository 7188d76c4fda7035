package npm

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Stage sends a version that the registry holds, out of everybody's sight, until a human approves it. It takes what Publish takes, and
// needs no second factor. The ID is "" where the registry took it and gave none that can be read: Stages has it then.
//
// An error wraps what one of Publish wraps. spec.ErrAlreadyPublished says that the number is taken: npm does not tell whether its
// version is published, being scanned, or staged.
func (c *Client) Stage(ctx context.Context, p Publication, with Credential) (id string, err error) {
	k := call{operation: "staging", name: p.Name, version: p.Version, method: http.MethodPost, path: "-/stage/package/" + p.Name.Escaped(),
		token: with.token, command: "stage", meaning: with.meaningOfStaging(p.Version)}
	d, err := c.documentOf(p, k)
	if err != nil {
		return "", err
	}
	a, err := c.upload(ctx, d, k)
	if err != nil {
		return "", err
	}
	var taken struct {
		ID string `json:"stageId"`
	}
	_ = json.Unmarshal(a.body, &taken) // whatever it says, the version is taken
	if !isStageID(taken.ID) {
		return "", nil
	}
	return taken.ID, nil
}

// meaningOfStaging is the table of what registries answer to who stages a version.
func (c Credential) meaningOfStaging(version spec.Version) meaning {
	return func(a answer) Reason {
		switch {
		case a.status/100 == 4 && a.says("cannot stage", "already staged"): // npm/cli#9519
			if a.namesOther(version) {
				return OtherVersion
			}
			return NumberTaken
		case unsupported(a):
			return NoStaging
		case a.status == http.StatusForbidden && (a.says("oidc permission denied") || c.exchanged && a.message == ""):
			return MayNotStage
		}
		return c.meaningOfPublish(version)(a)
	}
}

// unsupported tells whether the registry knows no such route.
func unsupported(a answer) bool {
	return a.status == http.StatusMethodNotAllowed || a.status == http.StatusNotImplemented ||
		a.status == http.StatusNotFound && isHTML(string(a.body))
}

// isStageID tells whether it is a UUID, in which form alone it becomes a part of an address.
func isStageID(id string) bool {
	for i, r := range id {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (r == '-') || !dash && !('0' <= r && r <= '9' || 'a' <= r && r <= 'f' || 'A' <= r && r <= 'F') {
			return false
		}
	}
	return len(id) == 36
}

// checkStage guards the path that is made of a stage's ID.
func checkStage(operation string, s spec.Stage) error {
	if !isStageID(s.ID) {
		return fmt.Errorf("%s: %q is no ID of a staged version", subject(operation, s.Name, s.Version), s.ID)
	}
	return nil
}
