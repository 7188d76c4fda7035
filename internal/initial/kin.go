package initial

import (
	"context"
	"strings"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// kin tells whether a dependency that is no platform is released with the entry: it has the entry's version, and comes from its repository.
func (m member) kin(entry spec.Manifest) bool {
	home := repositoryOf(&entry)
	return m.manifest != nil && m.manifest.Version == entry.Version && home.known() && repositoryOf(m.manifest) == home
}

// addKin declares the libraries that are released with the entry: by tags of their own where there are such, else by the entry's.
func (d *Draft) addKin(ctx context.Context, from tagged, entry spec.Manifest, kin []member) {
	group := d.State.Spec.Groups[0]
	libraries := desired.Group{Name: librariesGroup, Tag: group.Tag}
	libraries.PrereleaseDistTag, libraries.Prereleases = group.PrereleaseDistTag, group.Prereleases
	var elsewhere, declared []spec.Name
	for _, m := range kin {
		if m.behind {
			elsewhere = append(elsewhere, m.name)
			continue
		}
		declared = append(declared, m.name)
		libraries.Packages = append(libraries.Packages, desired.Library{Package: m.name})
	}
	if len(elsewhere) > 0 {
		d.note("left out, though they are of the same repository and version: their dist-tag latest is not there: %s", join(elsewhere))
	}
	if len(declared) == 0 {
		return
	}
	if own := from.libraryForm(ctx, group.Tag, entry, declared); own != "" {
		libraries.Tag = own
	}
	if libraries.Name == group.Name {
		libraries.Name += "-of-" + group.Name
	}
	d.note("%s needs these at its version, and they come from its repository, so the file has them as libraries that are released with it: %s",
		entry.Name, join(declared))
	d.State.Spec.Groups = append(d.State.Spec.Groups, libraries)
}

// libraryForm is the form of tags that the libraries have of their own beside the entry's; "" where they have none.
func (t tagged) libraryForm(ctx context.Context, entrys string, entry spec.Manifest, names []spec.Name) string {
	for i, form := range namedForms(entry.Name.String()) {
		if form != entrys {
			continue
		}
		for _, name := range names {
			if !t.has(ctx, strings.ReplaceAll(namedForms(name.String())[i], "{version}", entry.Version.String())) {
				return ""
			}
		}
		return namedForms("{package}")[i]
	}
	return ""
}
