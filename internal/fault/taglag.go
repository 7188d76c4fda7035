package fault

import (
	"net/http"
	"reflect"
	"sync"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// tagLag shows changes of dist-tags late. Answers without dist-tags pass.
type tagLag struct {
	*rule

	mu    sync.Mutex
	shown map[spec.Name]lagging
}

type lagging struct {
	tags    document
	changed time.Time // when the registry first had other tags; zero: it has these
}

func newTagLag(u *rule) effect { return &tagLag{rule: u, shown: map[spec.Name]lagging{}} }

func (t *tagLag) serve(rw http.ResponseWriter, q question, next http.Handler) {
	a, doc := read(q, next)
	tags := doc
	if q.operation == Packument {
		tags, _ = doc["dist-tags"].(document)
	}
	if tags == nil || !t.past() {
		a.send(rw, q.Request)
		return
	}
	former, late := t.late(q.name, tags)
	if !late || !t.take() {
		a.send(rw, q.Request)
		return
	}
	t.layer.hit(t.rule, q.Request)
	if q.operation == Packument {
		doc["dist-tags"], former = former, doc
	}
	a.withDocument(former).send(rw, q.Request)
}

// late returns the tags to show in the place of the present ones.
func (t *tagLag) late(name spec.Name, tags document) (former document, late bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now, shown := t.layer.now(), t.shown[name]
	switch {
	case shown.tags == nil, reflect.DeepEqual(shown.tags, tags):
		shown = lagging{tags: tags}
	case shown.changed.IsZero():
		shown.changed = now
	case !t.lasts(shown.changed):
		shown = lagging{tags: tags}
	}
	t.shown[name] = shown
	return shown.tags, !shown.changed.IsZero()
}
