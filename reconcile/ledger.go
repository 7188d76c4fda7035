package reconcile

import (
	"maps"
	"sync"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
)

// record is what this process did about one change. It is evidence that reading alone cannot give, and what keeps a change
// from being made twice.
type record struct {
	change    Change
	accepted  bool           // the registry said that it has it
	ours      bool           // … because this process sent it
	pending   bool           // … and has not published it: it is being scanned, or staged
	burnt     bool           // the registry said that the number is
	integrity spec.Integrity // of what was sent
	at        time.Time      // when the attempt ended
	look      int            // the last one before it
	tries     int            // that ended, this one included
	again     time.Time      // when the registry wants to be asked again; zero: not at all
}

// ledger holds the records of one run.
type ledger struct {
	mu       sync.Mutex
	records  map[key]record
	findings []Finding // of what was compared
	needs    map[spec.Name]Needs
}

// need keeps what the artifact of a package needs.
func (l *ledger) need(name spec.Name, needs Needs) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.needs == nil {
		l.needs = map[spec.Name]Needs{}
	}
	l.needs[name] = needs
}

func (l *ledger) needed() map[spec.Name]Needs {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.needs)
}

func (l *ledger) note(k key, r record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.records == nil {
		l.records = map[key]record{}
	}
	l.records[k] = r
}

func (l *ledger) find(f Finding) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.findings = append(l.findings, f)
}

func (l *ledger) look(k key) (record, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r, ok := l.records[k]
	return r, ok
}

// query asks for a package with the evidence that the ledger has.
func (l *ledger) query(name spec.Name, version spec.Version) observed.Query {
	seed, _ := l.look(key{Seed, name, ""})
	published, _ := l.look(key{Publish, name, version})
	return observed.Query{
		Name: name, Version: version, Integrity: published.integrity, Accepted: published.ours, Taken: published.accepted,
		Seeded: seed.accepted || published.accepted,
	}
}
