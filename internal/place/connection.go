package place

import (
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/ci/providers"
	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/report/advice"
	"github.com/agent-facets/facets-reconcile/observed"
)

// Connection is a client of the place's registry, with the credentials that it may use.
type Connection struct {
	*Place
	// Client has all credentials at hand; it reads with them what is not shown without.
	Client *npm.Client
	// Exchange is the way from ID tokens to credentials; nil where no ID token is to be expected.
	Exchange *actor.Exchange
	attester *actor.Attester
	auth     string
}

// Connecting says how a connection is to be made.
type Connecting struct {
	Auth         string            // auto, oidc (ID tokens only) or token (the session's only); "": auto
	SecondFactor *npm.SecondFactor // nil: nobody is there to pass it
	Patience     time.Duration     // the longest Retry-After that the client sits out by itself; 0: its own
	NoIDTokens   bool
}

// Connect makes a client of the registry. Nothing is asked yet.
func (p *Place) Connect(how Connecting) (*Connection, error) {
	o := npm.Options{
		Registry: p.Registry, UserAgent: p.options.UserAgent, Log: p.Log, Session: p.session, SecondFactor: how.SecondFactor,
		Patience: how.Patience, Advise: advice.On,
	}
	p.readRules(&o)
	p.Clock.limit(&o)
	client, err := npm.New(o)
	if err != nil {
		return nil, err
	}
	p.clients = append(p.clients, client)
	c := &Connection{Place: p, auth: how.Auth}
	trusted := p.State.TrustedPublishers()
	switch expected := p.IDTokens.Available() && (!p.BothRoles || len(trusted) > 0); { // with both, the state file tells which publishes
	case how.Auth == "token" && p.session.Empty():
		return nil, fmt.Errorf("--auth token: nobody is logged in to %s; run npm login", p.Registry.Host)
	case how.Auth == "oidc" && !expected:
		return nil, fmt.Errorf("--auth oidc: there is no ID token here; run it in a %s job, or set NPM_ID_TOKEN", providers.Names(trusted))
	case expected && how.Auth != "token" && !how.NoIDTokens:
		c.Exchange = &actor.Exchange{
			Registry: client.ReadBy(p.sessions()...), IDTokens: p.IDTokens, Want: trusted, Now: p.Clock.Now,
		}
	}
	c.Client = client.ReadBy(append(c.tokens(), p.sessions()...)...)
	c.attester, err = c.newAttester()
	return c, err
}

// ReadsWithoutIDTokens tells whether reading works without ID tokens here: the job may have none, and nothing needs one to be read. A
// publish is then refused with what the job's definition lacks.
func (p *Place) ReadsWithoutIDTokens() bool { return !p.IDTokens.Permitted() && !p.AnyRestricted() }

// tokens returns the readers that use each package's own token; none where no package has one.
func (c *Connection) tokens() []npm.Reader {
	if c.Exchange == nil || len(c.Exchange.Want) == 0 && !c.AnyRestricted() {
		return nil
	}
	return []npm.Reader{actor.Reading{Exchange: c.Exchange}}
}

// sessions returns the readers that use the login in .npmrc.
func (p *Place) sessions() []npm.Reader {
	switch {
	case !p.session.Empty():
		return []npm.Reader{actor.Session{Token: p.session}}
	case !p.basic.Empty():
		return []npm.Reader{actor.Basic{Pair: p.basic}}
	}
	return nil
}

// HasSession tells whether the token of a human or of an automation acts here.
func (c *Connection) HasSession() bool {
	return !c.session.Empty() && (c.BothRoles || c.auth == "token" || !c.IDTokens.Available())
}

// ByToken tells whether versions are published with the session's token, which needs neither seeds nor trusted publishers.
func (c *Connection) ByToken() bool {
	return c.Exchange == nil && !c.session.Empty() && (c.auth == "token" || len(c.State.TrustedPublishers()) == 0)
}

// Observer returns who reads what is. trust, which tells about trusted publishers, may be nil.
func (c *Connection) Observer(trust observed.TrustReader) observed.Observer {
	o := observed.Observer{
		Registry: c.Client, Veil: c.Client, Trust: trust, Status: c.statuses(), Numbers: c.Client, Deprecations: c.Client,
		Concurrency: c.options.Concurrency,
	}
	if c.HasSession() { // npm lists what is staged to humans only
		o.Stages = c.Client
	}
	return o
}

// Evidence returns who can tell about trusted publishers without asking a human; nil where the state file wants none.
func (c *Connection) Evidence() observed.TrustReader {
	if len(c.State.TrustedPublishers()) == 0 {
		return nil
	}
	e := actor.Evidence{Exchange: c.Exchange, Now: c.Clock.Now}
	if c.HasSession() {
		e.Session = c.Client
	}
	return e
}

// statuses returns who asks the registry for the status of versions; nil where there is no credential for it. Any credential will do, as
// for reads.
func (c *Connection) statuses() observed.StatusReader {
	exchange := c.Exchange
	if len(c.tokens()) == 0 {
		exchange = nil
	}
	if exchange == nil && c.session.Empty() {
		return nil
	}
	return &actor.Statuses{Registry: c.Client, Exchange: exchange, Session: c.session}
}

// readRules tells a client which packages need a credential to be read, and to which addresses that credential may go.
func (p *Place) readRules(o *npm.Options) {
	restricted := map[spec.Name]bool{}
	for _, pkg := range p.State.Packages() {
		restricted[pkg.OnNpm()] = pkg.Access == spec.AccessRestricted
	}
	o.Restricted = func(name spec.Name) bool { return restricted[name] || p.Draft && !p.session.Empty() }
	if p.npmrc != nil {
		o.AlwaysAuth, o.Covers = p.npmrc.AlwaysAuth(p.Registry), p.covers
	}
}

// AnyRestricted tells whether the state file has packages that need a credential to be read.
func (p *Place) AnyRestricted() bool { return anyRestricted(p.State) }

func anyRestricted(state *desired.State) bool {
	return slices.ContainsFunc(state.Packages(), func(p desired.Package) bool { return p.Access == spec.AccessRestricted })
}

// covers tells whether .npmrc gives this address, which is on the registry's origin, the same credential as the registry.
func (p *Place) covers(at *url.URL) bool {
	switch {
	case !p.session.Empty():
		token, _, err := p.npmrc.Token(at)
		return err == nil && token.Reveal() == p.session.Reveal()
	case !p.basic.Empty():
		pair, _, err := p.npmrc.Basic(at)
		return err == nil && pair.Reveal() == p.basic.Reveal()
	}
	return true
}
