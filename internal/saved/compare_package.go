package saved

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// pair is a package as the plan recorded it, and as it is now.
type pair struct {
	*comparison
	release Release
	was, is Package
}

func (p pair) unequal(what, was, is string) { p.comparison.unequal(p.was.Name, what, was, is) }

// compareReadings compares what was read of the package, on which its changes rest.
func (p pair) compareReadings() {
	if p.is.Existence == observed.Unsure || p.is.State == observed.Unknown {
		problem := "it was not read"
		if p.is.problem != nil {
			problem = p.is.problem.Error()
		}
		p.unequal("what the registry shows", "readable", "not: "+problem)
		return
	}
	if p.compareExistence() {
		p.compareVersion()
		p.compareDistTag()
		p.compareTrust()
	}
}

// compareExistence compares whether the name exists, and tells whether that is as it was or as planned. Everything else about the package
// depends on it. A seed creates the name, and so does a publish with a session's token.
func (p pair) compareExistence() bool {
	was, is := withoutReserved(p.was.Existence), withoutReserved(p.is.Existence)
	progress := was == observed.Missing && is == observed.Exists &&
		(!p.was.InScope || p.was.has(reconcile.Seed) || p.was.has(reconcile.Publish) && p.published())
	if progress || was == is {
		return true
	}
	p.unequal("its name", occupied(was), occupied(is))
	return false
}

// withoutReserved counts a name that is reserved as one that exists: it soon will.
func withoutReserved(e observed.Existence) observed.Existence {
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

// held tells whether the registry holds the version for approval, or scans it before that.
func (p pair) held() bool {
	return p.is.State == observed.Staged || p.is.State == observed.Validating
}

func (p pair) compareVersion() {
	version := "version " + p.release.Version.String()
	switch {
	case p.was.State == observed.Absent && p.published() && (!p.was.InScope || p.was.has(reconcile.Publish)):
		if head := p.is.gitHead; head != "" && p.release.Commit != "" && head != p.release.Commit {
			p.unequal(version, "to be published from commit "+p.release.Commit, "published from commit "+head)
		}
	case p.was.State == observed.Absent && p.held() && p.was.has(reconcile.Stage),
		p.was.State == observed.Validating && p.is.State == observed.Staged,
		p.was.State == observed.Staged && p.published() && p.was.has(reconcile.Approve),
		p.was.State == observed.Staged && p.is.State == observed.Absent && p.was.has(reconcile.Reject): // as was to be expected
	case p.was.State.Coming() && (p.is.State == observed.Served || p.is.State.Coming()): // as was to be expected
	case p.was.State != p.is.State:
		p.unequal(version, strings.ToLower(string(p.was.State)), strings.ToLower(string(p.is.State)))
	default:
		p.unequal("the integrity of "+version, p.was.Integrity.String(), p.is.Integrity.String())
	}
}

// compareDistTag compares where the dist-tag points. A seed moves it, too: npm points latest at the first version of a name.
func (p pair) compareDistTag() {
	was, is := p.was.DistTag, p.is.DistTag
	set := is != "" && is == p.release.Version &&
		(!p.was.InScope || p.was.has(reconcile.Publish, reconcile.Approve, reconcile.Tag, reconcile.Wait))
	seeded := was == "" && is != "" && is == p.release.placeholder && (!p.was.InScope || p.was.has(reconcile.Seed))
	if !set && !seeded {
		p.unequal("dist-tag "+p.release.DistTag.String(), was.String(), is.String())
	}
}

// compareTrust compares the trusted publishers, as far as they are known. A planned trust adds the desired one and removes others; if it
// was interrupted, the desired one may be missing.
func (p pair) compareTrust() {
	was, is := p.was.condition(reconcile.Trusted), p.is.condition(reconcile.Trusted)
	if was.Status == reconcile.True && is.Status == reconcile.False {
		p.unequal("its trusted publisher", was.Reason, is.Reason)
		return
	}
	planned := p.was.has(reconcile.Trust)
	if p.was.Trust == nil || p.is.Trust == nil || !p.was.InScope {
		return
	}
	if !planned {
		p.unequal("the desired trusted publisher", presence(p.was.Trust.Desired), presence(p.is.Trust.Desired))
	}
	lost, added := without(p.was.Trust.Others, p.is.Trust.Others), without(p.is.Trust.Others, p.was.Trust.Others)
	if len(added) > 0 || len(lost) > 0 && !planned {
		p.unequal("other trusted publishers", describe(p.was.Trust.Others), describe(p.is.Trust.Others))
	}
}

func presence(b bool) string {
	if b {
		return "there"
	}
	return "not there"
}

// without returns the elements of all that are not in others.
func without(all, others []spec.TrustedPublisher) []spec.TrustedPublisher {
	return slices.DeleteFunc(slices.Clone(all), func(p spec.TrustedPublisher) bool {
		return slices.ContainsFunc(others, p.Same)
	})
}

// describe names trusted publishers by the claims that tell them apart: "circleci (org-id …, project-id …)".
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

// compareChanges compares what has to be done. It is called where the readings do not differ.
func (p pair) compareChanges() {
	for _, c := range p.was.Changes {
		sent := p.published() || c.Action == reconcile.Stage && p.held()
		if reconcile.KindOf(c.Action).Uploads && !p.is.has(c.Action) && !sent {
			p.unequal(string(c.Action), planned(c), "not: "+p.is.condition(reconcile.Published).Reason)
		}
	}
	for _, c := range p.is.Changes {
		i := slices.IndexFunc(p.was.Changes, func(was Change) bool { return was.Action == c.Action })
		switch {
		case i < 0 && p.follows(c.Action):
		case i < 0:
			p.unequal(string(c.Action), "not planned", planned(c))
		case reconcile.KindOf(c.Action).Uploads:
			p.unequal(string(c.Action), planned(p.was.Changes[i]), planned(c))
		}
	}
}

// follows tells whether a change that was not in the plan follows from the planned ones, or from knowing more now. Such a change does not
// make the plan stale, and still is not made, as nobody has approved it; only the dist-tag of a version that the plan published is.
func (p pair) follows(a reconcile.Action) bool {
	switch a {
	case reconcile.Wait:
		return p.was.has(reconcile.Publish, reconcile.Stage, reconcile.Approve)
	case reconcile.Approve:
		return p.was.has(reconcile.Stage, reconcile.Wait)
	case reconcile.Tag:
		return p.was.has(reconcile.Publish, reconcile.Approve, reconcile.Wait)
	}
	return a == reconcile.Trust
}

func planned(c Change) string { return fmt.Sprintf("planned (%s, by %s)", c.Reason, c.Actor) }
