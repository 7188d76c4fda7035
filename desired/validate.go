package desired

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// validate returns everything that is wrong with a state that has the right shape.
func (s *State) validate() problemList {
	var problems problemList
	problems = append(problems, constant(field.NewPath("apiVersion"), s.APIVersion, APIVersion)...)
	problems = append(problems, constant(field.NewPath("kind"), s.Kind, Kind)...)
	if name := s.Metadata.Name; name != "" && !regexp.MustCompile(`^[a-z0-9][a-z0-9.-]*$`).MatchString(name) {
		problems = append(problems, field.Invalid(field.NewPath("metadata", "name"), name, "must be of a-z, 0-9, '-' and '.'"))
	}
	path := field.NewPath("spec")
	if s.Spec.Source != nil {
		problems = append(problems, s.Spec.Source.validate(path.Child("source"))...)
	}
	problems = append(problems, validateRegistry(path.Child("registry"), s.Spec.Registry)...)
	problems = append(problems, s.Spec.validateTrust(path)...)
	if s.Spec.Placeholder != nil {
		problems = append(problems, validateVersion(path.Child("placeholder", "version"), s.Spec.Placeholder.Version)...)
	}
	problems = append(problems, s.Spec.Compression.validate(path.Child("compression"))...)
	problems = append(problems, s.validateProvenance(path)...)
	problems = append(problems, validateAllowed(path.Child("artifactAllow"), s.Spec.ArtifactAllow)...)
	problems = append(problems, validateAccepted(path.Child("accept"), s.Spec.Accept)...)
	problems = append(problems, s.validateGroups(path.Child("groups"))...)
	problems = append(problems, s.validateBlocks(path.Child("groups"))...)
	problems = append(problems, s.validateAccess(path)...)
	return append(problems, s.validateTagForms(path.Child("groups"))...)
}

func constant(path *field.Path, value, want string) problemList {
	switch value {
	case want:
		return nil
	case "":
		return problemList{field.Required(path, "must be "+want)}
	}
	return problemList{field.NotSupported(path, value, []string{want})}
}

func (s Source) validate(path *field.Path) problemList {
	path = path.Child("github")
	if s.GitHub == "" {
		return problemList{field.Required(path, "the repository, as owner/repo")}
	}
	if !regexp.MustCompile(`^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$`).MatchString(s.GitHub) {
		return problemList{field.Invalid(path, s.GitHub, "must have the form owner/repo")}
	}
	return nil
}

func validateRegistry(path *field.Path, registry string) problemList {
	if registry == "" {
		return nil
	}
	u, err := url.Parse(registry)
	switch {
	case err == nil && u.User != nil: // the value is left out of the message, as it is a secret
		return problemList{field.Forbidden(path, "must not hold credentials; they come from the environment or .npmrc")}
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		return problemList{field.Invalid(path, field.OmitValueType{}, "must be a URL that begins with https:// or http://")}
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return problemList{field.Invalid(path, field.OmitValueType{}, "must not have a query or fragment")}
	}
	return nil
}

// UsableRegistry tells whether a registry's URL can stand in a state file.
func UsableRegistry(registry string) bool {
	return registry != "" && len(validateRegistry(nil, registry)) == 0
}

// validate checks the compression, which may be left out.
func (c Compression) validate(path *field.Path) problemList {
	known := []Compression{CompressionFast, CompressionBalanced, CompressionSmall}
	if c == "" || slices.Contains(known, c) {
		return nil
	}
	return problemList{field.NotSupported(path, c, known)}
}

func validateUUID(path *field.Path, id string) problemList {
	const uuid = "a UUID: 8-4-4-4-12 hexadecimal digits"
	if id == "" {
		return problemList{field.Required(path, uuid)}
	}
	if !regexp.MustCompile(`(?i)^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$`).MatchString(id) {
		return problemList{field.Invalid(path, id, "must be "+uuid)}
	}
	return nil
}

func validateOrigin(path *field.Path, origin string) problemList {
	const example = "the form github.com/owner/repo"
	switch {
	case origin == "":
		return problemList{field.Required(path, example)}
	case strings.Contains(origin, "://"):
		return problemList{field.Invalid(path, origin, "must have "+example+", without a scheme")}
	case strings.HasSuffix(origin, ".git"):
		return problemList{field.Invalid(path, origin, "must have "+example+", without .git")}
	case !regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9-]+)+(/[A-Za-z0-9._-]+){2,}$`).MatchString(origin):
		return problemList{field.Invalid(path, origin, "must have "+example)}
	}
	return nil
}

// validateVersion checks a version, which may be left out.
func validateVersion(path *field.Path, version spec.Version) problemList {
	if version == "" {
		return nil
	}
	_, err := spec.ParseVersion(version.String())
	return problemOf(path, err)
}

func validateDistTag(path *field.Path, tag spec.DistTag) problemList {
	if tag == "" {
		return nil
	}
	_, err := spec.ParseDistTag(tag.String())
	return problemOf(path, err)
}

// problemOf returns an error as a problem; nil for no error. The value is left out, as the error quotes it.
func problemOf(path *field.Path, err error) problemList {
	if err == nil {
		return nil
	}
	return problemList{field.Invalid(path, field.OmitValueType{}, err.Error())}
}
