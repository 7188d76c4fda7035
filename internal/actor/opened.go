package actor

import (
	"sync"

	"github.com/agent-facets/facets-reconcile/internal/artifact"
)

// maxOpened bounds the memory of a run over thousands of packages. Further ones are read once more.
const maxOpened = 64

// Opened keeps each .tgz that was inspected until it is published, as opening one means to unpack all of it. One that has
// changed since is opened again.
type Opened struct {
	mu     sync.Mutex
	byPath map[string]*artifact.Artifact
}

func (o *Opened) keep(a *artifact.Artifact) {
	if o == nil || !a.Packed() {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.byPath == nil {
		o.byPath = map[string]*artifact.Artifact{}
	}
	if len(o.byPath) < maxOpened {
		o.byPath[a.Path()] = a
	}
}

// take returns what was kept and keeps it no longer; or nil.
func (o *Opened) take(path string) *artifact.Artifact {
	if o == nil {
		return nil
	}
	o.mu.Lock()
	a := o.byPath[path]
	delete(o.byPath, path)
	o.mu.Unlock()
	if a == nil || !a.Unchanged() {
		return nil
	}
	return a
}
