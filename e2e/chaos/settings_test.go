package chaos_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// settings are what the state file says of packages beside their versions. A human sets it, by runs of their own amid the release.
type settings struct {
	access, tokens string
	warning        warning
	proven         bool // the version before was published by a trusted publisher: that of the state file, or by the stranger
	stranger       bool // the packages have another one of the same CI system, which the state file does not have
}

// warning is what npm is to say of versions, and what it then says of those that were there before.
type warning struct {
	ranges string
	said   map[string]string
}

// These are there before, in schedules with settings.
const (
	former    = "0.9.0"
	tried     = "0.9.0-rc.1"
	triedText = "not ready"
	oldText   = "old"
	elsewhere = former + "-solaris-x64" // of a target that the state file does not have, in schedules of one name
)

func warnings() []warning {
	return []warning{
		{`[{versions: "<0.9.0-rc.0", message: old}]`, map[string]string{takenBack: oldText}},
		{`[{versions: "<0.9.0", message: old}]`, map[string]string{takenBack: oldText, tried: oldText}},
		{`[{versions: "<=0.9.0", message: old}]`, map[string]string{takenBack: oldText, tried: oldText, former: oldText}},
		{`[{versions: "0.9.0", message: old}]`, map[string]string{former: oldText}},
		{`[{versions: "0.9.x", message: ""}, {versions: "0.x", message: old}]`, map[string]string{takenBack: oldText, tried: ""}},
		{`[{versions: "0.0.x", message: older}, {versions: "<1.0.0-0", message: old}]`,
			map[string]string{takenBack: "older", tried: oldText, former: oldText}},
	}
}

// human is the run that sets them.
const human = "settings,deprecate"

// drawSettings draws them, and when a human comes to set them.
func (s *schedule) drawSettings(d draw) {
	if s.sort == sortBurnt || !d.chance(30) {
		return
	}
	set := settings{proven: d.chance(30)}
	if s.restricted {
		set.access = d.pick([]string{"", "public", "restricted"})
	}
	if d.chance(60) {
		set.tokens = "allowed"
		if s.sort != sortStaged && d.chance(75) { // of what a human has approved npm does not say who staged it
			set.tokens, set.stranger = "forbidden", d.chance(30)
			set.proven = set.proven || set.stranger // by whom
		}
	}
	if d.chance(60) || set.access+set.tokens == "" {
		set.warning = warnings()[d.IntN(len(warnings()))]
	}
	s.settings = set
	for i := range s.rounds {
		if d.chance(50) {
			r := d.run()
			r.human, r.only, r.verify, r.after = true, human, false, d.minutes(0, 20)
			if d.chance(30) {
				r = d.killed(r)
			}
			s.rounds[i] = append(s.rounds[i], r)
		}
	}
	if len(s.order) == 0 {
		s.order = s.tags() // which a human's run finds on GitHub
	}
}

func (s settings) any() bool { return s.access+s.tokens+s.warning.ranges != "" }

func (s settings) String() (text string) {
	for _, f := range []struct{ name, value string }{{"access", s.access}, {"tokens", s.tokens}, {"deprecated", s.warning.ranges}} {
		if f.value != "" {
			text += f.name + ": " + f.value + ", "
		}
	}
	if text != "" {
		text = "\n  settings: {" + text + "}"
	}
	return text
}

// setOnce has a human set what is to be set. When all is done nothing is left then.
func (p *play) setOnce(ctx context.Context, last bool) {
	if !p.settings.any() {
		return
	}
	m := p.round(ctx, []run{{tag: p.first, human: true, only: human, timeout: 90 * time.Minute, concurrency: 8}})[0]
	if last && m.code != 0 {
		p.problem("m%d ended with %d where all but the settings was done", m.id, m.code)
	}
}

// awaitsHuman tells whether a process may have ended so because something is left to be set.
func (p *play) awaitsHuman(code int) bool { return code == 3 && p.settings.any() }

// done tells whether a release is finished that a process ended with.
func (p *play) done(code int) bool { return code == 0 || p.awaitsHuman(code) }

// setting is what a request sets of a package.
func (q request) setting() (access, tokens string) {
	var body struct {
		Access    string
		Factor    *bool `json:"publish_requires_tfa"`
		Overrides bool  `json:"automation_token_overrides_tfa"`
	}
	if q.op != opSetting || json.Unmarshal(q.body, &body) != nil {
		return "", ""
	}
	if body.Factor != nil && *body.Factor {
		if tokens = "forbidden"; body.Overrides {
			tokens = "allowed"
		}
	}
	return body.Access, tokens
}

// checkSettings: nothing is set but by whom asked for it, and nothing but what the state file says. Tokens are forbidden only once a
// version was published by a trusted publisher of the state file. Nothing is sent to a package that everybody may read still and should
// not. npm warns of what the ranges include, and of no other version.
func (p *play) checkSettings(requests []request, all records) {
	closed := map[string]bool{}
	for _, q := range requests {
		access, tokens := q.setting()
		switch m := p.machines[q.machine-1]; {
		case q.op == opSetting && m.only != human, q.op == opDeprecate && !m.human:
			p.problem("m%d sent %s %s (request %d), which nobody asked it for", m.id, q.method, q.path, q.number)
		case access != "" && access != p.settings.access, tokens != "" && tokens != p.settings.tokens:
			p.problem("m%d set %s%s of %s (request %d), which the state file does not say", m.id, access, tokens, q.name, q.number)
		case tokens == "forbidden" && !p.proven(all, q.name, q.at):
			p.problem("m%d forbade the tokens of %s (request %d) before a trusted publisher had published it", m.id, q.name, q.number)
		case q.sends() && q.arrived > 0 && p.settings.access == "restricted" && !closed[p.home(q.name)]:
			p.problem("m%d sent %s (request %d), which everybody may read still", m.id, q.name, q.number)
		}
		closed[q.name] = closed[q.name] || access == "restricted" && q.effective()
	}
	for _, m := range p.machines {
		p.checkWarned(m.found, fmt.Sprintf("after m%d", m.id), false)
	}
	p.checkWarned(all, "in the end", p.quiet != nil)
	for _, name := range p.packages() {
		if have := all[name].Tokens; p.quiet != nil && have != p.settings.tokens {
			p.problem("of %s it is set in the end that tokens are %q, where %q is wanted", name, have, p.settings.tokens)
		}
	}
}

// proven tells whether a trusted publisher of the state file had published a version of a package.
func (p *play) proven(all records, home string, at time.Time) bool {
	return slices.ContainsFunc(p.packages(), func(name string) bool {
		for _, v := range all[name].Versions {
			by := v.Manifest.User.TrustedPublisher.ID
			if p.home(name) == home && by != "" && by != stranger && !v.Served.After(at) {
				return true
			}
		}
		return false
	})
}

// checkWarned judges what npm says of versions.
func (p *play) checkWarned(all records, when string, done bool) {
	for _, name := range p.packages() {
		for version, v := range all[name].Versions {
			before := ""
			if version == tried {
				before = triedText
			}
			want, told := p.settings.warning.said[version]
			if !told {
				want = before
			}
			have := v.Manifest.Deprecated
			switch {
			case p.sort == sortRollback && version == p.rollback.from, p.taken != nil && name == p.entry() && version == p.taken.version():
				continue // which checkLeft and a human see to
			case have != want && (done || have != before):
				p.problem("npm says %q of %s@%s, %s, where %q is wanted", have, name, version, when, want)
			}
		}
	}
}
