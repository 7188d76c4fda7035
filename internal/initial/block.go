package initial

import (
	"context"
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
	return target, true
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
	var gone, older, ranged, offLinux []spec.Name
	for _, c := range clusters {
		for _, m := range c.members {
			target := desired.Target{Name: c.target(m)}
			switch {
			case m.absent && m.manifest != nil:
				older = append(older, m.name)
			case m.absent && len(target.Missing()) == 0:
				gone = append(gone, m.name)
			}
			if m.ranged() {
				ranged = append(ranged, m.name)
			}
			if m.manifest != nil && len(m.manifest.Libc) > 0 && !slices.Equal(spec.Admitted(m.manifest.OS, spec.Systems()), []string{"linux"}) {
				offLinux = append(offLinux, m.name)
			}
		}
	}
	for _, list := range []struct {
		names []spec.Name
		text  string
	}{
		{gone, "not on the registry, so in the file by what their names tell: %s"},
		{older, "not on the registry at the version that the entry lists, so in the file by the newest version there is: %s"},
		{ranged, "listed by ranges, whereas the next release will list versions: %s"},
		{offLinux, "they have a libc and are not for Linux alone, where npm installs nothing that has one; the file has none: %s"},
	} {
		if len(list.names) > 0 {
			d.note(list.text, join(list.names))
		}
	}
	for _, c := range clusters {
		if c.version != "" {
			d.note("%s lists the packages %s at version %s, not at its own: the file pins them to it", entry.Name, c.form(), c.version)
		}
	}
}
