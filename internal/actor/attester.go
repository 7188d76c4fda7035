package actor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"

	"golang.org/x/sync/singleflight"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/ci/idtoken"
	"github.com/agent-facets/facets-reconcile/internal/ci/providers"
	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/provenance"
	"github.com/agent-facets/facets-reconcile/internal/provenance/sigstore"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// Attester makes the provenance of what is published, under the conditions under which npm makes it.
type Attester struct {
	System   ci.Provider // in whose job this runs
	InJob    bool
	IDTokens IDTokens // for Sigstore
	Lookup   ci.Lookup
	Signer   *sigstore.Signer
	Packages Visibility
	Unwanted string       // what of npm's configuration wants no provenance; "": nothing does
	Log      *slog.Logger // nil: nothing is logged

	probes  singleflight.Group // so that all packages that ask at the same time share one answer
	reached atomic.Bool        // Sigstore has answered
}

// Visibility tells who may read a package.
type Visibility interface {
	Public(ctx context.Context, name spec.Name, with npm.Credential) (bool, error)
}

// unattestable is why a version can have no provenance, and what to do about it.
type unattestable struct{ ci.Cause }

func (u unattestable) Error() string {
	return u.What + ": " + u.Next + ", or write `provenance: auto` in the state file, which publishes without"
}

// attested is what the provenance of a version says of this job, and the ID token that it is signed by.
type attested struct {
	provenance.Origin
	idToken spec.Secret
}

// job returns what the provenance of a version says of this job. Its error says why there is none; a *reconcile.Unwanted that there could
// be some, and that somebody wants none. PublishConfig is that of its package.json.
func (a *Attester) job(
	ctx context.Context, what reconcile.Publication, publishConfig map[string]any, credentials Credentials,
) (attested, error) {
	job, err := a.able(ctx, what, credentials)
	if a.usual(err) || ctx.Err() != nil {
		return attested{}, err
	}
	if by := a.unwanted(publishConfig); by != "" {
		return attested{}, &reconcile.Unwanted{By: by}
	}
	return job, err
}

// unwanted says who wants no provenance; "" for nobody. For npm the package's own word comes first, and what is signed is public for good,
// so that no is a no also where npm 12 makes it all the same: an ID token lets it forget publishConfig (its lib/utils/oidc.js).
func (a *Attester) unwanted(publishConfig map[string]any) string {
	switch publishConfig["provenance"] {
	case false, "false":
		return "provenance: false in publishConfig of its package.json"
	case true:
		return ""
	}
	return a.Unwanted
}

// able is job, whatever anybody wants.
func (a *Attester) able(ctx context.Context, what reconcile.Publication, credentials Credentials) (attested, error) {
	attestant, ok := a.attestant()
	_, exchanged := credentials.(*Exchange)
	switch {
	case what.Release.Provenance == desired.ProvenanceOff:
		return attested{}, errUnwanted
	case what.Release.Provenance != desired.ProvenanceRequired && !exchanged: // as npm
		return attested{}, errUnwanted
	case !ok:
		return attested{}, unattestable{ci.Cause{Next: "publish from one of these",
			What: a.where() + ", and npm takes provenance from jobs of GitHub Actions and GitLab CI/CD alone"}}
	}
	token, err := a.IDTokens.Token(ctx)
	if err != nil {
		return attested{}, &sigstore.Error{Party: sigstore.IDToken, Err: err}
	}
	if !providers.Issued(a.System, token.Claims) {
		return attested{}, unattestable{ci.Cause{What: fmt.Sprintf("the ID token is issued by %s, and npm takes provenance of those of %s alone",
			token.Claims.Issuer, a.System.Facts().Issuer), Next: "publish from there"}}
	}
	if cause := attestant.Unattestable(token.Claims); cause != nil {
		return attested{}, unattestable{*cause}
	}
	public, err := a.public(ctx, what, credentials)
	switch {
	case err != nil:
		return attested{}, fmt.Errorf("it could not be told whether everybody may read %s, as npm wants of what has provenance: %w",
			what.Name(), err)
	case !public:
		return attested{}, unattestable{ci.Cause{What: string(what.Name()) + " is not public, and npm takes provenance of public packages alone",
			Next: "make it public, or write `access: public` in the state file where nothing of it is served yet"}}
	}
	origin, err := attestant.Origin(a.Lookup)
	return attested{origin, token.Secret}, err
}

var errUnwanted = errors.New("provenance is not wanted")

// usual tells whether an error of job is how things are, so that there is nothing to tell. GitLab's job that asks for no ID token for
// Sigstore does not want any, to npm; one whose ID token is of no use does.
func (a *Attester) usual(err error) bool {
	_, never := errors.AsType[unattestable](err)
	_, unasked := errors.AsType[*ci.NoToken](err)
	return never || errors.Is(err, errUnwanted) || unasked && a.System.Facts().MintsOnce
}

// Repository is the one that the provenance of a version will state; "" where it gets none.
func (a *Attester) Repository(
	ctx context.Context, what reconcile.Publication, publishConfig map[string]any, credentials Credentials,
) string {
	job, err := a.job(ctx, what, publishConfig, credentials)
	if err != nil {
		return ""
	}
	return job.Repository
}

func (a *Attester) attestant() (ci.Attestant, bool) {
	if a == nil || !a.InJob {
		return nil, false
	}
	attestant, ok := a.System.(ci.Attestant)
	return attestant, ok
}

func (a *Attester) where() string {
	if a == nil || !a.InJob {
		return "this is no CI job"
	}
	return "this is a job of " + a.System.Facts().Name
}

// public tells whether everybody may read the package, or could once it is published.
func (a *Attester) public(ctx context.Context, what reconcile.Publication, credentials Credentials) (bool, error) {
	if what.First {
		return what.Package.Access != spec.AccessRestricted, nil
	}
	credential, err := credentials.For(ctx, what.Name())
	if err != nil && ctx.Err() == nil { // then nothing can be published, and who is to publish it says why
		return true, nil
	}
	public, err := a.Packages.Public(ctx, what.Name(), credential)
	if errors.Is(err, spec.ErrNotFound) { // to npm it is private then, too, unless said otherwise: what is signed is public for good
		return what.Package.Access == spec.AccessPublic, nil
	}
	return public, err
}

// attestable makes sure that a version can have the provenance that the state file requires.
func (a *Attester) attestable(ctx context.Context, what reconcile.Publication, credentials Credentials) error {
	if what.Release.Provenance != desired.ProvenanceRequired {
		return nil
	}
	_, err := a.job(ctx, what, nil, credentials) // what package.json says, the rules compare
	if err == nil {
		err = a.reach(ctx)
	}
	switch {
	case err != nil && passing(err):
		return fmt.Errorf("publishing %s@%s: %w: %w", what.Name(), what.Version(), reconcile.ErrUnsigned, err)
	case err != nil:
		next := ""
		if _, wished := errors.AsType[*reconcile.Unwanted](err); wished {
			next = ": take that out, or write `provenance: auto` in the state file, which then publishes without"
		}
		return fmt.Errorf("%s@%s needs provenance (provenance: required), and can have none: %w%s", what.Name(), what.Version(), err, next)
	}
	return nil
}

// reach looks whether Sigstore answers, so that a release does not begin which cannot end.
func (a *Attester) reach(ctx context.Context) error {
	if a.reached.Load() {
		return nil
	}
	_, err, _ := a.probes.Do("", func() (any, error) { return nil, a.Signer.Probe(ctx) })
	if err == nil {
		a.reached.Store(true)
	}
	return err
}

// passing tells whether there was no provenance because of trouble that may pass.
func passing(err error) bool {
	return sigstore.Passing(err) || npm.Passing(err) || idtoken.Passing(err)
}

func (a *Attester) log(message string, arguments ...any) {
	if a != nil && a.Log != nil {
		a.Log.Info(message, arguments...)
	}
}
