package reconcile

import (
	"context"
	"slices"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// noteUnprovenDirect names, before the first version of a release is sent, the packages of which nothing shows that they may be published
// directly. npm exchanges the ID token also for a trusted publisher that may only stage, and refuses the upload. The note stops nothing.
func (r *run) noteUnprovenDirect(ctx context.Context, packages []Package) {
	if r.world.Precedents == nil {
		return
	}
	unsure := filter(packages, func(p Package) bool {
		release := r.progress(p.Name).release
		_, mine := p.change(Publish)
		return mine && release.preflight == nil && release.authorized && !r.permitted(p.Name)
	})
	unproven := make([]bool, len(unsure))
	r.sideBySide(len(unsure), func(i int) {
		provider, err := r.world.Precedents.PublishedBy(ctx, unsure[i].OnNpm(), r.tagsOnNpm(unsure[i]))
		unproven[i] = err == nil && provider == "" // what cannot be read is no reason to warn, and none to stop
	})
	var names []string
	for i, p := range unsure {
		if name := string(p.OnNpm()); unproven[i] && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 || ctx.Err() != nil {
		return
	}
	slices.Sort(names)
	r.world.emit(Event{Type: Noted, Action: Publish, Count: len(names),
		Message: "direct publishing is unproven for " + Enumerate(names) + ": the ID token is exchanged also for a trusted publisher " +
			"that may only stage, and nothing was published by one yet"})
}

// tagsOnNpm are all dist-tags of the package's home.
func (r *run) tagsOnNpm(p Package) map[spec.DistTag]spec.Version {
	if all := r.snapshot[p.Name].HomeTags; all != nil {
		return all
	}
	return p.DistTags
}

// permitted tells whether it is known that the package may be published directly: by the list of its trusted publishers, or because an
// ID token published this version.
func (r *run) permitted(name spec.Name) bool {
	t := r.snapshot[name].Trust
	return t.PublishedBy != "" || t.Listed && slices.ContainsFunc(r.want.TrustedPublishers,
		func(want spec.TrustedPublisher) bool { return want.Among(t.Publishers) != nil })
}
