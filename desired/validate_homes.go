package desired

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// homed is a platform that is a version of some package, and where the state file says so.
type homed struct {
	at    *field.Path // of its block
	block Platforms
	name  spec.Name // by which the entry lists it
	spec.Home
}

// homed returns the group's platforms that are versions of some package.
func (g Group) homed(at *field.Path) (all []homed) {
	g.Platforms.each(at, func(at *field.Path, p Platforms) {
		_, named := p.form()
		_, tagged := newForm(p.distTags(), holeTarget)
		if !p.oneName() || !named || !tagged || !strings.HasPrefix(p.versions(), holeVersion+"-") { // which is reported elsewhere
			return
		}
		for _, t := range p.Targets {
			if t.Name != "" {
				all = append(all, homed{at, p, p.name(t), p.home(g, t)})
			}
		}
	})
	return all
}

// validateHomes checks that platforms which are versions of one package can be told from each other there, and from the entry's releases.
func (g Group) validateHomes(at *field.Path) problemList {
	all := g.homed(at)
	return append(sameVersions(all), g.sameTags(all)...)
}

// sameVersions finds platforms whose versions could be those of another one. It stops at the first of each block.
func sameVersions(all []homed) (problems problemList) {
	owners := map[string]spec.Name{} // by package and end of the versions
	for _, p := range all {
		if _, twice := owners[p.Name.String()+p.Suffix]; !twice {
			owners[p.Name.String()+p.Suffix] = p.name
		}
	}
	reported := seen{}
	for _, p := range all {
		for end := p.Suffix; end != ""; end = nextEnd(end) {
			owner, taken := owners[p.Name.String()+end]
			if !taken || owner == p.name { // what is there twice by its name is reported elsewhere
				continue
			}
			if version := p.at.Child("version"); reported.declare(version, version.String()) == nil {
				problems = append(problems, field.Invalid(version, p.block.versions(), fmt.Sprintf("the versions of %s end as those of %s do, "+
					"in %s: no one could tell them apart; use another form, such as {version}-bin.{target}, or other targets", p.name, owner, end)))
			}
		}
	}
	return problems
}

// nextEnd is the end of a version, shortened to the next that could be one.
func nextEnd(end string) string {
	if i := strings.Index(end[1:], "-"); i >= 0 {
		return end[1+i:]
	}
	return ""
}

// sameTags finds platforms whose dist-tags are those of the releases, by which users would get a platform, or of another platform. It stops
// at the first of each block.
func (g Group) sameTags(all []homed) (problems problemList) {
	usual := []spec.DistTag{g.distTag("1.0.0"), g.distTag("1.0.0-rc.1")}
	type tag struct {
		of spec.Name
		spec.DistTag
	}
	owners, reported := map[tag]spec.Name{}, seen{}
	for _, p := range all {
		for _, release := range append(usual, spec.Latest) {
			owners[tag{p.Name, release}] = "the releases"
		}
	}
	for _, p := range all {
		for _, release := range usual {
			own := tag{p.Name, p.Tag(release)}
			owner, taken := owners[own]
			if at := p.at.Child("distTag"); taken && owner != p.name && reported.declare(at, at.String()) == nil {
				problems = append(problems, field.Invalid(at, p.block.distTags(), fmt.Sprintf(
					"%q of %s would be a dist-tag of %s and of %s: use another form, such as bin-{target}", own.DistTag, p.Name, owner, p.name)))
			}
			owners[own] = p.name
		}
	}
	return problems
}
