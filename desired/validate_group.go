package desired

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// seen remembers where a package or group was declared first.
type seen map[string]*field.Path

func (s seen) declare(at *field.Path, name string) problemList {
	if first, twice := s[name]; twice {
		return problemList{duplicate(at, name, fmt.Sprintf("it is declared at %s already", first))}
	}
	s[name] = at
	return nil
}

func (s *State) validateGroups(at *field.Path) problemList {
	if len(s.Spec.Groups) == 0 {
		return problemList{field.Required(at, "at least one group of packages")}
	}
	var problems problemList
	groups, packages := seen{}, seen{}
	for i, group := range s.Spec.Groups {
		path := at.Index(i)
		switch {
		case group.Name == "":
			problems = append(problems, field.Required(path.Child("name"), "names the group on the command line"))
		case !regexp.MustCompile(`^[a-z0-9-]+$`).MatchString(group.Name):
			problems = append(problems, field.Invalid(path.Child("name"), group.Name, "must be of a-z, 0-9 and '-'"))
		default:
			problems = append(problems, groups.declare(path.Child("name"), group.Name)...)
		}
		problems = append(problems, group.validate(path, packages)...)
		problems = append(problems, s.validatePins(path, group)...)
	}
	return problems
}

func (g Group) validate(at *field.Path, packages seen) problemList {
	var problems problemList
	problems = append(problems, validateDistTag(at.Child("distTag"), g.DistTag)...)
	problems = append(problems, validateDistTag(at.Child("prereleaseDistTag"), g.PrereleaseDistTag)...)
	problems = append(problems, g.Publish.validate(at.Child("publish"))...)
	problems = append(problems, g.Provenance.validate(at.Child("provenance"))...)
	isEntry := g.Entry != nil || len(g.Platforms) > 0
	switch {
	case isEntry && len(g.Packages) > 0:
		problems = append(problems, field.Forbidden(at.Child("packages"),
			"a group has either entry and platforms, or packages; put these into a group of their own"))
	case !isEntry && len(g.Packages) == 0:
		problems = append(problems, field.Required(at, "a group has entry and platforms, or packages"))
	case isEntry && g.Entry == nil:
		problems = append(problems, field.Required(at.Child("entry"), "platforms belong to an entry"))
	case isEntry && len(g.Platforms) == 0:
		problems = append(problems, field.Required(at.Child("platforms"),
			"an entry has platforms; declare a package without them under packages"))
	}
	if g.Entry != nil {
		path := at.Child("entry")
		problems = append(problems, validatePackage(path.Child("package"), g.Entry.Package, packages)...)
		problems = append(problems, validateArtifact(path.Child("artifact"), g.Entry.Artifact, holePackage, holeVersion)...)
		problems = append(problems, validateAllowed(path.Child("artifactAllow"), g.Entry.ArtifactAllow)...)
	}
	g.Platforms.each(at, func(at *field.Path, p Platforms) {
		problems = append(problems, p.validate(at, packages)...)
		problems = append(problems, p.validateOneName(at, g, packages)...)
	})
	for i, library := range g.Packages {
		path := at.Child("packages").Index(i)
		problems = append(problems, validatePackage(path.Child("package"), library.Package, packages)...)
		problems = append(problems,
			validateArtifact(path.Child("artifact"), library.Artifact, holePackage, holeVersion)...)
		problems = append(problems, validateAllowed(path.Child("artifactAllow"), library.ArtifactAllow)...)
	}
	if g.Workspace != nil {
		problems = append(problems, g.Workspace.validate(at.Child("workspace"))...)
	}
	return problems
}

// validatePins checks the pinned versions of a group.
func (s *State) validatePins(at *field.Path, g Group) problemList {
	var problems problemList
	pin := func(path *field.Path, version spec.Version) {
		problems = append(problems, validateVersion(path, version)...)
		problems = append(problems, g.validateRelease(path, version, s.Spec)...)
		if version.Placeholds(s.Placeholder()) {
			problems = append(problems, field.Invalid(path, version.String(),
				"is a placeholder's version, which is never released"))
		}
	}
	if g.Version != "" && len(g.Packages) > 0 {
		problems = append(problems, field.Forbidden(at.Child("version"), "each package has its own; pin it there"))
	} else {
		pin(at.Child("version"), g.Version)
	}
	if own := g.pin(); own.withdraws() && len(g.Packages) > 0 {
		problems = append(problems, field.Forbidden(at.Child(own.field()), "each package has its own; say it there"))
	} else {
		problems = append(problems, own.validate(at, s.Placeholder())...)
		for i, w := range own.withdrawn {
			problems = append(problems, g.validateRelease(at.Child("withdrawn").Index(i).Child("version"), w.Version, s.Spec)...)
		}
	}
	for i, library := range g.Packages {
		path := at.Child("packages").Index(i)
		pin(path.Child("version"), library.Version)
		problems = append(problems, library.pin().validate(path, s.Placeholder())...)
	}
	return problems
}

func validatePackage(at *field.Path, name spec.Name, packages seen) problemList {
	if name == "" {
		return problemList{field.Required(at, "the package's name")}
	}
	if _, err := spec.ParseName(name.String()); err != nil {
		return problemOf(at, err)
	}
	return packages.declare(at, name.String())
}

func (t Target) validate(at *field.Path) problemList {
	if t.Name == "" {
		return problemList{field.Required(at, "the target's name, such as linux-x64")}
	}
	problems := t.ListedUnder.validate(at.Child("listedUnder"))
	for _, list := range []struct {
		field  string
		values spec.List
	}{{"os", t.OS}, {"cpu", t.CPU}, {"libc", t.Libc}} {
		for i, value := range list.values {
			if value == "" || value == "!" {
				problems = append(problems, field.Invalid(at.Child(list.field).Index(i), value, "names nothing; any machine is meant by [] alone"))
			}
		}
	}
	platform, missing := t.platform()
	if len(missing) > 0 {
		problems = append(problems, field.Invalid(at, t.Name, fmt.Sprintf("%s cannot be told from the name; give them: "+
			"{name: %s, os: linux, cpu: x64}", strings.Join(missing, " and "), strings.Trim(strconv.Quote(t.Name), `"`))))
	}
	if len(t.Libc) > 0 && !spec.SameMachines(platform.OS, []string{"linux"}, spec.Systems()) {
		problems = append(problems, field.Forbidden(at.Child("libc"),
			"npm compares it on linux only; elsewhere nothing would install"))
	}
	return problems
}

// validateArtifact checks a path's globs and holes; an artifact may be left out.
func validateArtifact(at *field.Path, artifact string, holes ...string) problemList {
	var problems problemList
	for _, hole := range regexp.MustCompile(`\{[^}]*\}?`).FindAllString(artifact, -1) {
		if !slices.Contains(holes, hole) {
			problems = append(problems, field.Invalid(at, artifact,
				fmt.Sprintf("%s is not known here; %s are", hole, strings.Join(holes, ", "))))
		}
	}
	if cleaned := path.Clean(artifact); path.IsAbs(cleaned) || cleaned == ".." || strings.HasPrefix(cleaned, "../") {
		problems = append(problems, field.Invalid(at, artifact, "must be a path below the state file's folder"))
	}
	return append(problems, validateGlob(at, artifact)...)
}

func validateGlob(at *field.Path, pattern string) problemList {
	if _, err := path.Match(pattern, ""); err != nil {
		return problemList{field.Invalid(at, pattern, "is not a glob pattern: "+err.Error())}
	}
	return nil
}

func (w Workspace) validate(at *field.Path) problemList {
	var problems problemList
	if path.IsAbs(w.Root) || strings.Contains(w.Root, `\`) {
		problems = append(problems, field.Invalid(at.Child("root"), w.Root,
			"must be a path relative to the state file, with slashes"))
	}
	for i, pattern := range w.Include {
		problems = append(problems, validateGlob(at.Child("include").Index(i), pattern)...)
	}
	for i, pattern := range w.Exclude {
		problems = append(problems, validateGlob(at.Child("exclude").Index(i), pattern)...)
	}
	return problems
}
