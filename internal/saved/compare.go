package saved

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/words"
)

// Fits tells why the plan cannot be applied in the sandbox of that folder, "" for the real world, by a CI job for that tag, "" for none.
// The text goes on after the plan's name.
func (p Plan) Fits(folder, tag string) error {
	switch {
	case p.Sandbox != "" && folder != p.Sandbox:
		return fmt.Errorf("is the plan of a rehearsal: apply it with --sandbox=%s", words.Quoted(p.Sandbox))
	case p.Sandbox == "" && folder != "":
		return errors.New("is no plan of a rehearsal: leave --sandbox out, or plan with it")
	case tag != "" && tag != p.Flags.Tag:
		return fmt.Errorf("was not made for the tag of this job, %s: apply it in the pipeline that it was made in, or plan again", tag)
	}
	return nil
}

// Compare returns the differences between p and a plan that is made now with the same flags. What runs of p have done is no difference. No
// difference means that p may be applied.
//
// Of packages that the plan does not act on, only what blocks the release counts: somebody else may act on them meanwhile. Where the
// trusted publishers could not be read, then or now, they count as unchanged.
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
		c.compareRelease(was, is)
	}
	for _, is := range now.Releases {
		if _, ok := then[is.name()]; !ok {
			c.unequal(is.name(), "its release", "not asked for", "asked for")
		}
	}
	return c.found
}

// name identifies the release by its first package, which belongs to no other release.
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

func (c *comparison) compareRelease(was, is Release) {
	before := len(c.found)
	c.unequal(was.name(), "the desired version", was.Version.String(), is.Version.String())
	c.unequal(was.name(), "the git tag", was.Tag, is.Tag)
	c.unequal(was.name(), "the dist-tag to set", was.DistTag.String(), is.DistTag.String())
	if was.Commit != "" && is.Commit != "" {
		c.unequal(was.name(), "the commit of "+is.Tag, was.Commit, is.Commit)
	}
	if len(c.found) > before {
		return // all other differences follow from these
	}
	packages := map[spec.Name]Package{}
	for _, p := range is.Packages {
		packages[p.Name] = p
	}
	var pairs []pair
	for _, p := range was.Packages {
		now, ok := packages[p.Name]
		if !ok || now.InScope != p.InScope {
			c.unequal(p.Name, "acted on", yes(p.InScope), yes(ok && now.InScope))
			continue
		}
		pairs = append(pairs, pair{c, is, p, now})
	}
	for _, p := range pairs {
		p.compareReadings()
	}
	if len(c.found) > before {
		return
	}
	for _, p := range pairs {
		p.compareChanges()
	}
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
