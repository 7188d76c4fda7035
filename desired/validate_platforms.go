package desired

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// validate checks a block. The names of its packages are added to those that are declared.
func (p Platforms) validate(at *field.Path, packages seen) problemList {
	if p.Group != "" {
		return p.validateAlone(at)
	}
	problems := p.validateArtifact(at.Child("artifact"))
	problems = append(problems, validateAllowed(at.Child("artifactAllow"), p.ArtifactAllow)...)
	problems = append(problems, p.ListedUnder.validate(at.Child("listedUnder"))...)
	if len(p.Targets) == 0 {
		problems = append(problems, field.Required(at.Child("targets"), "at least one target, such as linux-x64"))
	}
	naming, usable := p.form()
	named := at.Child("package")
	if p.oneName() {
		named = at.Child("alias")
	}
	if p.Package == "" {
		problems = append(problems, field.Required(named, "the form of their names, such as @tool/cli-{target}"))
	} else if !usable && p.naming() != "" {
		problems = append(problems, field.Invalid(named, p.naming(), "must hold {target} exactly once"))
	} else if _, err := spec.ParseName(naming.fill("linux-x64")); usable && err != nil {
		usable = false
		problems = append(problems, problemOf(named, err)...)
	}
	for i, target := range p.Targets {
		path := at.Child("targets").Index(i)
		problems = append(problems, target.validate(path)...)
		if usable && target.Name != "" {
			problems = append(problems, validatePackage(path, spec.Name(naming.fill(target.Name)), packages)...)
		}
	}
	return problems
}

// validateAlone checks that a block with the platforms of another group says nothing else.
func (p Platforms) validateAlone(at *field.Path) problemList {
	rest := p
	rest.Group, rest.inList = "", false
	if reflect.ValueOf(rest).IsZero() {
		return nil
	}
	return problemList{field.Forbidden(at.Child("group"),
		"the platforms are those of that group, which says all about them: let nothing else stand in this block")}
}

// validateArtifact checks the artifact's path: each target has an artifact of its own.
func (p Platforms) validateArtifact(at *field.Path) problemList {
	problems := validateArtifact(at, p.Artifact, holeTarget, holePackage, holeVersion)
	own := strings.Contains(p.Artifact, holeTarget) || strings.Contains(p.Artifact, holePackage)
	if len(problems) == 0 && p.Artifact != "" && !own && len(p.Targets) > 1 {
		problems = append(problems, field.Invalid(at, p.Artifact, "must hold {target} or {package}, as each target has an artifact of its own"))
	}
	return problems
}

// validateBlocks checks what the blocks of all groups say of each other.
func (s *State) validateBlocks(at *field.Path) problemList {
	var problems problemList
	for i, g := range s.Spec.Groups {
		referred := seen{}
		g.Platforms.each(at.Index(i), func(at *field.Path, p Platforms) {
			problems = append(problems, p.validatePin(at.Child("version"), s.Placeholder())...)
			if p.Tag != "" && strings.Contains(p.Tag, holePackage) {
				problems = append(problems, field.Invalid(at.Child("tag"), p.Tag, "the packages of a block are released together: leave {package} out"))
			} else if p.Tag != "" {
				problems = append(problems, Group{Tag: p.Tag}.validateTag(at.Child("tag"))...)
			}
			if p.Group != "" {
				problems = append(problems, referred.declare(at.Child("group"), p.Group)...)
				problems = append(problems, s.validateReference(at.Child("group"), g, p.Group)...)
			}
		})
		problems = append(problems, g.validateHomes(at.Index(i))...)
	}
	return problems
}

// validatePin checks the version of their own that platforms with a package each may have.
func (p Platforms) validatePin(at *field.Path, placeholder spec.Version) problemList {
	switch version := p.pinned(); {
	case strings.Contains(version.String(), holeVersion):
		return problemList{field.Invalid(at, version.String(), "is a form, which belongs to platforms that are versions of one package: "+
			"then package holds no {target}")}
	case version.Placeholds(placeholder):
		return problemList{field.Invalid(at, version.String(), "is a placeholder's version, which is never released")}
	default:
		return validateVersion(at, version)
	}
}

// validateReference checks that another group has platforms that this one can have, too.
func (s *State) validateReference(at *field.Path, from Group, name string) problemList {
	i := slices.IndexFunc(s.Spec.Groups, func(g Group) bool { return g.Name == name })
	var reason string
	switch {
	case i < 0:
		reason = "no group has this name"
	case name == from.Name:
		reason = "is the group itself"
	case len(s.Spec.Groups[i].Platforms) == 0:
		reason = "that group has no platforms"
	default:
		others := slices.IndexFunc(s.Spec.Groups[i].Platforms, func(p Platforms) bool { return p.Group != "" })
		if others < 0 {
			return nil
		}
		reason = fmt.Sprintf("that group has those of %q: name that", s.Spec.Groups[i].Platforms[others].Group)
	}
	return problemList{field.Invalid(at, name, reason)}
}
