package spec

import (
	"slices"
	"strings"
	"time"
)

// Permissions of a trusted publisher, by the trust API's names.
const (
	PermissionPublish = "createPackage"       // publish directly
	PermissionStage   = "createStagedPackage" // stage for a human's approval; every trusted publisher has it
)

// CircleCI is the type of a trusted publisher whose ID tokens CircleCI issues. Its claims all start with claimPrefix.
const (
	CircleCI = "circleci"

	ClaimOrganization       = claimPrefix + "org-id"
	ClaimProject            = claimPrefix + "project-id"
	ClaimPipelineDefinition = claimPrefix + "pipeline-definition-id"
	ClaimContexts           = claimPrefix + "context-ids"
	ClaimVCSOrigin          = claimPrefix + "vcs-origin"
	ClaimVCSRef             = claimPrefix + "vcs-ref"
	ClaimSSHRerun           = claimPrefix + "ssh-rerun"

	claimPrefix = "oidc.circleci.com/"
)

// permissions is what a ClaimDifference in them is called.
const permissions = "permissions"

// TrustedPublisher is one entry of a package's trust configuration, in the trust API's form.
type TrustedPublisher struct {
	ID          string    `json:"id,omitempty"` // given by the registry
	Type        string    `json:"type"`
	Claims      Claims    `json:"claims"`
	Permissions []string  `json:"permissions,omitempty"`
	Created     time.Time `json:"created,omitzero"` // zero where the API does not say
}

// Claims are the claims that an ID token must carry. Values are strings or lists of strings; what other providers put
// there is kept as it came.
type Claims map[string]any

// Values returns a claim's strings, or nil.
func (c Claims) Values(claim string) []string {
	switch value := c[claim].(type) {
	case string:
		return []string{value}
	case []string:
		return value
	case []any:
		var values []string
		for _, element := range value {
			if s, ok := element.(string); ok {
				values = append(values, s)
			}
		}
		return values
	}
	return nil
}

// ClaimDifference is one field in which a trusted publisher is not as desired.
type ClaimDifference struct {
	Claim      string // a claim's name, or "permissions"
	Have, Want []string
}

// Differences compares a trusted publisher with the desired one, sorted by claim. Values are compared as sets and without
// regard to case (npm stores UUIDs as they were typed); permissions as "at least what is wanted", since npm adds staging.
func (p TrustedPublisher) Differences(want TrustedPublisher) []ClaimDifference {
	var differences []ClaimDifference
	claims := map[string]bool{}
	for claim := range p.Claims {
		claims[claim] = true
	}
	for claim := range want.Claims {
		claims[claim] = true
	}
	for claim := range claims {
		have, wanted := p.Claims.Values(claim), want.Claims.Values(claim)
		if !SameSet(lower(have), lower(wanted)) {
			differences = append(differences, ClaimDifference{Claim: claim, Have: have, Want: wanted})
		}
	}
	slices.SortFunc(differences, func(a, b ClaimDifference) int { return strings.Compare(a.Claim, b.Claim) })
	if slices.ContainsFunc(want.Permissions, func(s string) bool { return !slices.Contains(p.Permissions, s) }) {
		differences = append(differences, ClaimDifference{Claim: permissions, Have: p.Permissions, Want: want.Permissions})
	}
	return differences
}

// Same tells whether both trust the same, whatever their IDs.
func (p TrustedPublisher) Same(other TrustedPublisher) bool {
	return p.Type == other.Type && len(p.Differences(other)) == 0 && len(other.Differences(p)) == 0
}

// Supersedes tells whether p, where it is wanted, takes the place of have: the same pipeline with other claims or permissions,
// or the same repository built by another organisation or project, whose house has moved. Another pipeline of the same
// project stands on its own, as those of development and release do.
func (p TrustedPublisher) Supersedes(have TrustedPublisher) bool {
	same := func(claims ...string) bool {
		return !slices.ContainsFunc(claims, func(claim string) bool {
			return !SameSet(lower(p.Claims.Values(claim)), lower(have.Claims.Values(claim)))
		})
	}
	switch {
	case p.Type != have.Type:
		return false
	case p.Type != CircleCI, same(ClaimPipelineDefinition):
		return true
	}
	return same(ClaimVCSOrigin) && !same(ClaimOrganization, ClaimProject)
}

func lower(values []string) []string {
	lowered := make([]string, len(values))
	for i, value := range values {
		lowered[i] = strings.ToLower(value)
	}
	return lowered
}
