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
	inspected     bool          // its artifacts were looked at
	authorized    bool          // it was asked whether its packages may be published
	authorization authorization // of the last time that this got no answer
	preflight     error         // what its preflight found: nothing of it is published
}

// mayPublish tells whether nothing that a preflight found, or may find yet, keeps the release from being published.
func (r *releaseProgress) mayPublish(now time.Time) bool {
	return r.preflight == nil && !now.Before(r.authorization.again)
}

// authorization is an attempt to ask whether a release may be published that got no answer for some of its packages.
type authorization struct {
	tries int
	pause time.Duration // that the registry asked for
	again time.Time
	why   map[spec.Name]error // it got none, by package
}

func (a *authorization) postpone(name spec.Name, err error) {
	a.pause = max(a.pause, delay(err), hiccup)
	if a.why == nil {
		a.why = map[spec.Name]error{}
	}
	a.why[name] = err
}

// packageProgress is what a run knows of a package beyond what the registry shows.
type packageProgress struct {
	release  *releaseProgress
	servedAt time.Time    // when its version was first seen to be served; zero: never
	highest  spec.Version // that the release's dist-tag has pointed at
	failures int          // how often in a row it could not be read
	verified bool         // what is served was compared with the artifact

	needsRead bool // the artifact was read only for what it needs, as another node publishes it

	mu       sync.Mutex // several changes of a package are made side by side
	attempts map[Action]attempt
	needs    Needs     // of its artifact
	findings []Finding // of its artifact
}

// newProgress returns the records of all packages and of their releases.
func newProgress(releases []desired.Release) map[spec.Name]*packageProgress {
	packages := map[spec.Name]*packageProgress{}
	for _, release := range releases {
		progress := &releaseProgress{}
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

// last returns the last attempt at an action; an empty one where there was none.
func (p *packageProgress) last(a Action) attempt {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.attempts[a]
}

func (p *packageProgress) record(a attempt) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.attempts == nil {
		p.attempts = map[Action]attempt{}
	}
	p.attempts[a.change.Action] = a
}

func (p *packageProgress) find(f Finding) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.findings = append(p.findings, f)
}

func (p *packageProgress) setNeeds(needs Needs) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.needs = needs
}

// see takes note of what an observation shows that began then.
func (p *packageProgress) see(is observed.Package, began time.Time, unreadable bool) {
	if p.servedAt.IsZero() && is.State == observed.Served {
		p.servedAt = began
	}
	if unreadable {
		p.failures++
	} else {
		p.failures = 0
	}
}

// tagLags tells whether this run set the dist-tag, by publishing or by itself, so recently that it may not show yet. It shows no earlier
// than the version.
func (p *packageProgress) tagLags(now time.Time) bool {
	return p.last(Publish).lags(now, p.servedAt) || p.last(Tag).lags(now, p.servedAt)
}

// query asks for a package with the evidence of this run.
func (p *packageProgress) query(name spec.Name, version spec.Version) observed.Query {
	published := p.last(Publish)
	return observed.Query{
		Name: name, Version: version, Integrity: published.integrity, Accepted: published.ours(), Taken: published.accepted(),
		Seeded: p.last(Seed).accepted() || published.accepted(),
	}
}
