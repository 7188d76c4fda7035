package initial

import (
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/packagejson"
)

// access is restricted where publishConfig says so of a name that can be; else "", as the state file's default is public.
func (m manifest) access() spec.Access {
	if m.PublishConfig["access"] == string(spec.AccessRestricted) && spec.Name(m.Name).Scope() != "" {
		return spec.AccessRestricted
	}
	return ""
}

// registry is the one that publishConfig names for the package, or "".
func (m manifest) registry() string {
	if scope := spec.Name(m.Name).Scope(); scope != "" {
		if own := packagejson.Text(m.PublishConfig[scope+":registry"]); own != "" {
			return own
		}
	}
	return packagejson.Text(m.PublishConfig["registry"])
}

// takeRegistry takes the registry that the packages' publishConfig names, if that is one and fit for the file.
func (d *Draft) takeRegistry(sources []manifest) {
	var named []string
	for _, m := range sources {
		if registry := strings.TrimSuffix(m.registry(), "/"); registry != "" && m.public() && !slices.Contains(named, registry) {
			named = append(named, registry)
		}
	}
	switch {
	case len(named) == 0:
	case len(named) > 1:
		d.note("the packages' publishConfig names %d registries: give those of each registry a state file of their own", len(named))
	case !desired.UsableRegistry(named[0]):
		d.note("the registry that the packages' publishConfig names is left out: it is no URL without credentials")
	default:
		d.State.Spec.Registry = named[0]
	}
}

// distTag is the dist-tag that publishConfig gives to all of a group's packages; "" where it says nothing.
func (d *Draft) distTag(group string, members []manifest) spec.DistTag {
	var named []string
	for _, m := range members {
		if tag := packagejson.Text(m.PublishConfig["tag"]); !slices.Contains(named, tag) {
			named = append(named, tag)
		}
	}
	if len(named) == 1 {
		if tag, err := spec.ParseDistTag(named[0]); named[0] == "" || err == nil {
			return tag
		}
	}
	if len(named) > 0 {
		d.note("publishConfig gives the packages of the group %s different dist-tags, or one that npm does not take: set distTag, "+
			"and take them out of package.json", group)
	}
	return ""
}

// accessOfPlatforms is that of an entry's platforms, by those that are built here. A public entry has no restricted ones.
func (d *Draft) accessOfPlatforms(e entry, built []manifest) spec.Access {
	restricted := slices.ContainsFunc(built, func(m manifest) bool { return m.access() == spec.AccessRestricted })
	switch {
	case !restricted:
		return ""
	case e.access() != spec.AccessRestricted:
		d.note("publishConfig says that platforms of %s are restricted, and the package itself is not: whoever installs it would get none; "+
			"decide on one access", e.Name)
		return ""
	}
	return spec.AccessRestricted
}
