package initial

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/ci/providers"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

const librariesGroup = "libraries"

// Draft is a state file in the making.
type Draft struct {
	State desired.State // as far as it could be found out
	Notes []string      // what was left out or is a guess, one sentence each, for whoever goes on with the file

	publishers []ci.Draft // the trusted publishers that the pipelines' files speak of
	blank      []string   // the form of one, where they speak of none
}

// newDraft begins the file of a project; repository is on GitHub ("owner/repo"), or "". Elsewhere tells whether it is known to be somewhere
// else.
func newDraft(name, repository string, elsewhere bool) Draft {
	d := Draft{State: desired.State{APIVersion: desired.APIVersion, Kind: desired.Kind}}
	d.State.Metadata.Name = slug(name)
	switch {
	case repository != "":
		d.State.Spec.Source = &desired.Source{GitHub: repository}
		repository = "github.com/" + repository
	case elsewhere:
		d.note("the repository is not on GitHub, whose tags alone can be looked up: give each release its --tag")
	default:
		d.note("the repository on GitHub could not be told: fill in spec.source, or give each release its --tag")
	}
	d.blank = providers.All()[0].Blank(ci.Project{Repository: repository})
	return d
}

func (d *Draft) note(format string, args ...any) {
	d.Notes = append(d.Notes, fmt.Sprintf(format, args...))
}

// YAML returns the content of the file, which is valid. An error means that something found makes no state file.
func (d Draft) YAML() ([]byte, error) {
	data := render(d)
	_, err := desired.Parse(data, "what was found")
	var invalid *desired.InvalidError
	if errors.As(err, &invalid) {
		for i := range invalid.Problems {
			invalid.Problems[i].Position = desired.Position{} // of a file that there is not
		}
	}
	if err != nil {
		return nil, fmt.Errorf("what was found makes no valid state file, so none is written:\n%w", err)
	}
	return data, nil
}

// slug makes a name of a-z, 0-9 and '-' of anything; it may be "".
func slug(name string) string {
	return strings.Trim(regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(name), "-"), "-")
}

// family are the platform packages of one entry: their names begin alike.
type family struct {
	prefix string
	names  []spec.Name // in the order of the names that they were found among
}

// form is the state file's pattern of their names.
func (f family) form() string { return f.prefix + "{target}" }

func (f family) target(name spec.Name) string { return strings.TrimPrefix(name.String(), f.prefix) }

// familyAmong finds the platform packages among names: the largest set that begins alike, one of which at least tells both
// operating system and processor.
func familyAmong(names []spec.Name) (best family) {
	families, telling := map[string]*family{}, map[string]bool{}
	for _, name := range names {
		prefix, target, ok := desired.TargetIn(name)
		if !ok {
			continue
		}
		if families[prefix] == nil {
			families[prefix] = &family{prefix: prefix}
		}
		families[prefix].names = append(families[prefix].names, name)
		telling[prefix] = telling[prefix] || len(desired.Target{Name: target}.Missing()) == 0
	}
	for prefix, f := range families {
		larger := len(f.names) > len(best.names) || len(f.names) == len(best.names) && prefix < best.prefix
		if telling[prefix] && larger {
			best = *f
		}
	}
	return best
}
