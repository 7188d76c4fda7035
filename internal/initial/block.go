package initial

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// wasi is the target of the fallback that napi-rs publishes beside the platforms, and that entries do not always list.
const wasi = "wasm32-wasi"

// block makes a block of a cluster.
func (d *Draft) block(c cluster) desired.Platforms {
	block := desired.Platforms{Package: c.form(), Version: c.version}
	if !slices.ContainsFunc(c.members, func(m member) bool { return !m.hard }) {
		block.ListedUnder = desired.UnderDependencies
	}
	for _, m := range c.members {
		target, ok := d.target(c, m)
		if !ok {
			continue
		}
		if m.hard && block.ListedUnder == "" {
			target.ListedUnder = desired.UnderDependencies
		}
		block.Targets = append(block.Targets, target)
	}
	return block
}

// target makes a target of a platform, by its manifest, else by its name.
func (d *Draft) target(c cluster, m member) (target desired.Target, ok bool) {
	target = desired.Target{Name: c.target(m)}
	if m.manifest != nil {
		return desired.NewTarget(target.Name, m.manifest.Platform()), true
	}
	if missing := target.Missing(); len(missing) > 0 {
		d.note("%s is left out: it is not on the registry, and its %s cannot be told from the name", m.name, strings.Join(missing, " and "))
		return target, false
	}
	target.Libc = c.libcOf(target.Name)
	return target, true
}

// libcOf tells the libc of a target for Linux that is not there: as those that are have it whose names have the same word for one, or none;
// where there is no such, by the word, if any has a libc at all.
func (c cluster) libcOf(target string) spec.List {
	alike, some := map[string]bool{}, false
	for _, m := range c.members {
		if m.manifest == nil || !slices.Equal(m.manifest.OS, []string{"linux"}) {
			continue
		}
		if libcWord(c.target(m)) == libcWord(target) {
			alike[strings.Join(m.manifest.Libc, " ")] = true
		}
		some = some || len(m.manifest.Libc) > 0
	}
	told := map[string]string{"musl": "musl", "musleabihf": "musl", "gnu": "glibc", "glibc": "glibc", "gnueabihf": "glibc"}[libcWord(target)]
	switch {
	case !slices.Contains(wordsOf(target), "linux"), len(alike) > 1:
		return nil
	case len(alike) == 1:
		return strings.Fields(slices.Collect(maps.Keys(alike))[0])
	case some && told != "":
		return spec.List{told}
	}
	return nil
}

// libcWord is the word of a target's name that tells a libc; "" where there is none.
func libcWord(target string) string {
	for _, word := range wordsOf(target) {
		if slices.Contains([]string{"musl", "gnu", "glibc", "gnueabihf", "musleabihf"}, word) {
			return word
		}
	}
	return ""
}

func wordsOf(name string) []string {
	return strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune("-_.", r) })
}

// fallback adds the fallback for machines that no platform is for, where it is on the registry at the entry's version and not listed.
func (d *Draft) fallback(ctx context.Context, registry Registry, entry spec.Manifest, c cluster, block *desired.Platforms) {
	name := spec.Name(c.prefix + wasi + c.suffix)
	// Without a scope anybody may have taken the name.
	if _, listed := entry.Listed()[name.String()]; listed || c.version != "" || name.Base() == name.String() {
		return
	}
	manifest, err := registry.Manifest(ctx, name, entry.Version)
	if err != nil {
		return // nothing says that there is one
	}
	target := desired.NewTarget(wasi, manifest.Platform())
	target.ListedUnder = desired.UnderNothing
	block.Targets = append(block.Targets, target)
	d.note("%s is in the file as a fallback: %s does not list it, and it is there at the same version", name, entry.Name)
}

// observations notes what is odd about an entry's platforms.
func (d *Draft) observations(entry spec.Manifest, clusters []cluster) {
	var gone, older, ranged, left, offLinux, old, behind []spec.Name
	for _, c := range clusters {
		for _, m := range c.members {
			switch {
			case m.absent && m.manifest != nil:
				older = append(older, m.name)
			case m.absent && len(desired.Target{Name: c.target(m)}.Missing()) == 0:
				gone = append(gone, m.name)
			case m.manifest != nil && m.manifest.Deprecated != "":
				old = append(old, m.name)
			}
			if m.behind {
				behind = append(behind, m.name)
			}
			switch {
			case spec.Leftover(m.wanted):
				left = append(left, m.name)
			case m.ranged():
				ranged = append(ranged, m.name)
			}
			if m.manifest != nil && len(m.manifest.Libc) > 0 && !slices.Equal(spec.Admitted(m.manifest.OS, spec.Systems()), []string{"linux"}) {
				offLinux = append(offLinux, m.name)
			}
		}
	}
	if entry.Deprecated != "" {
		old = append([]spec.Name{entry.Name}, old...)
	}
	for _, list := range []struct {
		names []spec.Name
		text  string
	}{
		{gone, "not on the registry, so in the file by what their names tell: %s"},
		{older, "not on the registry at the version that the entry lists, so in the file by the newest version there is: %s"},
		{old, "deprecated at the version that is served: %s"},
		{behind, "their dist-tag latest points below what the entry lists, or is not there, so that plan will set it: %s"},
		{ranged, "listed by ranges or dist-tags, whereas the next release will list versions: %s"},
		{left, "listed by what a package manager should have put a version in the place of (such as workspace:*), so that npm cannot " +
			"install them; the next release will list versions: %s"},
		{offLinux, "they have a libc and are not for Linux alone, where npm installs nothing that has one; the file has none: %s"},
	} {
		if len(list.names) > 0 {
			d.note(list.text, join(list.names))
		}
	}
	d.pinned(entry, clusters)
}

// pinned notes which platforms have versions of their own.
func (d *Draft) pinned(entry spec.Manifest, clusters []cluster) {
	var apart, following []string
	for _, c := range clusters {
		text := fmt.Sprintf("%s (%s)", c.form(), c.version)
		switch {
		case c.version == "":
		case strings.HasPrefix(c.version.String(), entry.Version.String()+"-"):
			following = append(following, text)
		default:
			apart = append(apart, text)
		}
	}
	if len(apart) > 0 {
		d.note("%s lists platforms at versions of their own, and the file pins them: %s", entry.Name, strings.Join(apart, ", "))
	}
	if len(following) > 0 {
		d.note("%s lists platforms at its own version with a suffix. The file cannot express that: it pins them, so change their version "+
			"there with each release: %s", entry.Name, strings.Join(following, ", "))
	}
}
