package chaos_test

import (
	"encoding/json"
	"net/http"
	"slices"
)

// checkStaged judges a staged release: who stages, who approves, in which order, and what was seen of it before.
func (p *play) checkStaged(requests []request, all records) {
	p.checkRoles(requests)
	p.checkUnseen(requests)
	p.checkHeldOnce(requests)
	for _, entry := range p.entries() {
		p.checkApprovalOrder(requests, all, entry)
	}
	p.checkUnlike(requests)
	p.checkTarballs(all, p.first)
	p.checkLatest(all)
	for _, m := range p.machines {
		own := slices.DeleteFunc(slices.Clone(requests), func(q request) bool { return q.machine != m.id })
		p.checkApprovals(m, own)
		p.checkTold(m, own, all)
	}
}

// checkRoles: nothing of a staged release is published directly; CI stages, and only humans decide, each as they were asked to.
func (p *play) checkRoles(requests []request) {
	for _, q := range requests {
		m := p.machines[q.machine-1]
		switch {
		case q.op == opPublish, q.op == opStage && m.human, q.op == opApprove && m.only != approve, q.op == opReject && m.only != reject:
			p.problem("m%d sent %s %s (request %d)", m.id, q.method, q.path, q.number)
		}
	}
}

// opened tells of each package how many requests had begun when its approval had, by whomever.
func (p *play) opened(requests []request) map[string]int {
	opened := map[string]int{}
	for _, d := range p.hands.list() {
		if d.does == approve {
			opened[d.name] = d.at
		}
	}
	for _, q := range requests {
		if at, ok := opened[q.name]; q.op == opApprove && (!ok || q.number < at) {
			opened[q.name] = q.number
		}
	}
	return opened
}

// checkUnseen: nobody is shown a version before somebody has sent its approval.
func (p *play) checkUnseen(requests []request) {
	opened := p.opened(requests)
	for _, q := range requests {
		if q.op != opManifest && q.op != opTarball || !q.of(versionOf(p.first)) || q.registry != http.StatusOK || !q.shows() {
			continue
		}
		if at, ok := opened[q.name]; !p.given(q.name) && (!ok || q.answered < at) {
			p.problem("m%d was shown %s (request %d) before it was approved", q.machine, q.name, q.number)
		}
	}
	for _, m := range p.machines {
		for _, name := range p.packages() {
			if _, ok := opened[name]; !ok && !p.given(name) && m.found.has(name, m.version(), m.ended) {
				p.problem("%s was served after m%d, and nobody has approved it", name, m.id)
			}
		}
	}
}

// checkHeldOnce: no version is staged again but where it was rejected.
func (p *play) checkHeldOnce(requests []request) {
	staged, rejected := map[string]int{}, map[string]int{}
	for _, q := range requests {
		switch {
		case q.op == opStage && q.effective():
			staged[q.name]++
		case q.op == opReject && q.effective():
			rejected[q.name]++
		}
	}
	for _, d := range p.hands.list() {
		if d.does == reject {
			rejected[d.name]++
		}
	}
	for name, n := range staged {
		if n > 1+rejected[name] {
			p.problem("%s was staged %d times and rejected %d times", name, n, rejected[name])
		}
	}
}

// checkApprovalOrder: the program approves no entry before all its platforms are served, and somebody has seen their tarballs.
func (p *play) checkApprovalOrder(requests []request, all records, of string) {
	byHand := slices.ContainsFunc(p.hands.list(), func(d deed) bool { return d.does == approve && d.name == of })
	entry, there := all[of].Versions[versionOf(p.first)]
	for _, name := range p.platforms() {
		platform, ok := all[name].Versions[p.at(name, versionOf(p.first))]
		if there && !byHand && (!ok || platform.Served.After(entry.Accepted)) {
			p.problem("the entry was approved at %s, its platform %s is served from %s (approved: %t)",
				entry.Accepted.Format("15:04:05"), name, platform.Served.Format("15:04:05"), ok)
		}
	}
	seen := map[string]bool{}
	for _, q := range requests {
		switch {
		case q.op == opTarball && q.status == http.StatusOK:
			seen[q.name] = true
		case q.op == opApprove && q.name == of:
			for _, name := range p.platforms() {
				if !seen[name] {
					p.problem("m%d approved the entry (request %d) before anybody had seen the tarball of %s", q.machine, q.number, name)
				}
			}
		}
	}
}

// checkUnlike: where a platform was staged that is not what the humans have built, nothing of its release is approved until it was rejected.
func (p *play) checkUnlike(requests []request) {
	platform, since := p.platform(p.targets[0]), 0
	for _, q := range requests {
		switch {
		case q.op == opStage && q.name == platform && q.effective() && p.machines[q.machine-1].build == 1:
			since = q.answered
		case q.op == opReject && q.name == platform && q.effective():
			since = 0
		case q.op == opApprove && since > 0 && q.number > since && p.keeps(platform, q.name):
			p.problem("m%d approved %s (request %d) although %s is staged with other bytes", q.machine, q.name, q.number, platform)
		}
	}
}

// knowledge is what a process was shown last of one package.
type knowledge struct {
	word            string // the registry's status of it
	absent, decided bool   // it is not served; this process has approved or rejected it
	tagged          bool   // a dist-tag names it
}

// held are the packages in a list of what is staged; ok is false where it is none that came whole.
func (p *play) held(q request) (names []string, ok bool) {
	var list struct {
		Items []struct{ PackageName, Version string }
	}
	if q.op != opStages || q.path != "/-/stage" || !q.shows() || json.Unmarshal(q.answer, &list) != nil {
		return nil, false
	}
	for _, item := range list.Items {
		if name, version := p.alias(item.PackageName, item.Version); version == p.at(name, versionOf(p.first)) {
			names = append(names, name)
		}
	}
	return names, true
}

// checkApprovals: no process decides again after an answer that leaves doubt, nor approves anything of a release of which it was shown that
// another package is neither staged nor served, or blocked; unless the entry is there already.
func (p *play) checkApprovals(m *machine, own []request) {
	known, staged, served := map[string]*knowledge{}, []string(nil), map[string]bool{}
	for _, name := range p.packages() {
		known[name] = &knowledge{}
	}
	last := map[string]request{}
	for _, q := range own {
		k, version := known[q.name], p.at(q.name, m.version())
		if list, ok := p.held(q); ok {
			staged = list
		}
		switch {
		case k == nil:
		case q.op == opTags && q.shows():
			k.tagged = q.tags()["latest"] == version
		case q.op == opStatus:
			k.word = q.word()
		case q.op == opManifest && q.of(version):
			k.absent = q.status == http.StatusNotFound
			served[q.name] = served[q.name] || q.shows()
		case q.decides():
			if before, ok := last[q.path]; ok && (before.status/100 == 2 || before.status == 0 || before.status >= 500) {
				p.problem("m%d sent %s %s again (request %d) after request %d", m.id, q.method, q.path, q.number, before.number)
			}
			last[q.path] = q
			k.decided = true
			if q.op == opApprove && !served[p.unit(q.name)] {
				p.checkOthers(m, q, known, staged)
			}
		}
	}
}

func (p *play) checkOthers(m *machine, q request, known map[string]*knowledge, staged []string) {
	for name, k := range known {
		missing := k.absent && !k.tagged && !slices.Contains(staged, name) && !slices.Contains([]string{wordStaged, wordValidating, "published"}, k.word)
		if name != q.name && p.keeps(name, q.name) && !k.decided && (missing || k.word == wordBlocked) {
			p.problem("m%d approved %s (request %d) although %s is not staged, for all that it was shown (its status: %q)",
				m.id, q.name, q.number, name, k.word)
		}
	}
}

// checkTold: where nothing goes wrong no process ends with 1; and one that finds an entry that was approved by hand before its platforms
// says that it is torn.
func (p *play) checkTold(m *machine, own []request, all records) {
	if !m.ends() || len(own) == 0 || len(p.faults) > 0 && m.id <= p.calm {
		return
	}
	missing := slices.ContainsFunc(p.platforms(), func(name string) bool { return !m.found.has(name, p.at(name, m.version()), m.ended) })
	torn := missing && slices.ContainsFunc(p.entries(), func(name string) bool {
		entry, ok := all[name].Versions[m.version()]
		return ok && entry.Served.Before(own[0].at)
	})
	r, err := m.result()
	told := slices.ContainsFunc(r.Findings, func(f finding) bool { return f.Type == "Torn" })
	conflict := slices.ContainsFunc(r.Findings, func(f finding) bool { return f.Type == "Conflict" })
	if m.code == 1 && !told && !conflict {
		p.problem("m%d ended with 1 although nothing went wrong", m.id)
	}
	if torn && (err != nil || !told) {
		p.problem("m%d ended with %d and does not say that the entry is torn", m.id, m.code)
	}
}
