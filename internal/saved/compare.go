package saved

import (
	"cmp"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Compare tells in what a plan that is made now, with the same flags, differs from p, other than by what runs of p have
// done. Nothing means that p may be applied.
//
// Of packages that are not acted on only what stands in the way of the release counts: somebody else may bring them on.
// Where nothing can be told of trusted publishers, now or then, nothing has changed.
func (p Plan) Compare(now Plan) []Difference {
	var c comparison
	c.unequal("", "the version of facets-reconcile", p.Program, now.Program)
	c.unequal("", "the sandbox", p.Sandbox, now.Sandbox)
	c.unequal("", "the registry", p.Registry, now.Registry)
	c.unequal("", "the repository", p.Source, now.Source)
	c.unequal("", "the state file "+now.StateFile.Path, "sha256:"+p.StateFile.SHA256, "sha256:"+now.StateFile.SHA256)
	then, current := p.releases(), now.releases()
	for _, was := range p.Releases {
		is, ok := current[was.name()]
		if !ok {
			c.unequal(was.name(), "its release", "asked for", "not asked for")
			continue
		}
		c.release(was, is)
	}
	for _, is := range now.Releases {
		if _, ok := then[is.name()]; !ok {
			c.unequal(is.name(), "its release", "not asked for", "asked for")
		}
	}
	return c.found
}

// name is that of the release's first package, which is of no other release.
func (r Release) name() spec.Name {
	if len(r.Packages) == 0 {
		return ""
	}
	return r.Packages[0].Name
}

func (p Plan) releases() map[spec.Name]Release {
	byName := make(map[spec.Name]Release, len(p.Releases))
	for _, r := range p.Releases {
		byName[r.name()] = r
	}
	return byName
}

// comparison collects differences.
type comparison struct{ found []Difference }

func (c *comparison) unequal(name spec.Name, what, was, is string) {
	if was != is {
		c.found = append(c.found, Difference{name, what, cmp.Or(was, "none"), cmp.Or(is, "none")})
	}
}

func (c *comparison) release(was, is Release) {
	before := len(c.found)
	c.unequal(was.name(), "the desired version", was.Version.String(), is.Version.String())
	c.unequal(was.name(), "the git tag", was.Tag, is.Tag)
	c.unequal(was.name(), "the dist-tag to set", was.DistTag.String(), is.DistTag.String())
	if was.Commit != "" && is.Commit != "" {
		c.unequal(was.name(), "the commit of "+is.Tag, was.Commit, is.Commit)
	}
	if len(c.found) > before {
		return // all else follows from that
	}
	packages := map[spec.Name]Package{}
	for _, p := range is.Packages {
		packages[p.Name] = p
	}
	var pairs []pair
	for _, p := range was.Packages {
		now, ok := packages[p.Name]
		if !ok || now.Asked != p.Asked {
			c.unequal(p.Name, "acted on", yes(p.Asked), yes(ok && now.Asked))
			continue
		}
		pairs = append(pairs, pair{c, is, p, now})
	}
	for _, p := range pairs {
		p.ground()
	}
	if len(c.found) > before {
		return
	}
	for _, p := range pairs {
		p.changes()
	}
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
