package doctor

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/ci/idtoken"
	"github.com/agent-facets/facets-reconcile/internal/ci/providers"
)

// tokenFaults lists faults of the ID token itself, which concern every package. npm answers these with 401.
func (v view) tokenFaults() []Cause {
	var causes []Cause
	for _, cause := range []*Cause{v.wrongAudience(), v.foreign(), v.expired(), v.endsEarly(), v.skewed(), v.old()} {
		if cause != nil {
			causes = append(causes, *cause)
		}
	}
	return causes
}

// wrongAudience finds an audience that is not the registry's. Where the registry's is not known, it checks the form.
func (v view) wrongAudience() *Cause {
	fits := func(aud string) bool { return aud == v.audience || v.audience == "" && strings.HasPrefix(aud, "npm:") }
	if slices.ContainsFunc(v.claims.Audience, fits) {
		return nil
	}
	what := fmt.Sprintf("the ID token is for another audience (%s)", ci.List(v.claims.Audience))
	return &Cause{cmp.Or(v.provider.OwnAudience(v.claims, v.want), what), v.howToMint()}
}

func (v view) mint() string {
	return v.provider.MintCommand(cmp.Or(v.audience, "npm:<host name of the registry>"))
}

// foreign finds an ID token that another CI system issued than the trusted publisher's.
func (v view) foreign() *Cause {
	if _, known := providers.Of(v.want.Type); !known || v.claims.Issuer == "" || providers.Issued(v.provider, v.claims) {
		return nil
	}
	facts := v.provider.Facts()
	if other, ok := v.issuer(); ok {
		return &Cause{fmt.Sprintf("the job is of %s, and the state file trusts %s", other.Name, providers.Names(v.all)),
			fmt.Sprintf("publish from there; or name the job's values, too, under `trustedPublishers:` as `%s:`, then a human runs: %s",
				other.Type, v.calling.command("apply --only trust"))}
	}
	what := fmt.Sprintf("the ID token was not issued by %s, but by %s", facts.Name, v.claims.Issuer)
	if elsewhere := facts.Elsewhere; elsewhere.What != "" {
		return &Cause{what + ": " + elsewhere.What, elsewhere.Next + " (" + v.calling.command("apply --auth token") + ")"}
	}
	return &Cause{what, "run it in a " + facts.Name + " job; " + v.howToMint()}
}

// issuer returns the CI system that issued the ID token.
func (v view) issuer() (ci.Facts, bool) {
	for _, p := range providers.All() {
		if providers.Issued(p, v.claims) {
			return p.Facts(), true
		}
	}
	return ci.Facts{}, false
}

func (v view) expired() *Cause {
	if v.claims.Expires.IsZero() || v.now.Before(v.claims.Expires) {
		return nil
	}
	return &Cause{fmt.Sprintf("the ID token expired %s ago", span(v.now.Sub(v.claims.Expires))), v.howToRenew()}
}

func (v view) endsEarly() *Cause {
	if v.claims.Expires.IsZero() || v.claims.IssuedAt.IsZero() || v.claims.Expires.After(v.claims.IssuedAt) {
		return nil
	}
	return &Cause{"the ID token ends before it begins: the issuer's clock was set back, or it is not " +
		v.provider.Facts().Name + "'s own", v.howToRenew()}
}

func (v view) skewed() *Cause {
	ahead := v.claims.IssuedAt.Sub(v.now)
	if v.claims.IssuedAt.IsZero() || ahead <= clockLeeway {
		return nil
	}
	return &Cause{fmt.Sprintf("clock skew: the ID token was issued %s in the future, by this machine's clock", span(ahead)),
		"set this machine's clock; where it is right, mint the ID token anew"}
}

func (v view) old() *Cause {
	age := v.now.Sub(v.claims.IssuedAt)
	if v.claims.IssuedAt.IsZero() || age <= idtoken.AcceptedFor {
		return nil
	}
	return &Cause{fmt.Sprintf("the ID token is %s old; npm takes them for about %s, whatever their exp says",
		span(age), span(idtoken.AcceptedFor)), v.howToRenew()}
}

// howToMint says how to get an ID token for the registry.
func (v view) howToMint() string {
	if v.provider.Facts().MintsOnce {
		return "write under the job's name in the pipeline's file: " + v.mint()
	}
	return "mint one for the registry: " + v.mint()
}

// howToRenew says how to get a newer one.
func (v view) howToRenew() string {
	if v.provider.Facts().MintsOnce {
		return "publish in a job of its own that starts when all is built (`needs: [build]`), as a job gets its ID token when it starts; " +
			"to try once more, start the job again"
	}
	return "leave NPM_ID_TOKEN unset in the job, so that one is minted before each exchange, or set it just before the run: " + v.mint()
}
