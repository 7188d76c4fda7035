package desired

import (
	"slices"
	"strconv"

	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Publishing is how a group's versions get published.
type Publishing string

// The ways to publish, as the state file writes them.
const (
	PublishDirect Publishing = "direct" // at once; so it is where nothing is said
	PublishStaged Publishing = "staged" // the registry holds them until a human approves them
)

// validate checks the way to publish, which may be left out.
func (p Publishing) validate(at *field.Path) problemList {
	known := []Publishing{PublishDirect, PublishStaged}
	if p == "" || slices.Contains(known, p) {
		return nil
	}
	return problemList{field.NotSupported(at, p, known)}
}

// direct returns the groups that publish directly, by their names as they are quoted. One whose way is not known is left out: a human has
// to say first what is meant.
func (s Spec) direct() (groups []string) {
	for _, g := range s.Groups {
		if g.Publish == "" || g.Publish == PublishDirect {
			groups = append(groups, strconv.Quote(g.Name))
		}
	}
	return groups
}

func publishingSchema() node {
	return node{"description": "Whether its versions are published at once, or held by npm until a human approves them; direct if not said.",
		"enum": []Publishing{PublishDirect, PublishStaged}, "default": PublishDirect}
}
