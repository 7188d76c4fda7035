package sandbox

import (
	"cmp"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Options shape a World. Only Dir and Repository are needed.
type Options struct {
	Dir        string                   // where the state stays between processes; made when missing
	Repository string                   // the project on GitHub, "owner/name"
	Tags       func() ([]string, error) // asked, of a new world, for the git tags that it starts with; nil: none

	// Claims go into every ID token of CircleCI, by their full names (circleci.ClaimOrganization, …). What is missing of those that a
	// trusted publisher can ask for is filled in, always the same for one Repository.
	Claims map[string]any
	// Jobs are the world's own jobs, by kind: what is said of them holds for every job that says nothing else.
	Jobs map[string]Job
	// OnlyHosted refuses the ID tokens of GitHub's and GitLab's self-hosted runners. npm's documentation says that npm does.
	OnlyHosted bool
	// IDTokenAge is how old an ID token may be when it is exchanged: 5 minutes if zero, as npm does.
	IDTokenAge time.Duration

	// ScanDelay is the time from accepting a version to serving it, and of a staged one until it can be approved; nil means none.
	ScanDelay func(spec.Name, spec.Version) time.Duration
	// ApprovalDelay is the time from approving a staged version to serving it; nil means none. What npm's is, is not known.
	ApprovalDelay func(spec.Name, spec.Version) time.Duration
	// TagsBeforeServed lets the dist-tags route name versions that are not served yet. Whether npm does is not known.
	TagsBeforeServed bool
	// OIDCDistTags lets exchanged tokens change dist-tags. npm's client tries that, and users report that the registry refuses it
	// (DataDog/dd-trace-js#9100), so a rehearsal does not promise it.
	OIDCDistTags bool
	// NoStatus refuses to tell the status of a version, as npm does for packages for which that is not enabled.
	NoStatus bool
	// Foreign tells which packages and vacant names are somebody else's, scopes included: this world's sessions may write
	// none of them. nil means none.
	Foreign func(spec.Name) bool
	// PrivatePackages says that the account has a plan for restricted packages. Without it what would make one is refused,
	// a scope's first publish that says no access included, which npm takes for restricted.
	PrivatePackages bool
	// Reads tells which restricted packages a user's sessions may read; nil means all that are not Foreign.
	Reads func(user string, name spec.Name) bool
	// Spam tells which new names the registry's spam filter refuses; nil means none.
	Spam func(spec.Name) bool

	// ShowTrustCreated lets the trust API tell when a trusted publisher was created. Whether npm does is not known.
	ShowTrustCreated bool
	// TrustLimit is the number of trusted publishers that a package may have: 10 if zero, as on npm.
	TrustLimit int
	// ConfirmedListing asks for a second factor also to list trusted publishers. Whether npm does is not known.
	ConfirmedListing bool
	// NoSecondFactor lets sessions write without one.
	NoSecondFactor bool
	// SecondFactorWindow is how long after an approval no further one is asked for: 5 minutes if zero; negative means
	// that every call is asked anew.
	SecondFactorWindow time.Duration

	// Middleware wraps everything served, for faults. Requests records what it made of them.
	Middleware func(http.Handler) http.Handler
	Now        func() time.Time // time.Now if nil
	Log        *slog.Logger     // nothing is logged if nil
}

const (
	defaultTrustLimit   = 10
	defaultIDTokenAge   = 5 * time.Minute
	defaultConfirmation = 5 * time.Minute
)

// World is npm, GitHub, and the CI systems that npm trusts, for one project. It is safe for concurrent use.
type World struct {
	handler  http.Handler
	requests *requests
	registry *registry
	github   *github
	issuers  *issuers
	sigstore *sigstore
	origin   atomic.Pointer[string] // where the world was served first
}

// Open opens the world in a folder and makes it when there is none. A folder that holds something else is refused.
func Open(o Options) (*World, error) {
	if owner, name, ok := strings.Cut(o.Repository, "/"); !ok || owner == "" || name == "" || strings.Contains(name, "/") {
		return nil, fmt.Errorf("opening a sandbox: the repository %q is not of the form owner/name", o.Repository)
	}
	o = o.withDefaults()
	root := folder(o.Dir)
	err := root.open(func() error {
		tags, err := o.Tags()
		if err != nil {
			return err
		}
		return root.addTags(tags, false)
	})
	if err != nil {
		return nil, fmt.Errorf("opening the sandbox %q: %w", o.Dir, err)
	}
	w := &World{
		requests: &requests{now: o.Now},
		github:   &github{folder: root, repository: o.Repository},
	}
	w.issuers = newIssuers(o, w.github.head())
	w.sigstore = newSigstore(o, w.issuers)
	w.registry = &registry{options: o, folder: root, issuers: w.issuers, credentials: newCredentials(o), sigstore: w.sigstore}
	w.handler = http.HandlerFunc(w.route)
	if o.Middleware != nil {
		w.handler = o.Middleware(w.handler)
	}
	w.handler = w.requests.record(w.handler)
	return w, nil
}

func (o Options) withDefaults() Options {
	none := func(spec.Name, spec.Version) time.Duration { return 0 }
	if o.ScanDelay == nil {
		o.ScanDelay = none
	}
	if o.ApprovalDelay == nil {
		o.ApprovalDelay = none
	}
	if o.Foreign == nil {
		o.Foreign = func(spec.Name) bool { return false }
	}
	if o.Tags == nil {
		o.Tags = func() ([]string, error) { return nil, nil }
	}
	if o.Spam == nil {
		o.Spam = func(spec.Name) bool { return false }
	}
	if o.Reads == nil {
		o.Reads = func(string, spec.Name) bool { return true }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.TrustLimit = cmp.Or(o.TrustLimit, defaultTrustLimit)
	o.IDTokenAge = cmp.Or(o.IDTokenAge, defaultIDTokenAge)
	o.SecondFactorWindow = cmp.Or(o.SecondFactorWindow, defaultConfirmation)
	o.Log = cmp.Or(o.Log, slog.New(slog.DiscardHandler))
	return o
}

// Handler serves the world; see the package's comment for the layout.
func (w *World) Handler() http.Handler { return w.handler }

// Session returns a human's session token, as npm login would leave it in .npmrc. It is good for this process only.
func (w *World) Session() spec.Secret { return w.registry.credentials.first }

// IDTokenOf mints an ID token as a CI system does for a job of its own.
func (w *World) IDTokenOf(job Job, audience string) (spec.Secret, error) {
	i, err := w.issuers.of(job.Kind)
	if err != nil {
		return spec.Secret{}, fmt.Errorf("minting an ID token: %w", err)
	}
	return i.mint(job, audience)
}

// Audience is what the registry expects as aud of ID tokens when it is reached at 127.0.0.1: "npm:" and the host name
// without the port, as npm's own client has it.
func (w *World) Audience() string { return audience("127.0.0.1") }

// Head returns the commit that all tags point at.
func (w *World) Head() string { return w.github.head() }

// Tag adds a git tag. One that is there already stays as it is.
func (w *World) Tag(name string) error { return w.github.folder.tag(name, false) }
