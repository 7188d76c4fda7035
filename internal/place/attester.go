package place

import (
	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/ci/idtoken"
	"github.com/agent-facets/facets-reconcile/internal/provenance/sigstore"
)

// The variables that name a Sigstore other than the public one.
const (
	variableFulcio = "FACETS_FULCIO_URL"
	variableRekor  = "FACETS_REKOR_URL"
)

// signing is what provenance is made with.
type signing struct {
	lookup ci.Lookup // the variables of the CI job
	with   idtoken.Options
	at     sigstore.Options
	// unwanted is what of npm's configuration wants no provenance; "": nothing does.
	unwanted string
}

// newAttester returns who makes the provenance of what is published here.
func (c *Connection) newAttester() (*actor.Attester, error) {
	with := c.signing.with
	with.Issuer, with.Audience, with.Minted, with.Now = c.Provider, sigstore.Audience, true, c.Clock.Now
	at := c.signing.at
	at.UserAgent = c.options.UserAgent
	signer, err := sigstore.New(at)
	if err != nil {
		return nil, err
	}
	_, inJob := c.Provider.Job(with.Env)
	return &actor.Attester{
		System: c.Provider, InJob: inJob, IDTokens: idtoken.NewSource(with), Lookup: c.signing.lookup, Signer: signer,
		Packages: c.Client, Unwanted: c.signing.unwanted, Log: c.Log,
	}, nil
}
