package doctor

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/ci/providers"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// configured judges a package by its list of trusted publishers, which a human's session can read.
func (s Symptoms) configured(p *Package, want spec.TrustedPublishers, t observed.Trust) {
	p.Evidence = ByTrustAPI
	var lines []string
	for _, l := range s.view().lacking(want, t) {
		line := l.line
		if len(s.Want) > 1 {
			line = providers.Title(l.want) + ": " + line
		}
		lines = append(lines, line)
	}
	switch {
	case len(lines) > 0:
		p.Message, p.Causes = strings.Join(lines, "; "), s.view().listed(want, t)
	case len(want) > 1:
		p.Status, p.Message = OK, fmt.Sprintf("the %d wanted trusted publishers are configured", len(want))
	default:
		p.Status, p.Message = OK, "the wanted trusted publisher is configured"
	}
}

// lack is a wanted trusted publisher that is missing.
type lack struct {
	want        spec.TrustedPublisher
	line        string                 // says what is there instead
	differences []spec.ClaimDifference // between it and the nearest one that is there; none where there is none
	stages      bool                   // it is there, but without the permission to publish
}

func (v view) lacking(want spec.TrustedPublishers, t observed.Trust) []lack {
	sorted := want.Sort(t.Publishers, providers.Supersedes)
	var free []spec.TrustedPublisher // that are not wanted themselves
	for _, p := range t.Publishers {
		if !slices.ContainsFunc(v.all, func(w spec.TrustedPublisher) bool { return w.Among([]spec.TrustedPublisher{p}) != nil }) {
			free = append(free, p)
		}
	}
	var all []lack
	for _, m := range sorted.Missing() {
		l := lack{want: m.Want, line: "no " + m.Want.Type + " trusted publisher is configured"}
		at := nearest(m.Want, free)
		switch {
		case at == nil && len(v.all) > 1:
			l.line = "not configured"
		case at == nil:
		case at.MayOnlyStage(m.Want):
			l.line, l.stages = "the trusted publisher may only stage", true
		default:
			l.differences = at.Differences(m.Want)
			l.line = "another trusted publisher is configured: " + reconcile.Differences(l.differences)
		}
		all = append(all, l)
	}
	return all
}

// nearest returns the trusted publisher that differs least from the wanted one, or nil. Those of other providers do not count.
func nearest(want spec.TrustedPublisher, among []spec.TrustedPublisher) *spec.TrustedPublisher {
	var best *spec.TrustedPublisher
	for i, p := range among {
		if p.Type == want.Type && (best == nil || len(p.Differences(want)) < len(best.Differences(want))) {
			best = &among[i]
		}
	}
	return best
}

// listed explains, by the list of trusted publishers, why none matches.
func (v view) listed(want spec.TrustedPublishers, trust observed.Trust) []Cause {
	var causes []Cause
	for _, l := range v.lacking(want, trust) {
		c := Cause{"the package has no " + l.want.Type + " trusted publisher", v.calling.trust()}
		switch {
		case l.stages:
			c = v.onlyStages()
		case len(l.differences) > 0:
			c = Cause{"the package's trusted publisher differs from the state file: " + reconcile.Differences(l.differences),
				"a human replaces it: " + v.calling.asHuman("apply --only trust")}
		case len(v.all) > 1:
			c.What = "the package lacks the trusted publisher " + providers.Title(l.want)
		}
		causes = append(causes, c)
	}
	switch {
	case len(causes) > 0:
		return causes
	case len(v.jobDifferences()) > 0:
		return nil
	case v.taken:
		return []Cause{v.expiredPublisher()}
	}
	return []Cause{v.expiredPublisher(), v.runner()}
}

// whichPublisher tells to which of several wanted trusted publishers the ID token belongs.
func (s Symptoms) whichPublisher(claims ci.Claims) Check {
	var fit, not []string
	for i, want := range s.Want {
		at := fmt.Sprintf("trustedPublishers[%d]", i)
		var differ []string
		for _, d := range providers.For(claims, want).Differences(claims, want) {
			differ = append(differ, spec.ShortClaim(d.Claim))
		}
		if len(differ) == 0 {
			fit = append(fit, at)
		} else {
			not = append(not, fmt.Sprintf("not %s: %s", at, strings.Join(differ, ", ")))
		}
	}
	c := Check{Name: "publisher", Status: OK, Want: fmt.Sprintf("one of the state file's %d", len(s.Want)),
		Have: strings.Join(append(fit, not...), "; ")}
	if len(fit) == 0 {
		c.Status, c.Message = Wrong, "the ID token is of none of the state file's trusted publishers; below it is compared with the nearest"
	}
	return c
}
