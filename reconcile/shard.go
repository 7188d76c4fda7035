package reconcile

import (
	"fmt"
	"slices"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Shard is the part of the packages that one of several nodes acts on. All nodes compute it from the state file in the same way, so they
// need not talk to each other: they share nothing but the registry.
type Shard struct {
	index, count int
	mine         map[spec.Name]bool
}

// NewShard returns the part of node index, counted from 0, of count nodes. Node 0 takes the entries, and waits for the platforms of all
// nodes. Of the other packages, sorted by name, each node takes every count-th. Packages whose versions are in one package of npm stay
// together: it takes one upload at a time.
func NewShard(index, count int, want Desired) (*Shard, error) {
	if count < 1 || index < 0 || index >= count {
		return nil, fmt.Errorf("shard %d/%d: nodes are counted from 0 to one less than there are", index, count)
	}
	s := &Shard{index: index, count: count, mine: map[spec.Name]bool{}}
	var homes []spec.Name
	beside := map[spec.Name][]spec.Name{}
	for _, release := range want.Releases {
		for _, p := range release.Packages {
			entry, _ := release.Entry()
			switch home := p.OnNpm(); {
			case home == entry.Name:
				s.mine[p.Name] = index == 0
			case beside[home] == nil:
				homes = append(homes, home)
				fallthrough
			default:
				beside[home] = append(beside[home], p.Name)
			}
		}
	}
	slices.Sort(homes)
	for i, home := range homes {
		for _, name := range beside[home] {
			s.mine[name] = i%count == index
		}
	}
	return s, nil
}

// excludes says that the package is another node's, or returns "" if it is this node's. A nil Shard excludes nothing.
func (s *Shard) excludes(name spec.Name) string {
	if s == nil || s.mine[name] {
		return ""
	}
	return fmt.Sprintf("it is another node's than %d of %d", s.index, s.count)
}
