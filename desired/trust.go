package desired

import "github.com/agent-facets/facets-reconcile/internal/npm/spec"

const defaultPlaceholder spec.Version = "0.0.1"

// Placeholder returns the version that takes a name before its first release.
func (s *State) Placeholder() spec.Version {
	if s.Spec.Placeholder == nil || s.Spec.Placeholder.Version == "" {
		return defaultPlaceholder
	}
	return s.Spec.Placeholder.Version
}

// TrustedPublisher returns the trusted publisher that every package should have, in the registry's terms; ok is false when
// the state file asks for none.
func (s *State) TrustedPublisher() (publisher spec.TrustedPublisher, ok bool) {
	trust := s.Spec.TrustedPublisher
	if trust == nil || trust.CircleCI == nil {
		return spec.TrustedPublisher{}, false
	}
	circle := trust.CircleCI
	claims := spec.Claims{
		spec.ClaimOrganization:       circle.OrganizationID,
		spec.ClaimProject:            circle.ProjectID,
		spec.ClaimPipelineDefinition: circle.PipelineDefinitionID,
		spec.ClaimVCSOrigin:          circle.VCSOrigin,
	}
	if len(circle.ContextIDs) > 0 {
		claims[spec.ClaimContexts] = circle.ContextIDs
	}
	return spec.TrustedPublisher{Type: spec.CircleCI, Claims: claims, Permissions: trust.permissions()}, true
}

func (t *Trust) permissions() []string {
	if len(t.Permissions) == 0 {
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
