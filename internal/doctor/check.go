package doctor

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/circleci"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Status is the outcome of looking at one thing.
type Status string

// The statuses.
const (
	OK      Status = "ok"
	Wrong   Status = "wrong"
	Unknown Status = "unknown" // cannot be told from here
)

// Check is one line of the comparison of an ID token with what it should say.
type Check struct {
	Name    string `json:"name"` // of the claim, without CircleCI's prefix: iss, aud, exp, iat, org-id, …
	Status  Status `json:"status"`
	Have    string `json:"have"`
	Want    string `json:"want"`
	Message string `json:"message"` // what the difference means; empty where there is none
	Next    string `json:"next"`    // what to do; empty where there is nothing to do
}

// clockLeeway is how far two clocks may be apart without anybody minding.
const clockLeeway = 30 * time.Second

// Compare compares an ID token with the audience that the registry asks for, the time, and the trusted publisher that is
// wanted, line by line. Of the contexts the token may have more than wanted.
func (s Symptoms) Compare(claims circleci.Claims) []Check {
	v := s.viewOf(claims)
	checks := []Check{v.aud(), v.exp(), v.iat()}
	if v.want.Type == spec.CircleCI {
		checks = append([]Check{v.iss()}, checks...)
	}
	if len(s.Want) > 1 {
		checks = append(checks, s.which(claims))
	}
	differ := map[string]spec.ClaimDifference{}
	for _, d := range claims.Differences(v.want) {
		differ[d.Claim] = d
	}
	for _, claim := range wanted(v.want) {
		c := Check{Name: short(claim), Status: OK, Have: list(claims.Job.Values(claim)), Want: list(v.want.Claims.Values(claim))}
		switch _, differs := differ[claim]; {
		case differs:
			c.Status = Wrong
			cause := v.difference(claim)
			c.Message, c.Next = cause.What, cause.Next
		case claim == spec.ClaimVCSOrigin && c.Have != c.Want:
			c.Status, c.Message = Unknown, "it differs in upper and lower case only; whether the registry minds is not known"
		}
		checks = append(checks, c)
	}
	return append(checks, v.ssh())
}

// wanted lists the claims of a trusted publisher, the widest first.
func wanted(want spec.TrustedPublisher) []string {
	order := []string{spec.ClaimOrganization, spec.ClaimProject, spec.ClaimPipelineDefinition, spec.ClaimContexts, spec.ClaimVCSOrigin}
	var others []string
	for claim := range want.Claims {
		if !slices.Contains(order, claim) && claim != spec.ClaimSSHRerun {
			others = append(others, claim)
		}
	}
	slices.Sort(others)
	return slices.DeleteFunc(append(order, others...), func(claim string) bool { return len(want.Claims.Values(claim)) == 0 })
}

// view is an ID token seen at a time, against what it should be.
type view struct {
	claims   circleci.Claims
	audience string                 // "": not known
	want     spec.TrustedPublisher  // of all, the one to which the ID token is nearest
	all      spec.TrustedPublishers // that are wanted
	now      time.Time
	calling  Calling
	taken    bool // it was exchanged for another package, so that the machine it is used on is no reason
}

func (v view) iss() Check {
	c := Check{Name: "iss", Status: OK, Have: v.claims.Issuer, Want: issuerBase + " or a path of it"}
	if v.claims.Issuer == "" {
		c.Status, c.Have, c.Message = Unknown, "none", "the ID token does not say who issued it"
	}
	c.fault(v.foreign())
	return c
}

func (v view) aud() Check {
	c := Check{Name: "aud", Status: OK, Have: list(v.claims.Audience), Want: v.audience}
	c.fault(v.wrongAudience())
	return c
}

func (v view) exp() Check {
	c := Check{Name: "exp", Status: OK, Have: v.moment(v.claims.Expires), Want: "in the future"}
	if v.claims.Expires.IsZero() {
		c.Status, c.Message = Unknown, "the ID token does not say when it ends"
	}
	c.fault(v.endsEarly())
	c.fault(v.expired())
	return c
}

func (v view) iat() Check {
	c := Check{Name: "iat", Status: OK, Have: v.moment(v.claims.IssuedAt), Want: fmt.Sprintf("at most %s ago", span(circleci.AcceptedFor))}
	if v.claims.IssuedAt.IsZero() {
		c.Status, c.Message = Unknown, "the ID token does not say when it was issued"
	}
	c.fault(v.skewed())
	c.fault(v.old())
	return c
}

func (v view) ssh() Check {
	c := Check{Name: "ssh-rerun", Status: OK, Have: "false", Want: "false"}
	switch {
	case v.claims.SSHRerun():
		c.Have = "true"
	case v.claims.Job[spec.ClaimSSHRerun] == nil:
		c.Status, c.Have, c.Message = Unknown, "none", "the ID token does not say whether the job was rerun with SSH"
	}
	c.fault(v.rerun())
	return c
}

// fault makes the check fail for a cause, if there is one.
func (c *Check) fault(cause *Cause) {
	if cause != nil {
		c.Status, c.Message, c.Next = Wrong, cause.What, cause.Next
	}
}

// moment writes a time and how far it is from now.
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

// span writes a duration as "5m", "1h12m" or "40s".
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

func short(claim string) string {
	_, name, ok := strings.Cut(claim, "/")
	if !ok {
		return claim
	}
	return name
}

func list(values []string) string {
	if len(values) == 0 {
		return "none"
	}
	return strings.Join(slices.Sorted(slices.Values(values)), ", ")
}
