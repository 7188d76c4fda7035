package doctor

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/ci/idtoken"
	"github.com/agent-facets/facets-reconcile/internal/ci/providers"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Status is the result of one check.
type Status string

// The statuses.
const (
	OK      Status = "ok"
	Wrong   Status = "wrong"
	Unknown Status = "unknown" // cannot be told from here
)

// Check is one line of the comparison between an ID token and what it should say.
type Check struct {
	Name    string `json:"name"` // of the claim, without the provider's prefix: iss, aud, exp, iat, org-id, …
	Status  Status `json:"status"`
	Have    string `json:"have"`
	Want    string `json:"want"`
	Message string `json:"message"` // what the difference means; empty where there is none
	Next    string `json:"next"`    // what to do; empty where there is nothing to do
}

// clockLeeway is how much two clocks may differ without a warning.
const clockLeeway = 30 * time.Second

// Compare compares an ID token line by line with the audience that the registry asks for, the time, and the wanted trusted publisher. The
// token may have more contexts than are wanted.
func (s Symptoms) Compare(claims ci.Claims) []Check {
	v := s.viewOf(claims)
	checks := []Check{v.aud(), v.exp(), v.iat()}
	if _, known := providers.Of(v.want.Type); known {
		checks = append([]Check{v.iss()}, checks...)
	}
	if len(s.Want) > 1 {
		checks = append(checks, s.whichPublisher(claims))
	}
	if _, known := v.issuer(); known && v.foreign() != nil {
		return checks // its claims have other names
	}
	differ := map[string]spec.ClaimDifference{}
	for _, d := range v.provider.Differences(claims, v.want) {
		differ[d.Claim] = d
	}
	compared := v.provider.Compared(claims, v.want)
	for _, claim := range v.wanted() {
		have, want := compared.Job.Values(claim), v.want.Claims.Values(claim)
		c := Check{Name: spec.ShortClaim(claim), Status: OK, Have: ci.List(have), Want: ci.List(want)}
		switch _, differs := differ[claim]; {
		case differs:
			c.Status = Wrong
			cause := v.difference(claim)
			c.Message, c.Next = cause.What, cause.Next
		case slices.Contains(v.provider.Facts().Cased, claim) && c.Have != c.Want:
			c.Status, c.Message = Unknown, "it differs in upper and lower case only; whether the registry minds is not known"
		}
		checks = append(checks, c)
	}
	return append(checks, v.bars()...)
}

// wanted returns the names of the trusted publisher's claims, the widest first.
func (v view) wanted() []string {
	order := v.provider.Facts().Order
	var others []string
	for claim := range v.want.Claims {
		isBar := func(b ci.Bar) bool { return b.Claim == claim }
		if !slices.Contains(order, claim) && !slices.ContainsFunc(v.provider.Bars(v.claims), isBar) {
			others = append(others, claim)
		}
	}
	slices.Sort(others)
	return slices.DeleteFunc(slices.Concat(order, others), func(claim string) bool { return len(v.want.Claims.Values(claim)) == 0 })
}

// view is an ID token at a certain time, together with what it should be.
type view struct {
	claims   ci.Claims
	provider ci.Provider            // by whose rules they are judged
	audience string                 // "": not known
	want     spec.TrustedPublisher  // of all, the one to which the ID token is nearest
	all      spec.TrustedPublishers // that are wanted
	now      time.Time
	calling  Calling
	taken    bool // it was exchanged for another package, so the machine is no cause
}

func (v view) iss() Check {
	c := Check{Name: "iss", Status: OK, Have: v.claims.Issuer, Want: v.provider.Facts().Issuer + " or a path of it"}
	if v.claims.Issuer == "" {
		c.Status, c.Have, c.Message = Unknown, "none", "the ID token does not say who issued it"
	}
	c.fail(v.foreign())
	return c
}

func (v view) aud() Check {
	c := Check{Name: "aud", Status: OK, Have: ci.List(v.claims.Audience), Want: v.audience}
	c.fail(v.wrongAudience())
	return c
}

func (v view) exp() Check {
	c := Check{Name: "exp", Status: OK, Have: v.moment(v.claims.Expires), Want: "in the future"}
	if v.claims.Expires.IsZero() {
		c.Status, c.Message = Unknown, "the ID token does not say when it ends"
	}
	c.fail(v.endsEarly())
	c.fail(v.expired())
	return c
}

func (v view) iat() Check {
	c := Check{Name: "iat", Status: OK, Have: v.moment(v.claims.IssuedAt), Want: fmt.Sprintf("at most %s ago", span(idtoken.AcceptedFor))}
	if v.claims.IssuedAt.IsZero() {
		c.Status, c.Message = Unknown, "the ID token does not say when it was issued"
	}
	c.fail(v.skewed())
	c.fail(v.old())
	return c
}

func (v view) bars() []Check {
	var checks []Check
	for _, bar := range v.provider.Bars(v.claims) {
		c := Check{Name: spec.ShortClaim(bar.Claim), Status: OK, Have: bar.Have, Want: bar.Want}
		if bar.Untold != "" {
			c.Status, c.Message = Unknown, bar.Untold
		}
		c.fail((*Cause)(bar.Cause))
		checks = append(checks, c)
	}
	return checks
}

// fail makes the check fail for a cause; nil changes nothing.
func (c *Check) fail(cause *Cause) {
	if cause != nil {
		c.Status, c.Message, c.Next = Wrong, cause.What, cause.Next
	}
}

// moment returns a time, and how far it is from now.
func (v view) moment(t time.Time) string {
	if t.IsZero() {
		return "none"
	}
	distance := "in " + span(t.Sub(v.now))
	if !t.After(v.now) {
		distance = span(v.now.Sub(t)) + " ago"
	}
	return t.UTC().Format(time.RFC3339) + ", " + distance
}

// span returns a duration as "5m", "1h12m" or "40s".
func span(d time.Duration) string {
	s := d.Round(time.Second).String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
