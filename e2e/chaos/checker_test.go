package chaos_test

import (
	"crypto/sha512"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
)

// check judges a play by what the registry holds, what went over the line and how the processes ended. It knows nothing of
// how the program works.
func (p *play) check() {
	requests := p.aliased(p.hands.named(p.journal.list()))
	all, err := p.records(p.packages())
	if err != nil {
		p.problem("reading the registry: %v", err)
		return
	}
	switch p.sort {
	case sortRollback:
		p.checkRollback(requests, all)
	case sortStaged:
		p.checkStaged(requests, all)
	default:
		p.checkReleases(requests, all)
	}
	p.checkOneName(requests, all)
	p.checkTakenBack(requests, all)
	p.checkAccess(requests, all)
	for _, m := range p.machines {
		own := slices.DeleteFunc(slices.Clone(requests), func(q request) bool { return q.machine != m.id })
		p.checkUploads(m, own)
		p.checkKnown(m, own)
		p.checkConflict(m, own)
		p.checkWords(m, own)
		p.checkEnd(m)
		p.checkSecrets(m)
		p.problems = append(p.problems, m.surprise...)
	}
	if p.quiet != nil {
		p.checkQuiet(requests)
	}
}

// checkReleases judges what was released.
func (p *play) checkReleases(requests []request, all records) {
	for _, tag := range p.tags() {
		if whole(tag) {
			p.checkOrder(requests, all, versionOf(tag))
		}
		p.checkAcceptedOnce(requests, tag)
		p.checkTarballs(all, tag)
	}
	p.checkInstallable(requests)
	p.checkLatest(all)
	p.checkNeeds(all)
	p.checkBurnt(requests)
}

// checkOrder: no entry is accepted before every platform of its version is served.
func (p *play) checkOrder(requests []request, all records, version string) {
	entry, ok := all[p.entry()].Versions[version]
	if !ok {
		return
	}
	for _, name := range p.platforms() {
		platform, ok := all[name].Versions[version]
		if !ok || platform.Served.After(entry.Accepted) {
			p.problem("the entry %s was accepted at %s, its platform %s is served from %s (accepted: %t)",
				version, entry.Accepted.Format("15:04:05"), name, platform.Served.Format("15:04:05"), ok)
		}
	}
	by := func(name string) int {
		return slices.IndexFunc(requests, func(q request) bool { return q.accepts(name, version) || q.vanished(name) })
	}
	at := slices.IndexFunc(requests, func(q request) bool { return q.accepts(p.entry(), version) })
	if at < 0 {
		at = by(p.entry())
	}
	for _, name := range p.platforms() {
		if before := by(name); at < 0 || before < 0 || before > at {
			p.problem("the entry %s was accepted by request %d, its platform %s by request %d", version, at+1, name, before+1)
		}
	}
}

// checkInstallable: nobody sends the entry before the tarball of every platform was there for somebody to see.
func (p *play) checkInstallable(requests []request) {
	seen := map[string]bool{}
	for _, q := range requests {
		switch version := p.machines[q.machine-1].version(); {
		case q.op == opTarball && q.status == http.StatusOK:
			seen[q.name+"@"+version] = true
		case q.op == opPublish && q.name == p.entry() && q.arrived > 0:
			for _, name := range p.platforms() {
				if !seen[name+"@"+version] {
					p.problem("m%d published the entry (request %d) before anybody had seen the tarball of %s", q.machine, q.number, name)
				}
			}
		}
	}
}

// checkLatest: when all is done, latest points at the highest version.
func (p *play) checkLatest(all records) {
	for _, name := range p.packages() {
		if latest := all[name].latest(); p.quiet != nil && (p.taken == nil || name != p.entry()) && latest != p.highest(name) {
			p.problem("latest of %s points at %s in the end", name, latest)
		}
	}
}

// accepts tells whether the registry accepted a version by this request.
func (q request) accepts(name, version string) bool {
	sent, _, _, whole := q.published()
	return whole && q.name == name && sent == version && q.registry/100 == 2
}

// vanished tells whether the registry may have accepted a version of which nobody saw the answer.
func (q request) vanished(name string) bool {
	return q.op == opPublish && q.name == name && q.arrived == q.length && (q.registry == 0 || q.registry >= 500)
}

// checkAcceptedOnce: no version is accepted twice.
func (p *play) checkAcceptedOnce(requests []request, tag string) {
	version := versionOf(tag)
	for _, name := range p.packagesOf(tag) {
		var accepted []int
		for _, q := range requests {
			if q.accepts(name, version) {
				accepted = append(accepted, q.number)
			}
		}
		if len(accepted) > 1 {
			p.problem("%s@%s was accepted more than once, by the requests %v", name, version, accepted)
		}
	}
}

// checkTarballs: what the registry took is what was built, and its integrity is the tarball's own.
func (p *play) checkTarballs(all records, tag string) {
	version := versionOf(tag)
	for _, name := range p.packagesOf(tag) {
		v, ok := all[name].Versions[version]
		if !ok {
			continue
		}
		tarball, err := p.tarball(name, version)
		if err != nil {
			p.problem("the tarball of %s@%s: %v", name, version, err)
			continue
		}
		if have := integrityOf(tarball); have != v.Integrity {
			p.problem("%s@%s has the integrity %s, its tarball %s", name, version, v.Integrity, have)
		}
		var platforms map[string]any
		if name == p.entry() {
			platforms = map[string]any{}
			for _, platform := range p.platforms() {
				platforms[platform] = p.wanted(platform, version)
			}
		}
		var differences []string
		for _, built := range p.projects {
			differences = append(differences, built.differs(name, version, tarball, platforms))
		}
		if !slices.Contains(differences, "") {
			p.problem("%s@%s is not what was built: %s", name, version, strings.Join(differences, "; "))
		}
	}
}

func integrityOf(tarball []byte) string {
	sum := sha512.Sum512(tarball)
	return "sha512-" + base64.StdEncoding.EncodeToString(sum[:])
}
