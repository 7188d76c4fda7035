package desired

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

// validateTagForms checks the groups' tag patterns, each by itself and against those of all other packages. One tag may ask for several
// releases only where their forms are the same, so that it gives all of them the same version.
func (s *State) validateTagForms(at *field.Path) problemList {
	type owner struct {
		form
		group int
		at    *field.Path
		name  string
	}
	var problems problemList
	var owners []owner
	for i, group := range s.Spec.Groups {
		found := group.validateTag(at.Index(i).Child("tag"))
		problems = append(problems, found...)
		if len(found) > 0 {
			continue
		}
		for _, p := range group.expand(s.Spec) {
			if f, ok := group.tagForm(p.Name); ok && p.Role != RolePlatform {
				owners = append(owners, owner{form: f, group: i, at: at.Index(i).Child("tag"), name: p.Name.String()})
			}
		}
		group.Platforms.each(at.Index(i), func(at *field.Path, p Platforms) {
			if f, ok := newForm(p.Tag, holeVersion); ok {
				owners = append(owners, owner{form: f, group: i, at: at.Child("tag"), name: p.Package})
			}
		})
	}
	// Two forms can only share a tag where one's prefix begins the other's. Sorted, such forms stand in a row.
	slices.SortStableFunc(owners, func(a, b owner) int {
		return cmp.Or(strings.Compare(a.prefix, b.prefix), strings.Compare(a.suffix, b.suffix))
	})
	owners = slices.CompactFunc(owners, func(a, b owner) bool { return a.form == b.form })
	reported := map[[2]int]bool{}
	var row []owner
	for _, one := range owners {
		for len(row) > 0 && !strings.HasPrefix(one.prefix, row[len(row)-1].prefix) {
			row = row[:len(row)-1]
		}
		for _, other := range row {
			first, second := other, one
			if one.group < other.group {
				first, second = one, other
			}
			pair := [2]int{first.group, second.group}
			if reported[pair] || one.name == other.name { // a name that is declared twice is reported elsewhere
				continue
			}
			if tag, ok := one.shared(other.form); ok {
				reported[pair] = true
				problems = append(problems, field.Invalid(second.at, second.fill(holeVersion), fmt.Sprintf(
					"a tag must say one version, but %q would be of %s and of %s: let the forms differ more, or be the same",
					tag, first.name, second.name)))
			}
		}
		row = append(row, one)
	}
	return problems
}

func (g Group) validateTag(at *field.Path) problemList {
	if g.Tag == "" {
		return problemList{field.Required(at, "the form of the tags that ask for a release, such as v{version}")}
	}
	var problems problemList
	invalid := func(detail string) { problems = append(problems, field.Invalid(at, g.Tag, detail)) }
	if strings.Count(g.Tag, holeVersion) != 1 {
		invalid("must hold {version} exactly once")
	}
	switch strings.Count(g.Tag, holePackage) {
	case 0, 1:
	default:
		invalid("may hold {package} only once")
	}
	literal := strings.NewReplacer(holeVersion, "1.0.0", holePackage, "a").Replace(g.Tag)
	if strings.ContainsAny(literal, "{}") {
		invalid("only {version} and {package} are known here")
	} else if !refName(literal) {
		invalid("git allows no tag of this form")
	}
	return problems
}

// refName tells whether git takes name for a tag (git check-ref-format).
func refName(name string) bool {
	return !regexp.MustCompile(`[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|^[/-]|[/.]$|(^|/)\.|\.lock(/|$)`).MatchString(name)
}
