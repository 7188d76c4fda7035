package e2e_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// stagesCLI has the group cli of a state file staged.
func (p *place) stagesCLI() *place {
	GinkgoHelper()
	p.edit(stateFile, "permissions: [publish]", "permissions: [publish, stage]")
	p.edit(stateFile, "    - name: cli\n", "    - name: cli\n      publish: staged\n")
	return p
}

// somebody is a human at a machine of their own, in the same checkout: their session is none of the job's.
func (p *pipeline) somebody() *place {
	GinkgoHelper()
	other := newPlace()
	other.dir = p.dir
	return (&pipeline{other, p.world, p.registry}).human()
}

// decides runs the simulated program as a human at a terminal, whose second factor is asked for by npm's page.
func (s *stage) decides(args ...string) ran {
	GinkgoHelper()
	before := len(s.world.Requests())
	at := s.somebody().with("FACETS_CLOCK", s.clock.address(0))
	session, _ := at.atTerminal(append([]string{simulated}, append(args, "--report", "json="+s.document())...)...)
	return s.finish(session, before)
}

// pages counts the pages for a second factor that were shown.
func (r ran) pages() int { return strings.Count(r.out, "second factor: open ") }

// decided are the packages that were approved (POST) or rejected (DELETE), in the order in which that was first sent: what is asked for
// its second factor is sent once more.
func (s *stage) decided(ids map[string]string, r ran, method string) (names []string) {
	for _, line := range r.asked {
		for name, id := range ids {
			if strings.HasPrefix(line, method+" /-/stage/"+id) && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// unstages has the group cli published directly, for the rest of the spec.
func (s *stage) unstages() {
	GinkgoHelper()
	s.edit(stateFile, "publish: staged", "publish: direct")
	DeferCleanup(s.edit, stateFile, "publish: direct", "publish: staged")
}

// held are the IDs of what is staged, by the name of its package.
func (p *pipeline) held() map[string]string {
	GinkgoHelper()
	status, answer := p.registry.request(http.MethodGet, "/-/stage?perPage=100", "", "Authorization: Bearer "+p.world.Session().Reveal())
	Expect(status).To(Equal(http.StatusOK), answer)
	var list struct {
		Items []struct{ ID, PackageName, Version, Tag string }
	}
	Expect(json.Unmarshal([]byte(answer), &list)).To(Succeed())
	ids := map[string]string{}
	for _, one := range list.Items {
		ids[one.PackageName] = one.ID
	}
	return ids
}

// decide approves (POST) or rejects (DELETE) by hand what is staged of a package.
func (p *pipeline) decide(method, name string) {
	GinkgoHelper()
	ids := p.held()
	Expect(ids).To(HaveKey(name))
	path := "/-/stage/" + ids[name]
	if method == http.MethodPost {
		path += "/approve"
	}
	status, answer := p.registry.request(method, path, "", "Authorization: Bearer "+p.world.Session().Reveal(),
		"npm-otp: "+p.world.OneTimePassword())
	Expect(status).To(BeNumerically("<", 300), answer)
}

// unseen fails where anybody without an account sees something of a version.
func (r registry) unseen(version string, names ...string) {
	GinkgoHelper()
	for _, name := range names {
		_, there := r.manifest(name, version)
		Expect(there).To(BeFalse(), name)
		Expect(r.versions(name)).NotTo(ContainElement(version), name)
		Expect(slices.Sorted(maps.Values(r.distTags(name)))).NotTo(ContainElement(version), name)
		Expect(r.status("/"+name+"/-/"+spec.Name(name).Base()+"-"+version+".tgz")).To(Equal(http.StatusNotFound), name)
	}
}

// rebuilds changes what is built of a package.
func (p *place) rebuilds(name string) {
	GinkgoHelper()
	path := filepath.Join("dist", name, "CHANGED.md")
	p.write(path, "other contents\n")
}
