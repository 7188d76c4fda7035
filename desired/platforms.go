package desired

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Platforms are per-platform packages of an entry: one for each target. They have the entry's version, or one of their own.
type Platforms struct {
	Package  string      `json:"package,omitempty"`  // holds {target}; or one package, whose versions they are
	Artifact string      `json:"artifact,omitempty"` // as Entry's, and {target}
	Access   spec.Access `json:"access,omitempty"`   // instead of Spec's
	Settings *Settings   `json:"settings,omitempty"` // as Entry's, of all of them
	Targets  []Target    `json:"targets,omitempty"`

	ListedUnder   Listing  `json:"listedUnder,omitempty"`   // where the entry names them; a target may have its own
	ArtifactAllow []string `json:"artifactAllow,omitempty"` // as Entry's, in all of them

	// These are of platforms that are versions of one package, as is Version then: the form of these versions, {version}-{target}.
	Alias   string `json:"alias,omitempty"`   // by which the entry names them; holds {target}
	DistTag string `json:"distTag,omitempty"` // the same

	// Version pins them to a version of their own, Tag is the form of tags of their own: they are released apart from the entry.
	Version spec.Version `json:"version,omitempty"`
	Tag     string       `json:"tag,omitempty"`
	Group   string       `json:"group,omitempty"` // they are those of another group, and nothing else is said here

	inList bool // as the file has them
}

// Blocks are an entry's platforms, in the file a mapping or a list of such.
type Blocks []Platforms

// UnmarshalJSON takes both forms.
func (b *Blocks) UnmarshalJSON(data []byte) error {
	if !bytes.HasPrefix(data, []byte("[")) {
		var one Platforms
		if err := json.Unmarshal(data, &one); err != nil {
			return err
		}
		*b = Blocks{one}
		return nil
	}
	var all []Platforms
	if err := json.Unmarshal(data, &all); err != nil {
		return err
	}
	for i := range all {
		all[i].inList = true
	}
	*b = all
	return nil
}

// each yields every block with its path below the group's.
func (b Blocks) each(group *field.Path, do func(at *field.Path, p Platforms)) {
	for i, block := range b {
		at := group.Child("platforms")
		if block.inList {
			at = at.Index(i)
		}
		do(at, block)
	}
}

// apart tells whether the platforms are released apart from the entry.
func (p Platforms) apart() bool { return p.pinned() != "" || p.Tag != "" }

// pinned is the version of their own; "" where they have none.
func (p Platforms) pinned() spec.Version {
	if p.oneName() {
		return ""
	}
	return p.Version
}

// name is the package for a target.
func (p Platforms) name(t Target) spec.Name {
	return spec.Name(strings.ReplaceAll(p.naming(), holeTarget, t.Name))
}

// form is what the block's packages are named by; ok is false for those of another group.
func (p Platforms) form() (f form, ok bool) { return newForm(p.naming(), holeTarget) }

// expand returns the block's packages. What they do not say of themselves is what usual says of all.
func (p Platforms) expand(g Group, usual Spec) []Package {
	packages := make([]Package, 0, len(p.Targets))
	for _, target := range p.Targets {
		artifact := strings.ReplaceAll(p.Artifact, holeTarget, target.Name)
		platform := usual.settle(g.newPackage(p.name(target), RolePlatform, artifact), p.own(g))
		platform.Target, platform.Home = target.Name, p.home(g, target)
		platform.Platform, _ = target.platform()
		platform.ListedUnder = cmp.Or(target.ListedUnder, p.ListedUnder, UnderOptional)
		platform.Allowed.Shared = p.ArtifactAllow
		packages = append(packages, platform)
	}
	return packages
}

// apartFrom is a candidate of the block's own, which is released apart from the group's entry.
func (p Platforms) apartFrom(g Group, usual Spec) *candidate {
	c := &candidate{group: g, pin: pin{version: p.Version}, apart: true}
	c.release = Release{Group: g.Name, Version: p.Version, Packages: p.expand(g, usual), PlatformForms: []string{p.Package}}
	if tags, ok := newForm(p.Tag, holeVersion); ok {
		c.form, c.release.TagForm = tags, p.Tag
	}
	return c
}

// Apart is a platform that an entry lists, and that is released apart from it: at a version of its own, or with another entry.
type Apart struct {
	Package
	Version spec.Version // "": not known
}

// listing is what the candidates have in common whose tags are listed by one request.
func (c *candidate) listing() string {
	if c.apart {
		return c.group.Name + "/" + c.release.TagForm
	}
	return c.group.Name
}

// lists tells whether a candidate's entry lists the platforms of another one.
func (c *candidate) lists(other *candidate) bool {
	if _, ok := c.release.Entry(); !ok || c == other {
		return false
	}
	refers := func(p Platforms) bool { return p.Group == other.group.Name }
	return other.apart && other.group.Name == c.group.Name || slices.ContainsFunc(c.group.Platforms, refers)
}

// join gives each entry's release the platforms that are released apart from it.
func join(candidates []*candidate) {
	for _, c := range candidates {
		for _, other := range candidates {
			if !c.lists(other) {
				continue
			}
			for _, p := range other.release.Platforms() {
				c.release.Apart = append(c.release.Apart, Apart{p, other.release.Version})
			}
			c.release.PlatformForms = append(c.release.PlatformForms, other.release.PlatformForms...)
			if !other.tagged() && other.group.Name == c.group.Name { // the entry's tag asks for what is pinned, too
				other.release.Tag, other.release.Commit = c.release.Tag, c.release.Commit
			}
		}
	}
}
