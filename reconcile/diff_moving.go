package reconcile

import (
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/ci/providers"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// A project that moves from one CI system to another has, for some time, the trusted publishers of both: the new one is added, and the old
// one stays until a version was published with the new one. Until then nobody knows whether its values are right, as npm checks none.

// moving says what takes the place of what.
func moving(moved []spec.TrustedPublisher, want spec.TrustedPublisher) string {
	return "the project moves: " + titles(moved) + " → " + providers.Title(want)
}

// left tells what becomes of those that the project moves away from, beside the desired trusted publisher that is there; "" where there are
// none.
func (d *releaseDiff) left(c Condition, t observed.Trust) string {
	want := d.want.TrustedPublishers
	if c.Status != True || !t.Listed {
		return ""
	}
	moved := providers.Moved(want, want.Sort(t.Publishers, providers.Supersedes).Others)
	switch {
	case len(moved) == 0:
		return ""
	case proven(want, t):
		return "a version was published with it, so this is not needed any more: " + titles(moved)
	case d.policy.Prune:
		return "not needed any more: " + titles(moved)
	}
	return "until a version was published with it, this stays: " + titles(moved)
}

// proven tells whether the version was published with the one desired trusted publisher.
func proven(want spec.TrustedPublishers, t observed.Trust) bool {
	return len(want) == 1 && t.PublishedBy == want[0].Type && Proof{want, t.PublishedBy, t.With}.Holds(t.Publishers)
}

func titles(all []spec.TrustedPublisher) string {
	names := make([]string, len(all))
	for i, p := range all {
		names[i] = providers.Title(p)
	}
	return strings.Join(names, ", ")
}
