package main

import (
	"net/url"
	"slices"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// readRules tells a client what takes a credential to read, and how far that goes.
func (u *setup) readRules(o *npm.Options) {
	restricted := map[spec.Name]bool{}
	for _, p := range u.state.Packages() {
		restricted[p.Name] = p.Access == spec.AccessRestricted
	}
	o.Restricted = func(name spec.Name) bool { return restricted[name] || u.unknown && !u.session.Empty() }
	if u.npmrc != nil {
		o.AlwaysAuth, o.Covers = u.npmrc.AlwaysAuth(u.registry), u.covers
	}
}

func (u *setup) anyRestricted() bool {
	return slices.ContainsFunc(u.state.Packages(), func(p desired.Package) bool { return p.Access == spec.AccessRestricted })
}

// covers tells whether .npmrc gives an address of the registry's origin the credential that it gives the registry.
func (u *setup) covers(at *url.URL) bool {
	switch {
	case !u.session.Empty():
		token, _, err := u.npmrc.Token(at)
		return err == nil && token.Reveal() == u.session.Reveal()
	case !u.basic.Empty():
		pair, _, err := u.npmrc.Basic(at)
		return err == nil && pair.Reveal() == u.basic.Reveal()
	}
	return true
}

// statuses returns who asks the registry for its own word on versions, or nil where there is nothing to ask with. As for reads,
// every credential at hand will do.
func (u *setup) statuses(client *npm.Client, exchange *actor.Exchange) observed.StatusReader {
	if len(u.want.TrustedPublishers) == 0 && !u.anyRestricted() { // no package has a token of its own
		exchange = nil
	}
	if exchange == nil && u.session.Empty() {
		return nil
	}
	return &actor.Statuses{Registry: client, Exchange: exchange, Session: u.session}
}

// reading returns a client that reads with all credentials at hand what is not shown without: a package's own token first, where
// ID tokens are to be expected.
func (u *setup) reading(client *npm.Client, exchange *actor.Exchange) *npm.Client {
	var readers []npm.Reader
	if exchange != nil && (len(u.want.TrustedPublishers) > 0 || u.anyRestricted()) { // else no package has such a token
		readers = append(readers, actor.Reading{Exchange: exchange})
	}
	if !u.session.Empty() {
		readers = append(readers, actor.Session{Token: u.session})
	} else if !u.basic.Empty() {
		readers = append(readers, actor.Basic{Pair: u.basic})
	}
	return client.ReadBy(readers...)
}
