package place

import (
	"context"
	"fmt"

	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/ci/providers"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// Actors returns who acts, by the credentials at hand. What nobody here may do has no actor. Where an ID token is expected, a token in
// .npmrc is not used. With verify, what is served already is compared with the artifacts.
func (c *Connection) Actors(verify bool) reconcile.World {
	w := reconcile.World{Observer: c.Observer(c.Evidence()), Clock: c.Clock}
	session := actor.Session{Token: c.session}
	seeder := actor.Seeder{Registry: c.Client, Repository: c.Source(), License: license(c.Root())}
	publisher := c.publisher()
	if c.HasSession() {
		publisher.Stages = c.Client.Silent()
	}
	var mayTag []actor.Credentials
	if c.Exchange != nil {
		seeder.Credentials, publisher.Credentials = c.Exchange, c.Exchange
		w.Publisher, w.Attester, w.Inspector, w.Precedents = publisher, publisher, publisher, actor.Precedents{Registry: c.Client}
		w.Prover = seeder
		mayTag = append(mayTag, c.Exchange)
	} else if c.ByToken() {
		publisher.Credentials = session
		w.Publisher, w.Attester, w.Inspector = publisher, publisher, publisher
	}
	if verify {
		w.Verifier = publisher
	}
	if c.HasSession() {
		seeder.Credentials = session
		w.Seeder, w.Truster = seeder, actor.Truster{Registry: c.Client}
		w.Deprecator = actor.Deprecator{Registry: c.Client, Credentials: session}
		w.Settler = actor.Settler{Registry: c.Client}
		w.Approver = actor.Approver{Registry: c.Client}
		w.Reviewer = &actor.Reviews{From: actor.Reviewer{
			Registry: c.Client, Artifacts: c.Artifacts, Compression: publisher.Compression, Workers: publisher.Workers,
		}}
		mayTag = append(mayTag, session)
	}
	if len(mayTag) > 0 {
		w.Tagger = actor.Tagger{Registry: c.Client, Credentials: mayTag}
	} else {
		c.Log.Warn(fmt.Sprintf("no credentials: nobody is logged in to the registry (npm login) and there is no ID token (%s)",
			providers.Names(c.State.TrustedPublishers())), "registry", c.Registry.Host)
	}
	return w
}

func (c *Connection) publisher() actor.Publisher {
	return actor.Publisher{
		Registry: c.Client, Artifacts: c.Artifacts, Address: c.address, Log: c.Log, Now: c.Clock.Now,
		Compression: artifact.Compression(c.State.Spec.Compression), Workers: artifact.NewWorkers(0), Opened: &actor.Opened{},
		Attester: c.attester,
	}
}

// Inspector returns who judges artifacts before anything is published; nil where that was not asked for. A rehearsal always does it.
func (c *Connection) Inspector(asked bool) reconcile.Inspector {
	if !asked && !c.BothRoles {
		return nil
	}
	i := actor.Inspector{
		Artifacts: c.Artifacts, Registry: c.Client, Address: c.address, Direct: !c.ByToken(), Now: c.Clock.Now, Log: c.Log,
	}
	if c.Exchange != nil {
		i.Source = func(ctx context.Context, what reconcile.Publication, publishConfig map[string]any) string {
			return c.attester.Repository(ctx, what, publishConfig, c.Exchange)
		}
	}
	return i
}
