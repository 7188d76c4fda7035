package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/checkout"
	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// world decides by the credentials who acts. With an ID token expected, a token in .npmrc is not used; a sandbox is both CI
// and human.
func (a *applying) world(
	ctx context.Context, u *setup, client *npm.Client, exchange *actor.Exchange, policy *reconcile.Policy,
) reconcile.World {
	session := actor.Session{Token: u.session}
	human := !u.session.Empty() && (exchange == nil || u.sandbox != nil)
	policy.Token = u.byToken(exchange != nil, a.auth)

	w := reconcile.World{
		Observer: u.observer(client, u.evidence(client, exchange), exchange), Clock: u.clock, Progress: u.warned(a.progress(u)),
	}
	var mayTag []actor.Credentials
	publisher := actor.Publisher{
		Registry: client, Artifacts: u.artifacts(), Address: u.address(), Log: u.log, Now: u.clock.Now,
		Compression: artifact.Compression(u.state.Spec.Compression), Workers: artifact.NewWorkers(0), Opened: &actor.Opened{},
	}
	switch {
	case exchange != nil:
		publisher.Credentials = exchange
		w.Publisher, w.Inspector, w.Precedents = publisher, publisher, actor.Precedents{Registry: client}
		mayTag = append(mayTag, exchange)
	case policy.Token:
		publisher.Credentials = session
		w.Publisher, w.Inspector = publisher, publisher
	}
	if exchange != nil {
		w.Prover = actor.Seeder{Registry: client, Credentials: exchange, Repository: u.source(), License: u.license()}
	}
	if a.verify {
		w.Verifier = publisher
	}
	if human {
		w.Seeder = actor.Seeder{Registry: client, Credentials: session, Repository: u.source(), License: u.license()}
		w.Truster = actor.Truster{Registry: client}
		w.Deprecator = actor.Deprecator{Registry: client, Credentials: session}
		policy.Session = !policy.Token // an automation's token may publish and yet list nothing
		mayTag = append(mayTag, session)
	}
	if len(mayTag) > 0 {
		w.Tagger = actor.Tagger{Registry: client, Credentials: mayTag}
	} else {
		u.log.Warn("no credentials: nobody is logged in to the registry (npm login) and there is no ID token (CircleCI)",
			"registry", u.registry.Host)
	}
	if w.Publisher != nil && u.given() == "" {
		policy.Withheld = u.withheld(ctx)
	}
	return w
}

// byToken tells whether it is a session's token that publishes here, which needs neither seeds nor trusted publishers.
func (u *setup) byToken(exchanging bool, auth string) bool {
	return !exchanging && !u.session.Empty() && (auth == "token" || len(u.want.TrustedPublishers) == 0)
}

// exchange applies --auth.
func (a *applying) exchange(u *setup, client *npm.Client) (*actor.Exchange, error) {
	switch a.auth {
	case "oidc":
		if exchange := u.exchange(client); exchange != nil {
			return exchange, nil
		}
		return nil, errors.New("--auth oidc: there is no ID token here; run it in a CircleCI job, or set NPM_ID_TOKEN")
	case "token":
		if u.session.Empty() {
			return nil, fmt.Errorf("--auth token: nobody is logged in to %s; run npm login", u.registry.Host)
		}
		return nil, nil
	}
	return u.exchange(client), nil
}

// withheld finds the releases that must not be published from this checkout: those whose tag nobody has given, and whose
// commit is not the one that is checked out.
func (u *setup) withheld(ctx context.Context) map[string]string {
	if u.source() == "" {
		return nil
	}
	head := u.head(ctx)
	why := map[string]string{}
	for _, r := range u.want.Releases {
		switch {
		case r.Version == "" || r.Commit != "" && r.Commit == head:
		case r.PinWithoutTag:
			why[r.Tag] = fmt.Sprintf("the tag %s, which does not exist: push it, or pass --tag", r.Tag)
		case head == "":
			why[r.Tag] = fmt.Sprintf("the checkout of %s (HEAD could not be read here): check it out, or pass --tag", r.Tag)
		default:
			why[r.Tag] = fmt.Sprintf("the checkout of %s (HEAD is %.12s, not its commit): check it out, or pass --tag", r.Tag, head)
		}
	}
	return why
}

// head returns the commit that is checked out, or "".
func (u *setup) head(ctx context.Context) string {
	if u.sandbox != nil {
		return u.sandbox.world.Head()
	}
	head, err := checkout.Checkout{Dir: u.root}.Head(ctx)
	if err != nil {
		u.log.Info("the commit that is checked out could not be read", "error", err)
	}
	return head
}

// address is the registry's, which a rehearsal stands in for.
func (u *setup) address() string {
	if u.sandbox != nil {
		return ""
	}
	return u.registry.String()
}

// artifacts are what the build left, and in a sandbox, stand-ins for what it did not.
func (u *setup) artifacts() actor.Artifacts {
	folder := actor.Folder{Root: u.root}
	if u.sandbox == nil {
		return folder
	}
	u.sandbox.made = &actor.StandIns{Artifacts: folder, Dir: u.sandbox.dir, Repository: u.source()}
	return u.sandbox.made
}

// mention says that stand-ins were published in the place of artifacts.
func (r *rehearsal) mention(w io.Writer) {
	if r == nil || r.made == nil {
		return
	}
	if made := r.made.Made(); len(made) > 0 {
		artifacts := "1 artifact that is"
		if len(made) > 1 {
			artifacts = fmt.Sprintf("%d artifacts that are", len(made))
		}
		_, _ = fmt.Fprintf(w, "sandbox: stand-ins took the place of %s not there: %s\n", artifacts, reconcile.Enumerate(made))
	}
}
