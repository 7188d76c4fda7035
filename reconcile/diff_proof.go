package reconcile

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/ci/providers"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

const (
	// placeholders is the dist-tag of placeholders.
	placeholders spec.DistTag = "placeholder"
	// probation is how long npm keeps a trusted publisher with which nothing is published (npm/documentation#2041).
	probation = 48 * time.Hour
)

// unproven tells whether nothing was ever published with the trusted publisher of a package. That is only known of a package that holds
// nothing but its placeholder: of other versions it is not known who published them.
func (d *releaseDiff) unproven(is observed.Package) bool {
	tags := is.DistTags
	if is.HomeTags != nil {
		tags = is.HomeTags
	}
	seeded := is.Existence == observed.Reserved || is.Existence == observed.Exists && len(tags) > 0
	if !seeded || is.Trust.PublishedBy != "" {
		return false
	}
	for _, version := range tags {
		if !version.Placeholds(d.want.Placeholder) {
			return false
		}
	}
	return is.State == observed.Absent || is.State == ""
}

// proof warns of a trusted publisher that would expire before it is used. Where it is asked for, it plans the change that uses it once:
// publishing a further placeholder.
func (d *releaseDiff) proof(p *Package) {
	if !p.holds() {
		return
	}
	c, ok := p.Condition(Trusted)
	soon := slices.ContainsFunc(d.packages, func(other Package) bool {
		_, uploads := other.change(p.upload())
		return uploads && other.OnNpm() == p.OnNpm()
	})
	is := d.is[p.Name]
	if ok && !soon && slices.Contains(d.policy.Actions, Prove) && (is.Existence == observed.Missing || d.unproven(is)) {
		p.proof = newer(d.want.Placeholder, cmp.Or(is.HomeTags[placeholders], is.DistTags[placeholders])).Next()
		change := Change{Action: Prove, Actor: CI, Reason: ReasonUnproven,
			Message: fmt.Sprintf("publish the placeholder %s@%s under the dist-tag %s", p.OnNpm(), p.proof, placeholders)}
		if c.Status != True && c.Reason != ReasonOthersUnknown {
			change.block(Blocker{Name: p.Name, Condition: Trusted})
		}
		p.Changes = append(p.Changes, change)
	}
	if c.Reason == ReasonUnproven && !soon {
		d.addFinding(Unproven, Warning, p.Name, fmt.Sprintf("nothing was ever published with the trusted publisher of %s: it expires %s",
			p.OnNpm(), d.expiry(d.is[p.Name].Trust)), "release it, or keep it for now: facets-reconcile apply --only prove, in CI")
	}
}

// expiry says when a trusted publisher that was never used expires. The hours are known only where the trust API gives a creation time.
func (d *releaseDiff) expiry(t observed.Trust) string {
	var created time.Time // of the oldest
	for _, p := range d.want.TrustedPublishers.Sort(t.Publishers, providers.Supersedes).Fitting() {
		if created.IsZero() || p.Created.Before(created) {
			created = p.Created
		}
	}
	if created.IsZero() || t.At.IsZero() {
		return "two days after it was created"
	}
	left := created.Add(probation).Sub(t.At)
	if left <= 0 {
		return "about now"
	}
	return "in " + plural(int(left.Hours()), "hour", "hours")
}

func newer(a, b spec.Version) spec.Version {
	if a.Compare(b) < 0 {
		return b
	}
	return a
}
