package rules

import (
	"fmt"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/agent-facets/facets-reconcile/internal/packagejson"
)

// engines compares a platform's engines with its entry's: npm leaves an optional dependency whose engines do not fit out, says
// nothing and reports success, so that the entry is there without its platform.
func engines(s *subject) []finding {
	if !s.want.Binary {
		return nil
	}
	var found []finding
	if have, ok := engine(s.pkg, "node"); ok {
		found = append(found, s.nodeEngine(have)...)
	}
	if have, ok := engine(s.pkg, "npm"); ok {
		found = append(found, s.npmEngine(have)...)
	}
	return found
}

const sameEngines = "give the platform the engines of its entry, or none"

// engine is a range of package.json's engines; ok is false where it gives none. npm overlooks what is no object.
func engine(p *packagejson.Package, name string) (text string, ok bool) {
	if p == nil {
		return "", false
	}
	all, _ := p.Document["engines"].(map[string]any)
	text, ok = all[name].(string)
	return text, ok && text != ""
}

// admitted is what the entry's engines admit, and how to write it. npm installs an entry whose engines do not fit, with a warning, so
// that one whose range it does not understand admits everything.
func (s *subject) admitted(name string) (rangeOf, string) {
	text, ok := engine(s.want.Entry, name)
	if r, understood := newRange(text); ok && understood {
		return r, fmt.Sprintf("its entry's is %q", text)
	}
	return rangeOf{any: true}, "its entry has none"
}

func misunderstood(name, have string) finding {
	return refuse(sameEngines, "its engines.%s is %q, which is no range to npm: it leaves the package out everywhere, and reports success",
		name, have)
}

func (s *subject) nodeEngine(have string) []finding {
	wanted, ok := newRange(have)
	if !ok {
		return []finding{misunderstood("node", have)}
	}
	if s.want.Entry == nil {
		return nil
	}
	admitted, entrys := s.admitted("node")
	var lost, coming, partly []string
	for _, line := range nodeLines(s.want.Now) {
		if line.over(s.want.Now) {
			continue
		}
		switch out, all := wanted.shutOut(line.versions(), admitted); {
		case len(out) == 0:
		case all && line.begin.After(s.want.Now) && !s.want.Now.IsZero():
			coming = append(coming, line.String())
		case all:
			lost = append(lost, line.String())
		default:
			partly = append(partly, out[0].String())
		}
	}
	var found []finding
	if len(lost) > 0 {
		found = append(found, refuse(sameEngines, "its engines.node is %q, and %s: npm installs the entry on Node %s, without this platform, "+
			"and reports success", have, entrys, strings.Join(lost, ", ")))
	}
	if len(coming) > 0 {
		found = append(found, warn(sameEngines, "its engines.node is %q, and %s: on Node %s, which comes next, npm will install the entry "+
			"without this platform", have, entrys, strings.Join(coming, ", ")))
	}
	if len(partly) > 0 {
		found = append(found, warn(sameEngines, "its engines.node is %q, and %s: npm installs the entry without this platform on some versions, "+
			"as Node %s", have, entrys, strings.Join(partly, ", ")))
	}
	return found
}

// npmEngine judges by the versions of npm that come with a supported Node.
func (s *subject) npmEngine(have string) []finding {
	wanted, ok := newRange(have)
	if !ok {
		return []finding{misunderstood("npm", have)}
	}
	if s.want.Entry == nil {
		return nil
	}
	admitted, entrys := s.admitted("npm")
	for _, line := range nodeLines(s.want.Now) {
		newest := semver.New(uint64(line.npm), 99, 99, "", "") //nolint:gosec // small
		if line.npm > 0 && !line.over(s.want.Now) && admitted.has(newest) && !wanted.has(newest) {
			return []finding{refuse(sameEngines, "its engines.npm is %q, and %s: npm %d, which comes with Node %d, installs the entry without "+
				"this platform, and reports success", have, entrys, line.npm, line.major)}
		}
	}
	return nil
}
