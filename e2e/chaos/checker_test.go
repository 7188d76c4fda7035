package chaos_test

import (
	"bytes"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"net/http"
	"os"
	"path/filepath"
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
	p.checkUndeclared()
	p.checkSettings(requests, all)
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
		for _, entry := range p.entries() {
			if whole(tag) {
				p.checkOrder(requests, all, entry, versionOf(tag))
			}
		}
		p.checkAcceptedOnce(requests, tag)
		p.checkTarballs(all, tag)
	}
	p.checkInstallable(requests)
	p.checkLatest(all)
	p.checkNeeds(all)
	p.checkBurnt(requests)
}

// checkOrder: no entry is accepted before every platform that it waits for is served, listed or not.
func (p *play) checkOrder(requests []request, all records, name, version string) {
	entry, ok := all[name].Versions[version]
	if !ok {
		return
	}
	for _, platform := range p.platforms() {
		v, ok := all[platform].Versions[p.at(platform, version)]
		if !ok || v.Served.After(entry.Accepted) {
			p.problem("the entry %s@%s was accepted at %s, its platform %s is served from %s (accepted: %t)",
				name, version, entry.Accepted.Format("15:04:05"), platform, v.Served.Format("15:04:05"), ok)
		}
	}
	by := func(name string) int {
		return slices.IndexFunc(requests, func(q request) bool { return q.accepts(name, p.at(name, version)) || q.vanished(name) })
	}
	at := slices.IndexFunc(requests, func(q request) bool { return q.accepts(name, version) })
	if at < 0 {
		at = by(name)
	}
	for _, platform := range p.platforms() {
		if before := by(platform); !p.given(platform) && (at < 0 || before < 0 || before > at) {
			p.problem("the entry %s@%s was accepted by request %d, its platform %s by request %d", name, version, at+1, platform, before+1)
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
		case q.op == opPublish && slices.Contains(p.entries(), q.name) && q.arrived > 0:
			for _, name := range p.platforms() {
				if !seen[name+"@"+version] {
					p.problem("m%d published %s (request %d) before anybody had seen the tarball of %s", q.machine, q.name, q.number, name)
				}
			}
		}
	}
}

// checkLatest: when all is done, latest points at the highest version.
func (p *play) checkLatest(all records) {
	for _, name := range p.packages() {
		if p.given(name) {
			continue
		}
		if latest := all[name].latest(); p.quiet != nil && (p.taken == nil || name != p.entry()) && latest != p.highest(name) {
			p.problem("latest of %s points at %s in the end", name, latest)
		}
	}
}

// checkUndeclared: what the state file does not declare is left alone.
func (p *play) checkUndeclared() {
	declared := map[string]bool{}
	for _, name := range p.packages() {
		declared[p.home(name)] = true
	}
	for _, q := range p.journal.list() {
		if q.writes() && q.name != "" && !declared[q.name] {
			p.problem("m%d sent %s %s (request %d), which is about nothing that is declared", q.machine, q.method, q.path, q.number)
		}
	}
	if p.stage == nil {
		return
	}
	before, err := os.ReadDir(filepath.Join(p.template(), "packages"))
	for _, file := range before {
		name := strings.TrimSuffix(strings.ReplaceAll(file.Name(), "%2f", "/"), ".json")
		was, failed := os.ReadFile(recordFile(p.template(), name))
		is, gone := os.ReadFile(recordFile(p.stage.dir, name))
		if err = errors.Join(err, failed, gone); !declared[name] && !bytes.Equal(was, is) {
			p.problem("%s was changed, which is not declared", name)
		}
	}
	if err != nil {
		p.problem("looking for what is not declared: %v", err)
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
	for _, name := range p.packagesOf(tag) {
		var accepted []int
		version := p.at(name, versionOf(tag))
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
	for _, name := range p.packagesOf(tag) {
		version := p.at(name, versionOf(tag))
		v, ok := all[name].Versions[version]
		if !ok || p.given(name) {
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
		var platforms map[string]string
		if slices.Contains(p.entries(), name) {
			platforms = p.listed("", version)
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
