package initial

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// edition is a version of a package that an entry lists by an alias, and that may be one of its platforms: "npm:tool@1.0.0-linux-x64".
type edition struct {
	alias   spec.Name
	home    spec.Name
	version spec.Version

	prefix, target string         // of the alias
	form           string         // of the version: {version}-{target}
	manifest       *spec.Manifest // nil: it is not on the registry
}

// editionOf reads an alias. Its version has to begin with the entry's, and to name the target as the alias does.
func editionOf(entry spec.Manifest, alias spec.Name) (e edition, ok bool) {
	home, wanted := spec.Aliased(alias, entry.OptionalDependencies[alias.String()])
	version, err := spec.ParseVersion(wanted)
	prefix, target, named := targetIn(entry.Name, alias)
	rest, follows := strings.CutPrefix(wanted, entry.Version.String()+"-")
	at := strings.LastIndex(rest, target)
	belongs := member{name: home}.belongs(entry)
	if err != nil || !named || !follows || at < 0 || !belongs {
		return e, false
	}
	form := "{version}-" + rest[:at] + "{target}" + rest[at+len(target):]
	return edition{alias: alias, home: home, version: version, prefix: prefix, target: target, form: form}, true
}

// block is what the platforms of one block have in common.
func (e edition) block() desired.Platforms {
	return desired.Platforms{Package: e.home.String(), Version: spec.Version(e.form), Alias: e.prefix + "{target}"}
}

// oneNames finds, among the aliases that an entry lists, the platforms that are versions of one package. The other aliases are returned.
func oneNames(ctx context.Context, registry Registry, entry spec.Manifest, aliases []spec.Name) (
	editions []edition, others []spec.Name, err error,
) {
	for _, alias := range aliases {
		if e, ok := editionOf(entry, alias); ok {
			editions = append(editions, e)
		} else {
			others = append(others, alias)
		}
	}
	failures := make([]error, len(editions))
	var group errgroup.Group
	group.SetLimit(reading)
	for i := range editions {
		group.Go(func() error {
			manifest, err := registry.Manifest(ctx, editions[i].home, editions[i].version)
			switch {
			case err == nil:
				editions[i].manifest = &manifest
			case !errors.Is(err, spec.ErrNotFound):
				failures[i] = err
			}
			return nil
		})
	}
	return editions, others, errors.Join(group.Wait(), errors.Join(failures...))
}

// addOneNames adds the blocks of platforms that are versions of one package.
func (d *Draft) addOneNames(ctx context.Context, registry Registry, group *desired.Group, editions []edition) error {
	var gone []spec.Name
	blocks := map[string]*desired.Platforms{} // by what its platforms have in common
	tags := map[string]map[string]int{}       // the same: how often a form of dist-tags was found
	for _, e := range editions {
		key := fmt.Sprint(e.home, e.prefix, e.form)
		if blocks[key] == nil {
			block := e.block()
			blocks[key], tags[key] = &block, map[string]int{}
		}
		target := desired.Target{Name: e.target}
		if e.manifest != nil {
			target = desired.NewTarget(e.target, e.manifest.Platform())
		} else if missing := target.Missing(); len(missing) > 0 {
			d.note("%s is left out: %s@%s is not on the registry, and its %s cannot be told from the name", e.alias, e.home, e.version,
				strings.Join(missing, " and "))
			continue
		} else {
			gone = append(gone, e.alias)
		}
		blocks[key].Targets = append(blocks[key].Targets, target)
		distTags, err := registry.DistTags(ctx, e.home)
		if err != nil && !errors.Is(err, spec.ErrNotFound) {
			return err
		}
		for tag, version := range distTags {
			if form := strings.Replace(tag.String(), e.target, "{target}", 1); version == e.version && form != tag.String() {
				tags[key][form]++
			}
		}
	}
	if len(gone) > 0 {
		d.note("not on the registry, so in the file by what their names tell: %s", join(gone))
	}
	for _, key := range slices.Sorted(maps.Keys(blocks)) {
		block := blocks[key]
		if len(block.Targets) == 0 {
			continue
		}
		if block.DistTag = mostOften(tags[key]); block.DistTag == "" {
			block.DistTag = "{target}"
			d.note("no dist-tag points at the platforms that are versions of %s: the next release gives each one of its own, such as %s",
				block.Package, block.Targets[0].Name)
		}
		group.Platforms = append(group.Platforms, *block)
	}
	return nil
}

// mostOften returns the form that was found most often; of several the shortest.
func mostOften(found map[string]int) string {
	forms := slices.Collect(maps.Keys(found))
	if len(forms) == 0 {
		return ""
	}
	return slices.MinFunc(forms, func(a, b string) int {
		return cmp.Or(found[b]-found[a], len(a)-len(b), strings.Compare(a, b))
	})
}
