package fault

import (
	"net/http"
	"sync"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// edition is one version of one package.
type edition struct {
	name    spec.Name
	version spec.Version
}

// sightings remembers when each edition was first seen.
type sightings struct {
	mu    sync.Mutex
	first map[edition]time.Time
}

func (s *sightings) since(e edition, now time.Time) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.first == nil {
		s.first = map[edition]time.Time{}
	}
	if _, seen := s.first[e]; !seen {
		s.first[e] = now
	}
	return s.first[e]
}

// hidden keeps versions out of manifests and packuments.
type hidden struct {
	*rule
	seen sightings
}

func newHidden(u *rule) effect { return &hidden{rule: u} }

func (h *hidden) serve(rw http.ResponseWriter, q question, next http.Handler) {
	a, doc := read(q, next)
	hides := func(version spec.Version) bool {
		return h.covers(q.name, version) && h.lasts(h.seen.since(edition{q.name, version}, h.layer.now()))
	}
	if doc == nil || !h.past() || !shows(q, doc, hides) || !h.take() {
		a.send(rw, q.Request)
		return
	}
	h.layer.hit(h.rule, q.Request)
	withhold(rw, q, a, doc, hides, nil)
}

// shows tells whether a manifest or packument shows a version that has to be hidden.
func shows(q question, doc document, hides func(spec.Version) bool) bool {
	if q.operation == Manifest {
		version, _ := doc["version"].(string)
		return hides(spec.Version(version))
	}
	versions, _ := doc["versions"].(document)
	found := false
	for version := range versions {
		found = hides(spec.Version(version)) || found // each of them has now been seen
	}
	return found
}

// withhold sends a manifest or packument without the versions that have to be hidden. Tags that point at those show their value in
// former, if there is one.
func withhold(
	rw http.ResponseWriter, q question, a *answer, doc document, hides func(spec.Version) bool, former map[string]any,
) {
	if q.operation == Manifest {
		notFound(rw)
		return
	}
	versions, _ := doc["versions"].(document)
	times, _ := doc["time"].(document)
	for version := range versions {
		if hides(spec.Version(version)) {
			delete(versions, version)
			delete(times, version)
		}
	}
	if len(versions) == 0 {
		notFound(rw)
		return
	}
	if tags, ok := doc["dist-tags"].(document); ok {
		retag(tags, hides, former)
	}
	a.withDocument(doc).send(rw, q.Request)
}

// retag sets the tags that point at hidden versions to their former values, and tells whether there were any.
func retag(tags document, hides func(spec.Version) bool, former map[string]any) (changed bool) {
	for tag, value := range tags {
		version, _ := value.(string)
		if !hides(spec.Version(version)) {
			continue
		}
		changed = true
		if back, ok := former[tag]; ok {
			tags[tag] = back
		} else {
			delete(tags, tag)
		}
	}
	return changed
}

// missingTarball hides the tarballs of versions.
type missingTarball struct {
	*rule
	seen sightings
}

func newMissingTarball(u *rule) effect { return &missingTarball{rule: u} }

func (m *missingTarball) serve(rw http.ResponseWriter, q question, next http.Handler) {
	since := func() time.Time { return m.seen.since(edition{q.name, q.version}, m.layer.now()) }
	if !m.past() || !m.lasts(since()) || !m.take() {
		next.ServeHTTP(rw, q.Request)
		return
	}
	m.layer.hit(m.rule, q.Request)
	notFound(rw)
}
