package desired

import (
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// maxTrustedPublishers is how many a package may have on npm.
const maxTrustedPublishers = 10

// validateTrust checks the trusted publishers, one alone or a list of them.
func (s Spec) validateTrust(path *field.Path) problemList {
	one, list := path.Child("trustedPublisher"), path.Child("trustedPublishers")
	direct := s.direct()
	var problems problemList
	if s.TrustedPublisher != nil {
		problems = append(problems, s.TrustedPublisher.validate(one, direct)...)
	}
	switch n := len(s.TrustedPublishers); {
	case s.TrustedPublishers == nil:
		return problems
	case s.TrustedPublisher != nil:
		problems = append(problems, field.Forbidden(list, "stands in the place of trustedPublisher: move that into the list"))
	case n == 0:
		problems = append(problems, field.Required(list, "at least one; leave the field out where there is none"))
	case n > maxTrustedPublishers:
		problems = append(problems, field.TooMany(list, n, maxTrustedPublishers))
	}
	for i, t := range s.TrustedPublishers {
		problems = append(problems, t.validate(list.Index(i), direct)...)
		if first := slices.IndexFunc(s.TrustedPublishers[:i], t.same); first >= 0 {
			problems = append(problems, field.Invalid(list.Index(i), field.OmitValueType{},
				"has the claims of "+list.Index(first).String()+": give one of them all the permissions"))
		}
	}
	return problems
}

// same tells whether both name the same pipeline, with whatever permissions.
func (t Trust) same(other Trust) bool {
	a, b := t.publishers(), other.publishers()
	return len(a) == 1 && len(b) == 1 && a[0].Same(b[0])
}

// validate checks a trusted publisher, given the groups that publish directly.
func (t Trust) validate(path *field.Path, direct []string) problemList {
	return append(t.validateProvider(path), t.validatePermissions(path.Child("permissions"), direct)...)
}

// validateProvider checks that one CI system is named, and that its pipeline is one.
func (t Trust) validateProvider(path *field.Path) problemList {
	var problems problemList
	switch all := t.publishers(); len(all) {
	case 0:
		problems = append(problems, field.Required(path, "says which pipeline may publish, by one of circleci, github, gitlab"))
	case 1:
	default:
		var names []string
		for _, p := range all {
			names = append(names, p.Type)
		}
		problems = append(problems, field.Forbidden(path, "has "+strings.Join(names, " and ")+
			": each is a trusted publisher of its own, so write each as an element of trustedPublishers"))
	}
	if t.CircleCI != nil {
		problems = append(problems, validateCircleCI(path.Child("circleci"), *t.CircleCI)...)
	}
	if t.GitHub != nil {
		problems = append(problems, validateGitHub(path.Child("github"), *t.GitHub)...)
	}
	if t.GitLab != nil {
		problems = append(problems, validateGitLab(path.Child("gitlab"), *t.GitLab)...)
	}
	return problems
}

// validatePermissions checks what the pipeline may do. One that may only stage is refused where a group publishes directly, because npm
// would say so only at the upload. Staging needs no permission to be given here: npm gives it to every trusted publisher.
func (t Trust) validatePermissions(path *field.Path, direct []string) problemList {
	var problems problemList
	for i, permission := range t.Permissions {
		if permission != PermissionPublish && permission != PermissionStage {
			problems = append(problems, field.NotSupported(path.Index(i), string(permission),
				[]Permission{PermissionPublish, PermissionStage}))
		}
	}
	if len(t.Permissions) > 0 && len(problems) == 0 && len(direct) > 0 && !slices.Contains(t.Permissions, PermissionPublish) {
		problems = append(problems, field.Forbidden(path, "who may only stage cannot publish directly: add publish here, or say "+
			"publish: staged for each group that is published directly: "+strings.Join(direct, ", ")))
	}
	return problems
}

func validateCircleCI(path *field.Path, c circleci.Pipeline) problemList {
	var problems problemList
	problems = append(problems, validateUUID(path.Child("organizationID"), c.OrganizationID)...)
	problems = append(problems, validateUUID(path.Child("projectID"), c.ProjectID)...)
	problems = append(problems, validateUUID(path.Child("pipelineDefinitionID"), c.PipelineDefinitionID)...)
	seen := map[string]bool{}
	for i, id := range c.ContextIDs {
		at, folded := path.Child("contextIDs").Index(i), strings.ToLower(id)
		problems = append(problems, validateUUID(at, id)...)
		if seen[folded] {
			problems = append(problems, field.Duplicate(at, id))
		}
		seen[folded] = true
	}
	return append(problems, validateOrigin(path.Child("vcsOrigin"), c.VCSOrigin)...)
}
