package desired

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// oneName tells whether the platforms are versions of one package.
func (p Platforms) oneName() bool { return !strings.Contains(p.Package, holeTarget) && p.Package != "" }

// naming is the form of the names by which the entry lists the platforms.
func (p Platforms) naming() string {
	if p.oneName() {
		return p.Alias
	}
	return p.Package
}

// defaultVersions and defaultDistTag are the forms that projects use whose platforms are versions of one package.
const (
	defaultVersions = holeVersion + "-" + holeTarget
	defaultDistTag  = holeTarget
)

func (p Platforms) versions() string { return cmp.Or(p.Version, defaultVersions) }

// home is where npm has the versions of the platform for a target.
func (g Group) home(t Target) spec.Home {
	if !g.Platforms.oneName() {
		return spec.Home{}
	}
	fill := strings.NewReplacer(holeTarget, t.Name, holeVersion, "").Replace
	return spec.Home{
		Name: spec.Name(g.Platforms.Package), Suffix: fill(g.Platforms.versions()),
		DistTag: spec.DistTag(fill(cmp.Or(g.Platforms.DistTag, defaultDistTag))), Usual: cmp.Or(g.DistTag, spec.Latest),
	}
}

// sharesEntry tells whether the platforms are versions of the entry's own package.
func (g Group) sharesEntry() bool {
	return g.Entry != nil && g.Platforms != nil && g.Platforms.oneName() && g.Platforms.Package == g.Entry.Package.String()
}

// sharedVersions is the form of those versions of the entry's package that are its platforms'; "" where none are.
func (g Group) sharedVersions() string {
	if !g.sharesEntry() {
		return ""
	}
	return g.Platforms.versions()
}

// ownPlatformAccess is what the state file says of the platforms' access; one package has one access.
func (g Group) ownPlatformAccess() spec.Access {
	if g.sharesEntry() {
		return cmp.Or(g.Platforms.Access, g.Entry.Access)
	}
	return g.Platforms.Access
}

// PlatformVersion tells whether a version of the entry's package is one of its platforms', even if the state file does not declare the
// target any more, or not yet: then the target's name has to tell a system and a processor.
func (r Release) PlatformVersion(version spec.Version) bool {
	if r.PlatformVersions == "" {
		return false
	}
	for _, p := range r.Platforms() {
		if _, ok := p.Home.Release(version); ok {
			return true
		}
	}
	before, after, _ := strings.Cut(strings.TrimPrefix(r.PlatformVersions, holeVersion), holeTarget)
	text, ok := strings.CutSuffix(string(version), after)
	for at := 0; ok && at < len(text); at++ {
		rest, fits := strings.CutPrefix(text[at:], before)
		if _, err := spec.ParseVersion(text[:at]); fits && err == nil && len(Target{Name: rest}.Missing()) == 0 {
			return true
		}
	}
	return false
}

// validateOneName checks what concerns platforms that are versions of one package.
func (g Group) validateOneName(at *field.Path, packages seen) problemList {
	p := g.Platforms
	if !p.oneName() {
		return p.strayForms(at)
	}
	var problems problemList
	name := at.Child("package")
	if !g.sharesEntry() {
		problems = append(problems, validatePackage(name, spec.Name(p.Package), packages)...)
	}
	if g.sharesEntry() && p.Access != "" && p.Access != cmp.Or(g.Entry.Access, p.Access) {
		problems = append(problems, field.Invalid(at.Child("access"), string(p.Access),
			"the platforms are versions of the entry's package, which has one access: say it at the entry"))
	}
	if p.Alias == "" {
		problems = append(problems, field.Required(at.Child("alias"), "as package holds no {target}, the platforms are versions of one package: "+
			"the names by which the entry lists them, such as tool-{target}; or give each a package of its own, with {target} in package"))
	}
	problems = append(problems, p.validateVersions(at.Child("version"))...)
	return append(problems, g.validatePlatformTags(at.Child("distTag"))...)
}

// strayForms finds forms that say nothing, as each platform is a package.
func (p Platforms) strayForms(at *field.Path) (problems problemList) {
	for _, form := range []struct{ field, value string }{{"version", p.Version}, {"alias", p.Alias}, {"distTag", p.DistTag}} {
		if form.value != "" && p.Package != "" {
			problems = append(problems, field.Forbidden(at.Child(form.field),
				"belongs to platforms that are versions of one package: then package holds no {target}"))
		}
	}
	return problems
}

// validateVersions checks the form of the platforms' versions. It begins with the release's: so one can be told from the other.
func (p Platforms) validateVersions(at *field.Path) problemList {
	form := p.versions()
	if strings.Count(form, holeVersion) != 1 || strings.Count(form, holeTarget) != 1 || !strings.HasPrefix(form, holeVersion+"-") {
		return problemList{field.Invalid(at, form, "must begin with {version}- and hold {target} once, as in {version}-{target}")}
	}
	for i, t := range p.Targets {
		filled := strings.NewReplacer(holeVersion, "1.2.3", holeTarget, t.Name).Replace(form)
		if _, err := spec.ParseVersion(filled); err != nil && t.Name != "" {
			return problemList{field.Invalid(at, form, fmt.Sprintf("with the target %q: %v; a version has letters, digits, '-' and '.' only", t.Name, err))}
		}
		for j, other := range p.Targets {
			if i != j && t.Name != "" && strings.HasSuffix(form, holeTarget) && strings.HasSuffix(other.Name, "-"+t.Name) {
				return problemList{field.Invalid(at, form, fmt.Sprintf("the versions of %q end as those of %q do: no one could tell them apart",
					other.Name, t.Name))}
			}
		}
	}
	return nil
}

// validatePlatformTags checks the platforms' dist-tags: no release's dist-tag may be one of them, as it would install a platform.
func (g Group) validatePlatformTags(at *field.Path) problemList {
	form, ok := newForm(cmp.Or(g.Platforms.DistTag, defaultDistTag), holeTarget)
	if !ok {
		return problemList{field.Invalid(at, g.Platforms.DistTag, "must hold {target} exactly once: each platform has a dist-tag of its own")}
	}
	releases := []spec.DistTag{spec.Latest, g.distTag("1.0.0"), g.distTag("1.0.0-rc.1")}
	for _, t := range g.Platforms.Targets {
		tag := spec.DistTag(form.fill(t.Name))
		if t.Name == "" {
			continue
		}
		if problems := validateDistTag(at, tag); len(problems) > 0 {
			return problems
		}
		if slices.Contains(releases, tag) {
			return problemList{field.Invalid(at, form.fill(holeTarget), fmt.Sprintf("%q is a dist-tag of the releases, which a platform must not take", tag))}
		}
	}
	return nil
}

// Foreign tells which versions of the entry's package are its platforms'; nil where none are.
func (r Release) Foreign() func(spec.Version) bool {
	if r.PlatformVersions == "" {
		return nil
	}
	return r.PlatformVersion
}
