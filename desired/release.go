package desired

import (
	"slices"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Release is an entry with its platforms at one version, or one library at its version.
type Release struct {
	Group   string
	Version spec.Version // "": there is no tag yet; only names and trusted publishers are desired
	DistTag spec.DistTag // the dist-tag that should point at Version

	Tag    string // the git tag that asks for it, or that should exist (PinWithoutTag); "" where none is known
	Commit string // the commit that Tag leads to; "" where it is not known

	// Selected is false for a release that the given tag does not name: it is observed and not acted on.
	Selected bool
	// PinWithoutTag: Version is pinned, and the repository was asked and has no such tag.
	PinWithoutTag bool

	// Pinned: Version is the one that the state file pins. Rollback: the dist-tag should go to it, even backwards.
	Pinned, Rollback bool
	// Given: somebody has asked for this release, by its git tag or by a dist-tag. OtherDistTag: by a dist-tag.
	Given, OtherDistTag bool
	Withdrawn           []Withdrawal // versions that should be deprecated
	// Staged: its versions are not published at once, but held by the registry until a human approves them.
	Staged bool
	// Provenance: whether its versions are published with a statement of where they were built. Never "".
	Provenance Provenance

	// Earlier are the git tags of releases below Version, the highest first, as many as the selection asks for.
	Earlier []Earlier

	Packages []Package // the entry, then its platforms in the file's order; or platforms that are released apart; or one library
	Apart    []Apart   // platforms that the entry lists besides

	TagForm       string   // the form of its git tags: "agent-facets@{version}"
	PlatformForms []string // the forms of its platforms' names: "@agent-facets/cli-{target}"; none for a library
	// PlatformVersions are the forms of its platforms' versions where they are versions of the entry's package: "{version}-{target}".
	PlatformVersions []string
}

// Earlier is the git tag of an earlier release.
type Earlier struct {
	Tag     string
	Version spec.Version
}

// Entry returns the package that is published last; ok is false for a library's release.
func (r Release) Entry() (entry Package, ok bool) {
	i := slices.IndexFunc(r.Packages, func(p Package) bool { return p.Role == RoleEntry })
	if i < 0 {
		return Package{}, false
	}
	return r.Packages[i], true
}

// Platforms returns the per-platform packages, in the file's order.
func (r Release) Platforms() []Package {
	var platforms []Package
	for _, p := range r.Packages {
		if p.Role == RolePlatform {
			platforms = append(platforms, p)
		}
	}
	return platforms
}

// ReleasedApart tells whether the release is of platforms alone, which an entry lists at a version of their own.
func (r Release) ReleasedApart() bool {
	return len(r.Packages) > 0 && r.Packages[0].Role == RolePlatform
}

// PlatformName tells whether a package is one of the release's platforms: declared, or by its name one that the state file does not
// declare any more, or not yet. Another family whose names begin alike, as @img/sharp-libvips-linux-x64 does beside
// @img/sharp-linux-x64, is none of them.
func (r Release) PlatformName(name string) bool {
	return r.platformVersion(spec.Name(name)) != nil || slices.ContainsFunc(r.PlatformForms, func(pattern string) bool {
		f, _ := newForm(pattern, holeTarget)
		target, fits := f.value(name)
		return fits && SaysPlatform(target)
	})
}

// ListsPlatform tells whether what an entry lists, with the wanted version or range, is one of the release's platforms. A library in spite
// of its name is none, such as @tool/wasm-runtime: it is not declared, its name says no machine, and its version is not the release's.
func (r Release) ListsPlatform(name, wanted string) bool {
	_, declared := r.PlatformVersion(spec.Name(name))
	_, _, told := TargetIn(spec.Name(name))
	return declared || r.PlatformName(name) && (told || wanted == r.Version.String())
}

// PlatformVersion returns the version at which the release's entry should list a platform; ok is false for what it should not list.
func (r Release) PlatformVersion(name spec.Name) (version spec.Version, ok bool) {
	if found := r.platformVersion(name); found != nil {
		return *found, true
	}
	return "", false
}

// Lists returns how the release's entry should list a platform: at its version, or by an alias of it. ok is as of PlatformVersion.
func (r Release) Lists(name spec.Name) (wanted string, ok bool) {
	version, ok := r.PlatformVersion(name)
	for _, p := range r.Packages {
		if ok && p.Name == name {
			return p.Home.Dependency(version), true
		}
	}
	for _, p := range r.Apart {
		if ok && p.Name == name {
			return p.Home.Dependency(version), true
		}
	}
	return "", false
}

// PlatformOf returns where a platform of the release should install; ok is false for what is none.
func (r Release) PlatformOf(name spec.Name) (platform spec.Platform, ok bool) {
	for _, p := range r.Packages {
		if p.Role == RolePlatform && p.Name == name {
			return p.Platform, true
		}
	}
	for _, p := range r.Apart {
		if p.Name == name {
			return p.Platform, true
		}
	}
	return spec.Platform{}, false
}

func (r *Release) platformVersion(name spec.Name) *spec.Version {
	for _, p := range r.Packages {
		if p.Role == RolePlatform && p.Name == name {
			return &r.Version
		}
	}
	for i, p := range r.Apart {
		if p.Name == name {
			return &r.Apart[i].Version
		}
	}
	return nil
}

// Holder is the first of the packages that have the same home as this one: what concerns that home as a whole, such as who may publish it,
// is told of the holder.
func (r Release) Holder(p Package) spec.Name {
	if p.Home.Own() {
		return p.Name
	}
	i := slices.IndexFunc(r.Packages, func(other Package) bool { return other.OnNpm() == p.OnNpm() })
	return r.Packages[max(i, 0)].Name
}

// Shared tells whether several packages have their versions in the home of this one.
func (r Release) Shared(p Package) bool {
	return slices.ContainsFunc(r.Packages, func(other Package) bool { return !other.Home.Own() && other.OnNpm() == p.OnNpm() })
}
