package fault

import (
	"maps"
	"net/http"
	"sync"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// neverServed hides accepted versions, as a scan without end does. After and Times count versions.
type neverServed struct {
	*rule

	mu     sync.Mutex
	taken  map[edition]time.Time
	former map[spec.Name]map[string]any // dist-tags as they were seen last, where they show
}

func newNeverServed(u *rule) effect {
	return &neverServed{rule: u, taken: map[edition]time.Time{}, former: map[spec.Name]map[string]any{}}
}

func (n *neverServed) serve(rw http.ResponseWriter, q question, next http.Handler) {
	hides := func(version spec.Version) bool { return n.hides(q.name, version) }
	switch q.operation {
	case Publish:
		n.publish(rw, q, next)
	case Tarball:
		if !hides(q.version) {
			next.ServeHTTP(rw, q.Request)
			return
		}
		n.layer.hit(n.rule, q.Request)
		notFound(rw)
	case Tags:
		n.tags(rw, q, next, hides)
	case Status:
		n.status(rw, q, next, hides)
	case Manifest, Packument:
		a, doc := read(q, next)
		if doc == nil || !shows(q, doc, hides) {
			a.send(rw, q.Request)
			return
		}
		n.layer.hit(n.rule, q.Request)
		withhold(rw, q, a, doc, hides, n.note(q.name, nil, hides))
	default:
		next.ServeHTTP(rw, q.Request)
	}
}

func (n *neverServed) hides(name spec.Name, version spec.Version) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	since, taken := n.taken[edition{name, version}]
	return taken && n.lasts(since)
}

func (n *neverServed) tags(rw http.ResponseWriter, q question, next http.Handler, hides func(spec.Version) bool) {
	a, doc := read(q, next)
	if doc == nil || !retag(doc, hides, n.note(q.name, doc, hides)) {
		a.send(rw, q.Request)
		return
	}
	n.layer.hit(n.rule, q.Request)
	if len(doc) == 0 {
		notFound(rw)
		return
	}
	a.withDocument(doc).send(rw, q.Request)
}

// status answers that the scan of a hidden version goes on, to those who may ask for a status.
func (n *neverServed) status(rw http.ResponseWriter, q question, next http.Handler, hides func(spec.Version) bool) {
	a, doc := read(q, next)
	if doc == nil || !hides(q.version) {
		a.send(rw, q.Request)
		return
	}
	n.layer.hit(n.rule, q.Request)
	doc["status"] = spec.StatusValidating
	a.withDocument(doc).send(rw, q.Request)
}

// note remembers where tags point, without tags that point at hidden versions, and returns all that it remembers of the package.
func (n *neverServed) note(name spec.Name, tags document, hides func(spec.Version) bool) map[string]any {
	shown := maps.Clone(tags)
	maps.DeleteFunc(shown, func(_ string, value any) bool {
		version, _ := value.(string)
		return hides(spec.Version(version))
	})
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.former[name] == nil {
		n.former[name] = map[string]any{}
	}
	maps.Copy(n.former[name], shown)
	return maps.Clone(n.former[name])
}

// publish passes an upload on. It hides the version before the registry has it, so that it never shows in between. If the registry
// refuses it, nothing stays hidden.
func (n *neverServed) publish(rw http.ResponseWriter, q question, next http.Handler) {
	var e edition
	hide := func(version spec.Version) {
		n.mu.Lock()
		defer n.mu.Unlock()
		_, taken := n.taken[edition{q.name, version}]
		if version != "" && !taken && n.covers(q.name, version) && n.past() && n.take() {
			e = edition{q.name, version}
			n.taken[e] = n.layer.now()
		}
	}
	r := q.WithContext(q.Context())
	r.Body = &overheard{ReadCloser: q.Body, hear: hide}
	h := &held{rw: rw, keep: func(int) bool { return false }}
	next.ServeHTTP(h, r)
	if e.version == "" {
		return
	}
	if accepted(h.code()) {
		n.layer.hit(n.rule, q.Request)
		return
	}
	n.giveBack()
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.taken, e)
}
