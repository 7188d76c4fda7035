package spec

import "strings"

// Home is the place of a package whose versions are versions of another one: 1.0.0 of @scope/tool-linux-x64 is 1.0.0-linux-x64 of
// @scope/tool, and an entry names it by an alias. The zero value is that of a package which is its own home: there nothing differs.
type Home struct {
	Name    Name    // the package that npm has
	Suffix  string  // what stands behind the release's version: "-linux-x64"
	DistTag DistTag // of a release under its usual dist-tag: "linux-x64"
	Usual   DistTag // that one: "latest"
}

// Own tells whether the package is its own home.
func (h Home) Own() bool { return h.Name == "" }

// Version is the version that npm has of a release.
func (h Home) Version(release Version) Version {
	if release == "" {
		return ""
	}
	return release + Version(h.Suffix)
}

// Release is the version of the release that one of npm's versions belongs to; ok is false where it is not the package's.
func (h Home) Release(version Version) (release Version, ok bool) {
	if h.Own() {
		return version, true
	}
	text, ok := strings.CutSuffix(string(version), h.Suffix)
	if !ok {
		return "", false
	}
	release, err := ParseVersion(text)
	return release, err == nil
}

// Tag is the dist-tag that npm has for one of the release's: "linux-x64" for latest, "next-linux-x64" for next. So latest never comes to
// point at the package's versions.
func (h Home) Tag(release DistTag) DistTag {
	switch {
	case h.Own() || release == "":
		return release
	case release == h.Usual:
		return h.DistTag
	}
	return release + "-" + h.DistTag
}

// ReleaseTag is the release's dist-tag for one of npm's; ok is false where it is not the package's.
func (h Home) ReleaseTag(tag DistTag) (release DistTag, ok bool) {
	if h.Own() {
		return tag, true
	}
	if tag == h.DistTag {
		return h.Usual, true
	}
	before, ok := strings.CutSuffix(string(tag), "-"+string(h.DistTag))
	return DistTag(before), ok && before != ""
}

// Compare orders npm's versions by the releases that they are of: 1.0.0-rc.2-linux-x64 is below 1.0.0-rc.10-linux-x64. Such a one is above
// all that are of none.
func (h Home) Compare(a, b Version) int {
	releaseA, okA := h.Release(a)
	releaseB, okB := h.Release(b)
	switch {
	case okA && okB:
		return releaseA.Compare(releaseB)
	case okA:
		return 1
	case okB:
		return -1
	}
	return a.Compare(b)
}

// Dependency is how an entry names the version of a release among its dependencies: "1.0.0", or "npm:@scope/tool@1.0.0-linux-x64".
func (h Home) Dependency(release Version) string {
	if h.Own() {
		return string(release)
	}
	return "npm:" + string(h.Name) + "@" + string(h.Version(release))
}

// Aliased splits what stands for a dependency: the package that is meant, and what is wanted of it. Without an alias that is name.
func Aliased(name Name, wanted string) (Name, string) {
	alias, ok := strings.CutPrefix(wanted, "npm:")
	if !ok {
		return name, wanted
	}
	if at := strings.LastIndex(alias, "@"); at > 0 {
		return Name(alias[:at]), alias[at+1:]
	}
	return Name(alias), "*"
}
