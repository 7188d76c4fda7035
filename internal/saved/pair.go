package saved

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// pair is a package then and now.
type pair struct {
	*comparison
	release Release
	was, is Package
}

func (p pair) unequal(what, was, is string) { p.comparison.unequal(p.was.Name, what, was, is) }

// ground compares what the changes rest on.
func (p pair) ground() {
	if p.is.Existence == observed.Unsure || p.is.State == observed.Unknown {
		problem := "it was not read"
		if p.is.problem != nil {
			problem = p.is.problem.Error()
		}
		p.unequal("what the registry shows", "readable", "not: "+problem)
		return
	}
	if p.existence() {
		p.version()
		p.distTag()
		p.trust()
	}
}

// existence compares the name, on which all else rests, and tells whether it is as it was or as planned. A seed, or a
// publish by a session, brings it about.
func (p pair) existence() bool {
	was, is := taken(p.was.Existence), taken(p.is.Existence)
	progress := was == observed.Missing && is == observed.Exists &&
		(!p.was.Asked || p.was.has(reconcile.Seed) || p.was.has(reconcile.Publish) && p.published())
	if progress || was == is {
		return true
	}
	p.unequal("its name", occupied(was), occupied(is))
	return false
}

// taken makes no difference between a name that is there and one that soon will be.
func taken(e observed.Existence) observed.Existence {
	if e == observed.Reserved {
		return observed.Exists
	}
	return e
}

func occupied(e observed.Existence) string {
	if e == observed.Exists {
		return "taken"
	}
	return strings.ToLower(string(e))
}

// published tells whether the registry has the version.
func (p pair) published() bool {
	return p.is.State == observed.Served || p.is.State.Coming()
}

func (p pair) version() {
	version := "version " + p.release.Version.String()
	switch {
	case p.was.State == observed.Absent && p.published() && (!p.was.Asked || p.was.has(reconcile.Publish)):
		if head := p.is.gitHead; head != "" && p.release.Commit != "" && head != p.release.Commit {
			p.unequal(version, "to be published from commit "+p.release.Commit, "published from commit "+head)
		}
	case p.was.State.Coming() && (p.is.State == observed.Served || p.is.State.Coming()): // as was to be expected
	case p.was.State != p.is.State:
		p.unequal(version, strings.ToLower(string(p.was.State)), strings.ToLower(string(p.is.State)))
	default:
		p.unequal("the integrity of "+version, p.was.Integrity.String(), p.is.Integrity.String())
	}
}

// distTag compares where the dist-tag points. npm has latest point at the placeholder that seeds a name.
func (p pair) distTag() {
	was, is := p.was.DistTag, p.is.DistTag
	set := is != "" && is == p.release.Version &&
		(!p.was.Asked || p.was.has(reconcile.Publish, reconcile.Tag, reconcile.Wait))
	seeded := was == "" && is != "" && is == p.release.placeholder && (!p.was.Asked || p.was.has(reconcile.Seed))
	if !set && !seeded {
		p.unequal("dist-tag "+p.release.DistTag.String(), was.String(), is.String())
	}
}

// trust compares the trusted publishers, as far as they are known. A trust that was planned brings about the desired one
// and takes others away; in between the desired one may be gone.
func (p pair) trust() {
	was, is := p.was.condition(reconcile.Trusted), p.is.condition(reconcile.Trusted)
	if was.Status == reconcile.True && is.Status == reconcile.False {
		p.unequal("its trusted publisher", was.Reason, is.Reason)
		return
	}
	planned := p.was.has(reconcile.Trust)
	if p.was.Trust == nil || p.is.Trust == nil || !p.was.Asked {
		return
	}
	if !planned {
		p.unequal("the desired trusted publisher", there(p.was.Trust.Desired), there(p.is.Trust.Desired))
	}
	lost, added := without(p.was.Trust.Others, p.is.Trust.Others), without(p.is.Trust.Others, p.was.Trust.Others)
	if len(added) > 0 || len(lost) > 0 && !planned {
		p.unequal("other trusted publishers", describe(p.was.Trust.Others), describe(p.is.Trust.Others))
	}
}

func there(b bool) string {
	if b {
		return "there"
	}
	return "not there"
}

// without returns those of all that others do not hold.
func without(all, others []spec.TrustedPublisher) []spec.TrustedPublisher {
	return slices.DeleteFunc(slices.Clone(all), func(p spec.TrustedPublisher) bool {
		return slices.ContainsFunc(others, p.Same)
	})
}

// describe names trusted publishers by what tells them apart for a reader: "circleci (org-id …, project-id …)".
func describe(publishers []spec.TrustedPublisher) string {
	var all []string
	for _, p := range publishers {
		var claims []string
		for _, d := range p.Differences(spec.TrustedPublisher{Permissions: p.Permissions}) {
			claims = append(claims, fmt.Sprintf("%s %s", spec.ShortClaim(d.Claim), strings.Join(d.Have, " ")))
		}
		all = append(all, fmt.Sprintf("%s (%s)", p.Type, strings.Join(claims, ", ")))
	}
	slices.Sort(all)
	return strings.Join(all, " and ")
}

// changes compares what is to be done, where what that rests on tells of no difference.
func (p pair) changes() {
	for _, c := range p.was.Changes {
		if c.Action == reconcile.Publish && !p.is.has(reconcile.Publish) && !p.published() {
			p.unequal(string(c.Action), planned(c), "not: "+p.is.condition(reconcile.Published).Reason)
		}
	}
	for _, c := range p.is.Changes {
		i := slices.IndexFunc(p.was.Changes, func(was Change) bool { return was.Action == c.Action })
		switch {
		case i < 0 && p.follows(c.Action):
		case i < 0:
			p.unequal(string(c.Action), "not planned", planned(c))
		case c.Action == reconcile.Publish:
			p.unequal(string(c.Action), planned(p.was.Changes[i]), planned(c))
		}
	}
}

// follows tells whether a change that the plan did not have comes of those that it had, or of knowing more than it did.
// What the plan did not have is left undone in any case, but for the dist-tag of what it had published.
func (p pair) follows(a reconcile.Action) bool {
	switch a {
	case reconcile.Wait:
		return p.was.has(reconcile.Publish)
	case reconcile.Tag:
		return p.was.has(reconcile.Publish, reconcile.Wait)
	}
	return a == reconcile.Trust
}

func planned(c Change) string { return fmt.Sprintf("planned (%s, by %s)", c.Reason, c.Actor) }
