package initial

import (
	"context"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// tagged are the tags of an entry's repository on GitHub.
type tagged struct {
	repository string // "" where it is not known
	read       func(repository string) (desired.TagLister, error)
}

// find returns the first of the forms of which there is a tag of the version; "" where there is none.
func (t tagged) find(ctx context.Context, version spec.Version, forms []string) (string, error) {
	lister, err := t.read(t.repository)
	for _, form := range forms {
		if err != nil {
			return "", err
		}
		var found []desired.Tag
		wanted := strings.ReplaceAll(form, "{version}", version.String())
		if found, err = lister.Tags(ctx, wanted); slices.ContainsFunc(found, func(t desired.Tag) bool { return t.Name == wanted }) {
			return form, nil
		}
	}
	return "", err
}

// has tells whether there is a tag, as far as it can be found out.
func (t tagged) has(ctx context.Context, tag string) bool {
	found, err := t.find(ctx, "", []string{tag})
	return err == nil && found != ""
}

// tagOf finds the form of the tag that released the entry.
func (d *Draft) tagOf(ctx context.Context, from tagged, entry spec.Manifest) string {
	const usual = "v{version}"
	guess := func(why string) string {
		d.note("the form of the tags is a guess: %s%s; what is served is then --tag v%s", usual, why, entry.Version)
		return usual
	}
	if from.repository == "" {
		return guess("")
	}
	forms := append(entryForms(entry.Name), looseForms()...)
	switch form, err := from.find(ctx, entry.Version, forms); {
	case err != nil:
		return guess("; " + err.Error())
	case form == "":
		return guess("; " + from.repository + " has none that says " + entry.Version.String())
	default:
		return form
	}
}
