package initial

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// cluster are platforms whose names have one form, at one version.
type cluster struct {
	prefix, suffix string
	version        spec.Version // their own; "": the entry's
	members        []member
}

func (c cluster) form() string { return c.prefix + "{target}" + c.suffix }

func (c cluster) target(m member) string {
	return strings.TrimSuffix(strings.TrimPrefix(m.name.String(), c.prefix), c.suffix)
}

// clustersOf sorts members by the forms of their names: first those at the entry's version, the largest first. What is no platform is the
// rest. The manifests say what is one, and names where they say nothing.
func clustersOf(entry spec.Manifest, members []member) (clusters []cluster, rest []member) {
	if reversed, others := reversedOf(entry.Name, members); len(reversed) > 0 {
		clusters, members = reversed, others
	}
	byPrefix := map[string][]member{}
	var loose []member // their names tell no machine
	for _, m := range members {
		if m.told {
			byPrefix[m.prefix] = append(byPrefix[m.prefix], m)
		} else if m.says() {
			loose = append(loose, m)
		} else {
			rest = append(rest, m)
		}
	}
	for _, m := range loose {
		prefix, ok := prefixOf(m.name.String(), byPrefix)
		if !ok && len(byPrefix) == 0 {
			prefix, ok = commonPrefix(loose, entry.Name)
		}
		if ok {
			byPrefix[prefix] = append(byPrefix[prefix], m)
		} else {
			rest = append(rest, m)
		}
	}
	for _, prefix := range slices.Sorted(maps.Keys(byPrefix)) {
		alike := byPrefix[prefix]
		if !slices.ContainsFunc(alike, func(m member) bool { return m.tells() }) {
			rest = append(rest, alike...)
			continue
		}
		clusters = append(clusters, split(prefix, alike, entry)...)
	}
	clusters, rest = joined(merged(clusters), rest)
	slices.SortFunc(clusters, func(a, b cluster) int {
		own := func(c cluster) int { return min(len(c.version), 1) }
		return cmp.Or(own(a)-own(b), len(b.members)-len(a.members), strings.Compare(a.form(), b.form()), a.version.Compare(b.version))
	})
	for _, c := range clusters {
		slices.SortFunc(c.members, func(a, b member) int { return strings.Compare(a.name.String(), b.name.String()) })
	}
	slices.SortFunc(rest, func(a, b member) int { return strings.Compare(a.name.String(), b.name.String()) })
	return clusters, rest
}

// reversedOf finds platforms whose names end in the entry's, behind the target: linux-x64-tool.
func reversedOf(entry spec.Name, members []member) (clusters []cluster, others []member) {
	named := cluster{}
	for _, m := range members {
		scope := strings.TrimSuffix(m.name.String(), m.name.Base())
		target, ends := strings.CutSuffix(m.name.Base(), entry.Base())
		if separator := target[max(len(target)-1, 0):]; ends && len(target) > 1 && strings.ContainsAny(separator, "-_.") && m.says() {
			named.prefix, named.suffix = scope, separator+entry.Base()
			named.members = append(named.members, m)
		} else {
			others = append(others, m)
		}
	}
	if len(named.members) < 2 || slices.ContainsFunc(named.members, func(m member) bool {
		return !strings.HasPrefix(m.name.String(), named.prefix) || !strings.HasSuffix(m.name.String(), named.suffix)
	}) {
		return nil, members
	}
	return named.byVersion(), others
}

// byVersion parts a cluster into those of one version each.
func (c cluster) byVersion() (clusters []cluster) {
	for _, m := range c.members {
		i := slices.IndexFunc(clusters, func(other cluster) bool { return other.version == m.version })
		if i < 0 {
			clusters, i = append(clusters, cluster{prefix: c.prefix, suffix: c.suffix, version: m.version}), len(clusters)
		}
		clusters[i].members = append(clusters[i].members, m)
	}
	return clusters
}

// prefixOf finds the longest known prefix of a name.
func prefixOf(name string, known map[string][]member) (best string, ok bool) {
	for prefix := range known {
		if rest, begins := strings.CutPrefix(name, prefix); begins && rest != "" && prefix != "" && len(prefix) > len(best) {
			best, ok = prefix, true
		}
	}
	return best, ok
}

// commonPrefix is what the names begin with, up to a separator; of a single one the entry's own name.
func commonPrefix(members []member, entry spec.Name) (prefix string, ok bool) {
	prefix = members[0].name.String()
	for _, m := range members[1:] {
		for !strings.HasPrefix(m.name.String(), prefix) {
			prefix = prefix[:len(prefix)-1]
		}
	}
	if len(members) == 1 && strings.HasPrefix(prefix, entry.String()) && len(prefix) > len(entry)+1 {
		return prefix[:len(entry)+1], true
	}
	prefix = prefix[:strings.LastIndexAny(prefix, "-_./")+1]
	return prefix, prefix != "" && len(members) > 1
}

// split parts members whose names begin alike by version, and finds out whether their names also end alike behind the target.
func split(prefix string, alike []member, entry spec.Manifest) (clusters []cluster) {
	tail := func(m member) string { return desired.TailIn(strings.TrimPrefix(m.name.String(), prefix)) }
	suffix := tail(alike[0])
	differs := slices.ContainsFunc(alike, func(m member) bool { return tail(m) != suffix })
	if differs || len(alike) == 1 && strings.TrimLeft(suffix, "-_.") != entry.Name.Base() {
		suffix = ""
	}
	return cluster{prefix: prefix, suffix: suffix, members: alike}.byVersion()
}

// merged takes a single platform into the larger cluster whose form its name has, too: @img/sharp-webcontainers-wasm32 into
// @img/sharp-{target}.
func merged(clusters []cluster) (kept []cluster) {
	taken := map[int][]member{}
	var whole []int
	for i, c := range clusters {
		if parent := parentOf(c, clusters); parent >= 0 {
			taken[parent] = append(taken[parent], c.members...)
		} else {
			whole = append(whole, i)
		}
	}
	for _, i := range whole {
		c := clusters[i]
		c.members = append(c.members, taken[i]...)
		kept = append(kept, c)
	}
	return kept
}

// joined takes into a cluster what installs everywhere, at the cluster's version, and has a name of its form: @tool/wasm into
// @tool/{target}. Of several forms it takes the longest.
func joined(clusters []cluster, rest []member) (_ []cluster, others []member) {
	for _, m := range rest {
		best := -1
		for i, c := range clusters {
			name, form := m.name.String(), len(c.prefix)+len(c.suffix)
			fits := len(name) > form && strings.HasPrefix(name, c.prefix) && strings.HasSuffix(name, c.suffix)
			fits = fits && m.manifest != nil && m.version == c.version && desired.SaysPlatform(c.target(m))
			if fits && (best < 0 || form > len(clusters[best].prefix)+len(clusters[best].suffix)) {
				best = i
			}
		}
		if best < 0 {
			others = append(others, m)
		} else {
			clusters[best].members = append(clusters[best].members, m)
		}
	}
	return clusters, others
}

// parentOf finds the larger cluster that a single platform fits into; -1 where there is none.
func parentOf(single cluster, clusters []cluster) int {
	return slices.IndexFunc(clusters, func(other cluster) bool {
		larger := len(single.members) == 1 && len(other.members) > 1 && other.version == single.version
		return larger && other.prefix != "" && len(other.prefix) < len(single.prefix) && strings.HasPrefix(single.prefix, other.prefix) &&
			strings.HasSuffix(single.members[0].name.String(), other.suffix)
	})
}
