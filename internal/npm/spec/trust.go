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
		differences = append(differences, ClaimDifference{Claim: "permissions", Have: p.Permissions, Want: want.Permissions})
	}
	return differences
}

// Nearest returns, of the trusted publishers of p's type, the one that differs least from p, and how; nil where there is none.
func (p TrustedPublisher) Nearest(among []TrustedPublisher) (nearest *TrustedPublisher, differences []ClaimDifference) {
	for i := range among {
		if among[i].Type != p.Type {
			continue
		}
		if d := among[i].Differences(p); nearest == nil || len(d) < len(differences) {
			nearest, differences = &among[i], d
		}
	}
	return nearest, differences
}

func lower(values []string) []string {
	lowered := make([]string, len(values))
	for i, value := range values {
		lowered[i] = strings.ToLower(value)
	}
	return lowered
}
