package initial

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// families are the platforms of an entry, and what else its project releases with it.
type families struct {
	own   []cluster
	alike []edition // versions of one package
	kin   []member  // libraries
	notes []string
}

// familiesOf finds the platforms that an entry lists, and are its own.
func familiesOf(ctx context.Context, registry Registry, entry spec.Manifest) (found families, err error) {
	listed := listingOf(entry)
	if err := readAll(ctx, registry, listed.members, entry.Version); err != nil {
		return found, err
	}
	if found.alike, listed.aliases, err = oneNames(ctx, registry, entry, listed.aliases); err != nil {
		return found, err
	}
	all, rest := clustersOf(entry, listed.members)
	var others, foreign []spec.Name
	for _, c := range all {
		if slices.ContainsFunc(c.members, func(m member) bool { return m.belongs(entry) }) {
			found.own = append(found.own, c)
			continue
		}
		foreign = append(foreign, namesOf(c.members)...)
	}
	for _, m := range rest {
		switch {
		case m.kin(entry):
			found.kin = append(found.kin, m)
		case !m.hard:
			others = append(others, m.name)
		}
	}
	if len(found.own)+len(found.alike) == 0 {
		return found, refusal(entry, listed, foreign, found.kin)
	}
	for _, list := range []struct {
		names []spec.Name
		text  string
	}{
		{foreign, "left out, as they are another package's platforms by their names, versions and repositories: %s"},
		{others, "these optional dependencies of " + entry.Name.String() + " are not taken for platforms: %s"},
		{listed.aliases, "left out, as they are aliases (npm:) of other packages: %s"},
		{listed.odd, "left out, as npm takes no such names any more: %s"},
		{listed.addressed, "left out, as they come from a repository or a URL, and not from a registry: %s"},
	} {
		if len(list.names) > 0 {
			found.notes = append(found.notes, fmt.Sprintf(list.text, join(list.names)))
		}
	}
	return found, nil
}

// refusal says why an entry has no platforms that a state file could declare.
func refusal(entry spec.Manifest, listed listing, foreign []spec.Name, kin []member) error {
	id := fmt.Sprintf("%s@%s", entry.Name, entry.Version)
	switch {
	case len(listed.aliases) > 0:
		var texts []string
		for _, name := range listed.aliases {
			texts = append(texts, fmt.Sprintf("%s (%s)", name, entry.OptionalDependencies[name.String()]))
		}
		return fmt.Errorf("%s lists aliases (npm:) that a state file cannot express. It can express those of its own version with the target "+
			"behind it, such as npm:tool@%s-linux-x64 for tool-linux-x64, but not these: %s", id, entry.Version, strings.Join(texts, ", "))
	case len(foreign) > 0:
		return fmt.Errorf("%s lists platforms that are another package's, by their names, versions and repositories, and none of its own: "+
			"name the package to which these belong: %s", id, join(foreign))
	case len(listed.addressed) > 0:
		return fmt.Errorf("%s lists its platforms from a repository or a URL, where nothing is published: %s", id, join(listed.addressed))
	case len(kin) > 0:
		return fmt.Errorf("%s has no platforms; perhaps a package that it needs at its own version has, and is the one to name: %s",
			id, join(namesOf(kin)))
	}
	return fmt.Errorf("%s has no optional dependencies that look like its platforms, such as tool-linux-x64: "+
		"name the package that users install, or leave --from out in the project's folder", id)
}

func namesOf(members []member) (names []spec.Name) {
	for _, m := range members {
		names = append(names, m.name)
	}
	return names
}
