package reconcile

import (
	"sync"
	"time"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// releaseProgress is what a run knows of a release beyond what the registry shows.
type releaseProgress struct {
	staged        bool          // its versions are held for approval
	inspected     bool          // its artifacts were read
	authorized    bool          // the registry was asked whether its packages may be published
	authorization authorization // what was left open when the registry, or who signs provenance, last gave no answer
	preflight     error         // why nothing of it is published; nil: nothing found so far
}

// mayPublish tells whether the preflight has found nothing against the release, and has no answer left to wait for.
func (r *releaseProgress) mayPublish(now time.Time) bool {
	return r.preflight == nil && !now.Before(r.authorization.again)
}

// authorization is what is open when nobody answered whether some packages of a release may be published, or can have the provenance that
// they need.
type authorization struct {
	tries int
	pause time.Duration       // how long they are left alone
	again time.Time           // when they are asked again
	what  string              // what is waited for
	why   map[spec.Name]error // why there was no answer, by package
}

// askAgain keeps what was left open.
func (r *releaseProgress) askAgain(a authorization, what string, now time.Time) {
	a.what, a.again = what, now.Add(a.pause)
	r.authorization = a
}

func (a *authorization) postpone(name spec.Name, pause time.Duration, err error) {
	a.pause = max(a.pause, pause)
	if a.why == nil {
		a.why = map[spec.Name]error{}
	}
	a.why[name] = err
}

// packageProgress is what a run knows of a package beyond what the registry shows.
type packageProgress struct {
	release  *releaseProgress
	servedAt time.Time    // when its version was first seen to be served; zero: never
	highest  spec.Version // the highest version that the release's dist-tag has pointed at in this run
	failures int          // how many readings in a row have failed
	verified bool         // what is served was compared with the artifact

	needsRead bool // the artifact was read only for what it needs, as another node publishes it

	mu       sync.Mutex // several changes of a package are made side by side
	attempts map[Action]attempt
	needs    Needs     // what its artifact needs
	review   Reviewed  // of what is staged
	missed   string    // the ID of what was listed as staged, and was gone when it was to be read
	findings []Finding // what is wrong with its artifact

	unattested error // why it was last sent without the provenance that it would have had; nil: it had it, or was to have none
}

// newProgress returns the records of all packages and of their releases.
func newProgress(releases []desired.Release) map[spec.Name]*packageProgress {
	packages := map[spec.Name]*packageProgress{}
	for _, release := range releases {
		progress := &releaseProgress{staged: release.Staged}
		for _, p := range release.Packages {
			packages[p.Name] = &packageProgress{release: progress}
		}
	}
	return packages
}

// progress returns the record of a package; an empty one of a package that is not declared.
func (r *run) progress(name spec.Name) *packageProgress {
	if p, ok := r.packages[name]; ok {
		return p
	}
	return &packageProgress{release: &releaseProgress{}}
}

// lastAttempt returns the last attempt at an action; an empty one where there was none.
func (p *packageProgress) lastAttempt(a Action) attempt {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.attempts[a]
}

func (p *packageProgress) recordAttempt(a attempt) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.attempts == nil {
		p.attempts = map[Action]attempt{}
	}
	p.attempts[a.change.Action] = a
}

func (p *packageProgress) addFinding(f Finding) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.findings = append(p.findings, f)
}

func (p *packageProgress) setUnattested(why error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.unattested = why
}

func (p *packageProgress) setNeeds(needs Needs) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.needs = needs
}

func (p *packageProgress) setReview(review Reviewed, needs Needs) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.review = review; len(needs) > 0 {
		p.needs = needs
	}
}

// miss remembers that a staged version was gone when it was to be read. It tells whether that is new: if not, the registry lists a
// version that it does not give, and another look would not help.
func (p *packageProgress) miss(id string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	fresh := p.missed != id
	p.missed = id
	return fresh
}

// recordObservation records what an observation shows that began at the given time.
func (p *packageProgress) recordObservation(is observed.Package, began time.Time, unreadable bool) {
	if p.servedAt.IsZero() && is.State == observed.Served {
		p.servedAt = began
	}
	if unreadable {
		p.failures++
	} else {
		p.failures = 0
	}
}

// tagLags tells whether this run has set the dist-tag so recently, with a publish or alone, that it may not show yet. It shows no earlier
// than the version does.
func (p *packageProgress) tagLags(now time.Time) bool {
	return p.publicAttempt().lags(now, p.servedAt) || p.lastAttempt(Tag).lags(now, p.servedAt)
}

// uploadAttempt returns the last attempt to send the version, publicAttempt the last one to make it public.
func (p *packageProgress) uploadAttempt() attempt {
	if p.release.staged {
		return p.lastAttempt(Stage)
	}
	return p.lastAttempt(Publish)
}

func (p *packageProgress) publicAttempt() attempt {
	if p.release.staged {
		return p.lastAttempt(Approve)
	}
	return p.lastAttempt(Publish)
}

// query returns the query for a package, with the evidence of this run: reading alone would not show an accepted version.
func (p *packageProgress) query(name spec.Name, version spec.Version) observed.Query {
	sent, public := p.uploadAttempt(), p.publicAttempt()
	return observed.Query{
		Name: name, Version: version, Integrity: sent.integrity, Accepted: public.ours(), Taken: public.accepted(),
		Seeded: p.lastAttempt(Seed).accepted() || sent.accepted(),
		Staged: p.release.staged, Held: p.release.staged && sent.accepted() && !p.lastAttempt(Reject).accepted(),
	}
}
