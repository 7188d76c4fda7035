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

func (p Platforms) versions() string { return cmp.Or(p.Version.String(), defaultVersions) }
func (p Platforms) distTags() string { return cmp.Or(p.DistTag, defaultDistTag) }

// home is where npm has the versions of the platform for a target.
func (p Platforms) home(g Group, t Target) spec.Home {
	if !p.oneName() {
		return spec.Home{}
	}
	fill := strings.NewReplacer(holeTarget, t.Name, holeVersion, "").Replace
	return spec.Home{
		Name: spec.Name(p.Package), Suffix: fill(p.versions()),
		DistTag: spec.DistTag(fill(p.distTags())), Usual: cmp.Or(g.DistTag, spec.Latest),
	}
}

// sharesEntry tells whether the platforms are versions of the entry's own package.
func (p Platforms) sharesEntry(g Group) bool {
	return g.Entry != nil && p.oneName() && p.Package == g.Entry.Package.String()
}

// own is what the state file says of the platforms beside their versions. In the entry's package that is what it says of the entry.
func (p Platforms) own(g Group) own {
	if p.sharesEntry(g) {
		return own{g.Entry.Access, g.Entry.Settings}
	}
	return own{p.Access, p.Settings}
}

// validateShared checks that platforms in the entry's package say nothing else of it than the entry, whose access is given.
func (p Platforms) validateShared(at *field.Path, access spec.Access) problemList {
	problems := knownAccess(at.Child("access"), p.Access)
	if p.Access.Known() && p.Access != access {
		problems = append(problems, field.Invalid(at.Child("access"), string(p.Access),
			"the platforms are versions of the entry's package, which has one access: say it at the entry"))
	}
	if p.Settings != nil {
		problems = append(problems, field.Forbidden(at.Child("settings"),
			"the platforms are versions of the entry's package, which is set once: say it at the entry, whose ranges count for them, too"))
	}
	return problems
}

// Foreign tells which versions of the entry's package are its platforms'; nil where none are.
func (r Release) Foreign() func(spec.Version) bool {
	if len(r.PlatformVersions) == 0 {
		return nil
	}
	return r.ofPlatform
}

// ofPlatform tells whether a version of the entry's package is one of its platforms', even if the state file does not declare the target
// any more, or not yet: then the target's name has to begin with a system or a processor.
func (r Release) ofPlatform(version spec.Version) bool {
	for _, p := range r.Platforms() {
		if _, ok := p.Home.Release(version); ok && !p.Home.Own() {
			return true
		}
	}
	return slices.ContainsFunc(r.PlatformVersions, func(pattern string) bool {
		before, after, _ := strings.Cut(strings.TrimPrefix(pattern, holeVersion), holeTarget)
		text, ok := strings.CutSuffix(string(version), after)
		for at := 0; ok && at < len(text); at++ {
			target, fits := strings.CutPrefix(text[at:], before)
			if _, err := spec.ParseVersion(text[:at]); fits && err == nil && namesMachine(target) {
				return true
			}
		}
		return false
	})
}

// validateRelease checks that a version which is meant to be a release of the entry is none of its platforms'.
func (g Group) validateRelease(at *field.Path, version spec.Version, usual Spec) problemList {
	if g.Entry == nil || version == "" {
		return nil
	}
	foreign := g.candidates(usual)[0].release.Foreign()
	if foreign == nil || !foreign(version) {
		return nil
	}
	return problemList{field.Invalid(at, version.String(), "is the version of a platform: name the release that it belongs to")}
}

func namesMachine(target string) bool {
	words := wordsOf(target)
	return len(words) > 0 && machineWord(words[0].text)
}

// validateOneName checks what concerns platforms that are versions of one package.
func (p Platforms) validateOneName(at *field.Path, g Group, packages seen) problemList {
	if !p.oneName() {
		return p.strayForms(at)
	}
	var problems problemList
	name := at.Child("package")
	if !p.sharesEntry(g) {
		problems = append(problems, validatePackage(name, spec.Name(p.Package), packages)...)
	}
	if p.Alias == "" {
		problems = append(problems, field.Required(at.Child("alias"), "as package holds no {target}, the platforms are versions of one package: "+
			"the names by which the entry lists them, such as tool-{target}; or give each a package of its own, with {target} in package"))
	}
	problems = append(problems, p.validateVersions(at.Child("version"))...)
	if p.Tag != "" {
		problems = append(problems, field.Forbidden(at.Child("tag"), "platforms that are versions of one package are released with their entry: "+
			"leave it out, or give each a package of its own, with {target} in package"))
	}
	return append(problems, p.validateTags(at.Child("distTag"))...)
}

// strayForms finds forms that say nothing, as each platform is a package.
func (p Platforms) strayForms(at *field.Path) (problems problemList) {
	for _, form := range []struct{ field, value string }{{"alias", p.Alias}, {"distTag", p.DistTag}} {
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
	if _, err := spec.ParseVersion(form); err == nil {
		return problemList{field.Invalid(at, form, "pins platforms that have a package each, with {target} in package; those that are versions "+
			"of one package are released with their entry, and this is the form of their versions: {version}-{target}")}
	}
	if strings.Count(form, holeVersion) != 1 || strings.Count(form, holeTarget) != 1 || !strings.HasPrefix(form, holeVersion+"-") {
		return problemList{field.Invalid(at, form, "must begin with {version}- and hold {target} once, as in {version}-{target}")}
	}
	for _, t := range p.Targets {
		filled := strings.NewReplacer(holeVersion, "1.2.3", holeTarget, t.Name).Replace(form)
		if _, err := spec.ParseVersion(filled); err != nil && t.Name != "" {
			return problemList{field.Invalid(at, form,
				fmt.Sprintf("with the target %q: %v; a version has letters, digits, '-' and '.' only", t.Name, err))}
		}
	}
	return nil
}

// validateTags checks the form of the platforms' dist-tags.
func (p Platforms) validateTags(at *field.Path) problemList {
	form, ok := newForm(p.distTags(), holeTarget)
	if !ok {
		return problemList{field.Invalid(at, p.DistTag, "must hold {target} exactly once: each platform has a dist-tag of its own")}
	}
	for _, t := range p.Targets {
		if problems := validateDistTag(at, spec.DistTag(form.fill(t.Name))); t.Name != "" && len(problems) > 0 {
			return problems
		}
	}
	return nil
}
