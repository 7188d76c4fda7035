package initial

import (
	"errors"
	"io/fs"
	"os"

	"github.com/agent-facets/facets-reconcile/desired"
)

// survey reads the project at root.
func survey(root string) (*project, error) {
	members, err := desired.Members(root)
	if errors.Is(err, desired.ErrNoWorkspace) {
		return nil, errNoProject(root)
	}
	p := &project{built: map[string][]manifest{}, known: map[string]manifest{}, single: len(members) == 0, notes: asNotes(err)}
	tree := os.DirFS(root)
	top, err := readManifest(tree, ".")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	p.name = top.Name
	folders := map[string]bool{}
	for _, member := range members {
		folders[member.Path] = true
		m, err := readManifest(tree, member.Path)
		if err != nil {
			p.notes = append(p.notes, asNotes(err)...)
			continue
		}
		p.sources = append(p.sources, m)
	}
	if top.public() {
		p.sources = append(p.sources, top)
	}
	for _, source := range p.sources {
		if source.folder != "." || p.single {
			p.built[source.folder] = readBuilt(tree, source.folder, folders)
		}
	}
	for _, source := range p.sources {
		for _, m := range append([]manifest{source}, p.built[source.folder]...) {
			if !m.platform().Anywhere() {
				p.known[m.Name] = m
			}
		}
	}
	return p, nil
}
