package chaos_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/fault"
)

// goingBack is a rollback that the state file declares, from one of two releases that are served to the other.
type goingBack struct {
	from, to  string
	withdrawn bool // the release that is left is deprecated
}

const withdrawnText = "broken, use another"

// drawRollback lets humans go back, and forward again at times, with kills in between.
func (s *schedule) drawRollback(d draw) {
	s.order = []string{first, second} // what is released
	s.rollback = goingBack{versionOf(second), versionOf(first), d.chance(60)}
	if d.chance(30) {
		s.rollback = goingBack{versionOf(first), versionOf(second), false}
	}
	s.faults = d.faults(*s, d.IntN(3))
	if d.chance(30) { // which way to go is told by where the entry's dist-tag points
		s.faults = append(s.faults, fault.Fault{
			Kind: []fault.Kind{fault.InternalError, fault.Garbage, fault.Truncated}[d.IntN(3)], On: []fault.Operation{fault.Tags}, Of: s.entry(),
			Times: 1 + d.IntN(8),
		})
	}
	s.rounds = d.rounds(1+d.IntN(3), func() (all []run) {
		for range 1 + d.IntN(5)/4 {
			r := d.killed(d.run())
			r.tag, r.human, r.verify = "v"+s.rollback.to, true, false
			if r.kill.publish {
				r.kill.number = 1 + int64(d.IntN(2*len(s.packages())))
			}
			all = append(all, r)
		}
		return all
	})
}

// forward tells whether the rollback is one of a rollback.
func (g goingBack) forward() bool { return g.to > g.from }

// pin is what the state file says of where to go.
func (s schedule) pin() string {
	if s.sort != sortRollback {
		return ""
	}
	text := fmt.Sprintf("      version: %s\n      rollback: true\n", s.rollback.to)
	if s.rollback.withdrawn {
		text += fmt.Sprintf("      withdrawn: [{version: %s, message: %q}]\n", s.rollback.from, withdrawnText)
	}
	return text
}

// buildRollback writes what a human's checkout holds, and that of the pipeline of the release that is left: they publish nothing.
func (s schedule) buildRollback(dir string, trusted bool) ([]project, error) {
	plain := s
	plain.sort = sortFaults
	var projects []project
	for i, one := range []schedule{s, plain} {
		p := project{filepath.Join(dir, fmt.Sprintf("build-%d", i))}
		if err := os.MkdirAll(p.dir, 0o700); err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(p.dir, "desired-state.yaml"), []byte(one.stateFile(trusted)), 0o600); err != nil {
			return nil, err
		}
		projects = append(projects, p)
	}
	return projects, nil
}

// pointBack makes what was released a world in which somebody has gone back, where the way is forward.
func (p *play) pointBack() error {
	for _, name := range p.packages() {
		if p.sort != sortRollback || !p.rollback.forward() {
			continue
		}
		home, version := p.onNpm(name, p.rollback.from)
		err := rewrite(p.stage.dir, home, func(document map[string]any) error {
			tags, ok := document["tags"].(map[string]any)
			if !ok {
				return errors.New("it has no dist-tags")
			}
			tags[p.tagOf(name)] = []string{version}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// logIn leaves a session's token as npm login does.
func (m *machine) logIn(token string) error {
	m.secret = token
	line := fmt.Sprintf("%s/:_authToken=%s\n", strings.TrimPrefix(m.line.URL, "http:"), token)
	return os.WriteFile(filepath.Join(m.dir, "home", ".npmrc"), []byte(line), 0o600)
}

// job is what CircleCI tells a job of its release.
func (m *machine) job() []string { return []string{"CIRCLE_TAG=" + m.tag, "CIRCLE_SHA1=" + commit} }

// checkRollback: nobody is sent to an entry any longer of which a platform was taken back, also where a process was killed in between:
// back, the entry's dist-tag moves before any platform's; forward, behind them all; nothing is deprecated that a dist-tag points at.
// In the end all have moved.
func (p *play) checkRollback(requests []request, all records) {
	moved := p.moved(requests)
	after := func(q request, names ...string) {
		for _, name := range names {
			if at, ok := moved[name]; !ok || at >= q.number {
				p.problem("m%d sent %s %s (request %d) before latest of %s had moved", q.machine, q.method, q.path, q.number, name)
			}
		}
	}
	for _, q := range requests {
		switch {
		case q.op == opPublish:
			p.problem("m%d published %s (request %d) in a rollback", q.machine, q.name, q.number)
		case q.op == opTag && q.arrived > 0 && p.rollback.forward() && q.name == p.entry():
			after(q, p.platforms()...)
		case q.op == opTag && q.arrived > 0 && !p.rollback.forward() && q.name != p.entry():
			after(q, p.entry())
		case q.op == opDeprecate && q.arrived > 0 && p.retires(q):
			after(q, p.packages()...)
		}
	}
	for _, m := range p.machines {
		p.checkLeft(m.found, fmt.Sprintf("after m%d", m.id), false)
	}
	p.checkLeft(all, "in the end", p.quiet != nil)
}

// retires tells whether a request deprecates the release that is left.
func (p *play) retires(q request) bool {
	var document struct {
		Versions map[string]struct{ Deprecated string }
	}
	return json.Unmarshal(q.body, &document) != nil || document.Versions[p.rollback.from].Deprecated != ""
}

// moved tells of each package how many requests had begun when its dist-tag was first moved.
func (p *play) moved(requests []request) map[string]int {
	moved := map[string]int{}
	for _, q := range requests {
		var version string
		if q.op != opTag || !q.effective() {
			continue
		}
		if json.Unmarshal(q.body, &version) != nil || version != p.rollback.to+q.suffix {
			p.problem("m%d moved latest of %s to %q (request %d)", q.machine, q.name, version, q.number)
		}
		if at, ok := moved[q.name]; !ok || q.answered < at {
			moved[q.name] = q.answered
		}
	}
	return moved
}

// checkLeft judges what the registry shows: both releases are whole, and no dist-tag points at what is deprecated.
func (p *play) checkLeft(all records, when string, done bool) {
	for _, name := range p.packages() {
		for _, version := range []string{p.rollback.from, p.rollback.to} {
			one, ok := all[name].Versions[version]
			deprecated := one.Manifest.Deprecated
			switch {
			case !ok:
				p.problem("%s@%s is gone, %s", name, version, when)
			case deprecated != "" && (!p.rollback.withdrawn || version != p.rollback.from || all[name].latest() == version):
				p.problem("%s@%s is deprecated, %s, and latest points at %s", name, version, when, all[name].latest())
			case done && p.rollback.withdrawn && version == p.rollback.from && deprecated != withdrawnText:
				p.problem("%s@%s is not deprecated, %s", name, version, when)
			}
		}
		if latest := all[name].latest(); done && latest != p.rollback.to || !slices.Contains([]string{p.rollback.from, p.rollback.to}, latest) {
			p.problem("latest of %s points at %s, %s", name, latest, when)
		}
	}
}
