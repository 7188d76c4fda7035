package desired

import (
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

const defaultPlaceholder spec.Version = "0.0.1"

// Placeholder returns the version that takes a name before its first release.
func (s *State) Placeholder() spec.Version {
	if s.Spec.Placeholder == nil || s.Spec.Placeholder.Version == "" {
		return defaultPlaceholder
	}
	return s.Spec.Placeholder.Version
}

// TrustedPublishers returns the trusted publishers that every package should have, in the registry's terms; none when the
// state file asks for none.
func (s *State) TrustedPublishers() spec.TrustedPublishers {
	var all spec.TrustedPublishers
	for _, trust := range s.trusts() {
		all = append(all, trust.publishers(s.permissions(trust)...)...)
	}
	return all
}

// publishers are those of the CI systems that are named, which is one where the state file is valid.
func (t Trust) publishers(permissions ...string) (all spec.TrustedPublishers) {
	if t.CircleCI != nil {
		all = append(all, t.CircleCI.Publisher(permissions...))
	}
	if t.GitHub != nil {
		all = append(all, t.GitHub.Publisher(permissions...))
	}
	if t.GitLab != nil {
		all = append(all, t.GitLab.Publisher(permissions...))
	}
	return all
}

// trusts are the trusted publishers as the state file writes them: one alone, or a list.
func (s *State) trusts() []Trust {
	if s.Spec.TrustedPublisher != nil {
		return []Trust{*s.Spec.TrustedPublisher}
	}
	return s.Spec.TrustedPublishers
}

// permissions are those of a trusted publisher. Where the state file gives none they are the least that its groups need.
func (s *State) permissions(t Trust) []string {
	switch {
	case len(t.Permissions) > 0:
	case len(s.Spec.direct()) == 0:
		return []string{spec.PermissionStage}
	default:
		return []string{spec.PermissionPublish}
	}
	var names []string
	for _, permission := range t.Permissions {
		switch permission {
		case PermissionPublish:
			names = append(names, spec.PermissionPublish)
		case PermissionStage:
			names = append(names, spec.PermissionStage)
		}
	}
	return names
}
