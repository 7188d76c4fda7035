package fault

import (
	"net/http"
	"reflect"
	"sync"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// tagLag shows dist-tags late. An answer without dist-tags passes: there is nothing to be late with.
type tagLag struct {
	*rule

	mu    sync.Mutex
	shown map[spec.Name]lagging
}

type lagging struct {
	tags    document
	changed time.Time // when something else was first to be shown; zero: they are as they should be
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
	a.with(former).send(rw, q.Request)
}

// late returns what is to be shown in the place of the tags.
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
