package initial

import (
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/packagejson"
)

// namedForms are the forms of tags that name their package, the likeliest first.
func namedForms(name string) []string {
	forms := []string{"@{version}", "@v{version}", "-v{version}", "-{version}", "/v{version}", "_v{version}"}
	for i := range forms {
		forms[i] = name + forms[i]
	}
	return forms
}

// looseForms are forms that tags also have which name no package.
func looseForms() []string {
	return []string{"release-{version}", "release-v{version}", "release/{version}", "release/v{version}", "cli-v{version}", "rust-v{version}"}
}

// entryForms are the forms that the tags of an entry may have, the likeliest first.
func entryForms(name spec.Name) []string {
	forms := append([]string{"v{version}"}, namedForms(name.String())...)
	if name.Base() != name.String() {
		forms = append(forms, namedForms(name.Base())...)
	}
	return append(forms, "{version}")
}

// formOf returns which of the forms the first tag has that has any; -1 when none has.
func formOf(tags, forms []string) int {
	for _, tag := range tags {
		for i, form := range forms {
			before, after, _ := strings.Cut(form, "{version}")
			rest, begins := strings.CutPrefix(tag, before)
			version, ends := strings.CutSuffix(rest, after)
			if _, err := spec.ParseVersion(version); begins && ends && err == nil {
				return i
			}
		}
	}
	return -1
}

// entryTag returns the form that an entry's tags have, else the one to begin with. One of several entries needs a
// form that names it.
func entryTag(name spec.Name, tags []string, only bool) (form string, found bool) {
	forms := entryForms(name)
	if !only {
		forms = forms[1 : len(forms)-1]
	}
	if i := formOf(tags, forms); i >= 0 {
		return forms[i], true
	}
	return forms[0], false
}

// lockstepTag returns the form of tags that name no package, where all public packages have the same version.
func lockstepTag(sources []manifest, tags []string) (form string, ok bool) {
	versions := map[string]bool{}
	for _, m := range sources {
		if m.public() {
			versions[packagejson.Text(m.Version)] = true
		}
	}
	forms := []string{"v{version}", "{version}"}
	i := formOf(tags, forms)
	if len(versions) != 1 || i < 0 {
		return "", false
	}
	return forms[i], true
}

// libraryTag returns the form that the tags of libraries have, else the one to begin with.
func libraryTag(names []spec.Name, tags []string) (form string, found bool) {
	common := namedForms("{package}")
	var forms []string
	for _, name := range names {
		forms = append(forms, namedForms(name.String())...)
	}
	if i := formOf(tags, forms); i >= 0 {
		return common[i%len(common)], true
	}
	return common[0], false
}
