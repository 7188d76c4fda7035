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

// Claims are the claims that an ID token must carry. Values are strings, lists of strings or a [File]; what other providers put
// there is kept as it came.
type Claims map[string]any

// file is the key under which the trust API has the name of a workflow's file (npm 12, lib/commands/trust).
const file = "file"

// File is the value of a claim that asks for a file of this name, in whatever git ref.
func File(name string) map[string]any { return map[string]any{file: name} }

// Values returns a claim's strings, or nil. An empty text, as for an environment that nobody asks for, is none.
func (c Claims) Values(claim string) []string {
	switch value := c[claim].(type) {
	case string:
		if value == "" {
			return nil
		}
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
	case map[string]any:
		if name, ok := value[file].(string); ok && len(value) == 1 {
			return []string{name}
		}
	}
	return nil
}

// Same tells whether both have the same values for a claim, in whatever case.
func (c Claims) Same(other Claims, claim string) bool {
	return SameSet(lower(c.Values(claim)), lower(other.Values(claim)))
}

// equal minds upper and lower case, as npm's documentation says of its fields, but not in CircleCI's claims, which are named by an address:
// most are UUIDs, and npm stores them as they were typed.
func (c Claims) equal(other Claims, claim string) bool {
	if strings.Contains(claim, "/") {
		return c.Same(other, claim)
	}
	return SameSet(c.Values(claim), other.Values(claim))
}

// ShortClaim is a claim's name without the provider's address: "org-id".
func ShortClaim(claim string) string {
	if _, name, ok := strings.Cut(claim, "/"); ok {
		return name
	}
	return claim
}

// ClaimDifference is one field in which a trusted publisher is not as desired.
type ClaimDifference struct {
	Claim      string // a claim's name, or "permissions"
	Have, Want []string
}

// Differences compares a trusted publisher with the desired one, sorted by claim. Values are compared as sets; permissions as "at least
// what is wanted". Staging is never missing, as every trusted publisher may stage, whether the API lists that or not.
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
		if !p.Claims.equal(want.Claims, claim) {
			differences = append(differences, ClaimDifference{Claim: claim, Have: p.Claims.Values(claim), Want: want.Claims.Values(claim)})
		}
	}
	slices.SortFunc(differences, func(a, b ClaimDifference) int { return strings.Compare(a.Claim, b.Claim) })
	if slices.ContainsFunc(want.Permissions, func(s string) bool { return s != PermissionStage && !slices.Contains(p.Permissions, s) }) {
		differences = append(differences, ClaimDifference{Claim: permissions, Have: p.Permissions, Want: want.Permissions})
	}
	return differences
}

// Same tells whether both trust the same, whatever their IDs.
func (p TrustedPublisher) Same(other TrustedPublisher) bool {
	return p.Type == other.Type && len(p.Differences(other)) == 0 && len(other.Differences(p)) == 0
}

func lower(values []string) []string {
	lowered := make([]string, len(values))
	for i, value := range values {
		lowered[i] = strings.ToLower(value)
	}
	return lowered
}
