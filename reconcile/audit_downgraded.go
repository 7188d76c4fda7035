package reconcile

import (
	"fmt"

	"github.com/agent-facets/facets-reconcile/internal/ci/providers"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

const noDowngrade = "installers with a no-downgrade policy (pnpm: trustPolicy) may refuse it"

// downgraded finds packages whose version under the release's dist-tag was published in a weaker way than an earlier version, as by a
// token after a trusted publisher. It compares only what the audit has read: of an entry and its platforms its editions, of a library
// the version before.
func (a *audit) downgraded(h observed.History) {
	tag := a.release.DistTag
	a.weaker(h.Trail, tag)
	current := a.is[h.Name].DistTags[tag]
	trails := map[spec.Name][]observed.Component{}
	var order []spec.Name
	for _, e := range h.Editions { // highest first
		if e.Version.Compare(current) > 0 || e.Version.Prerelease() && !current.Prerelease() {
			continue
		}
		for _, c := range append([]observed.Component{e.Component}, e.Platforms...) {
			if trails[c.Name] == nil && e.Version == current {
				order = append(order, c.Name)
			}
			if e.Version == current || trails[c.Name] != nil {
				trails[c.Name] = append(trails[c.Name], c)
			}
		}
	}
	for _, name := range order {
		a.weaker(trails[name], tag)
	}
}

// weaker compares the first version of a trail with the strongest of those before it.
func (a *audit) weaker(trail []observed.Component, tag spec.DistTag) {
	if len(trail) == 0 || trail[0].State != observed.Served {
		return
	}
	judged, best := trail[0], trail[0]
	for _, c := range trail[1:] {
		earlier := c.Version.Compare(judged.Version) < 0 || c.Home != "" && c.Version != judged.Version // the editions come highest first
		if c.State == observed.Served && earlier && c.Standing > best.Standing {
			best = c
		}
	}
	if best.Standing == judged.Standing {
		return
	}
	next := fmt.Sprintf("release the next version by its trusted publisher: apply in its pipeline, not with --auth token; %s stays as it is",
		judged.Version)
	if judged.Standing == spec.ByTrustedPublisher {
		next = a.withoutProvenance() + "where it was given up on purpose, accept this under spec.accept and tell who installs " +
			"by such a policy to exclude it; else release from where it is made"
	}
	a.addFinding(TrustDowngraded, Warning, judged.Name, judged.Version, fmt.Sprintf("%s (%s) was published %s, and %s %s: %s",
		judged.On(), tag, judged.Standing, best.Version, best.Standing, noDowngrade), next)
}

// withoutProvenance names whose jobs make none, among those that are trusted.
func (a *audit) withoutProvenance() string {
	for _, want := range a.want.TrustedPublishers {
		if p, ok := providers.Of(want.Type); ok && p.Facts().NoProvenance {
			return p.Facts().Name + " makes no provenance: "
		}
	}
	return "it has no provenance: "
}

// overTrusted warns, before anything is sent, that a token would publish a version after one that was published in a stronger way.
func (d *releaseDiff) overTrusted(p Package) {
	before := d.is[p.Name].Before
	if !d.policy.Token || before == nil || before.Standing == spec.ByToken {
		return
	}
	d.addFinding(TrustDowngraded, Warning, p.Name,
		fmt.Sprintf("%s is to be published with a token, and %s was published %s: %s",
			p.ID(), before.Version, before.Standing, noDowngrade),
		fmt.Sprintf("release it by its trusted publisher, in the pipeline of %s, without --auth token", d.release.Tag))
}
