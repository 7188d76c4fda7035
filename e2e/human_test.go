package e2e_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/artifact/standin"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// newFacets is a place with the state file of agent-facets, and nothing built.
func newFacets() *place {
	GinkgoHelper()
	p := newPlace()
	p.copy("../desired-state.yaml", stateFile)
	return p
}

// buildCLI leaves a whole release of its command in a folder.
func (p *place) buildCLI(dir, version string) {
	GinkgoHelper()
	p.buildTargets(dir, version)
	p.standIn(dir+"/agent-facets", standin.Package{Name: "agent-facets", Version: spec.Version(version)})
}

func facetsPlatformNames() []string {
	var names []string
	for _, target := range facetsTargets() {
		names = append(names, "@agent-facets/cli-"+target)
	}
	return names
}

func facetsLibraries() []string {
	return []string{"@agent-facets/adapter", "@agent-facets/adapter-claude-code", "@agent-facets/adapter-codex",
		"@agent-facets/adapter-copilot", "@agent-facets/adapter-openclaw", "@agent-facets/adapter-opencode",
		"@agent-facets/brand", "@agent-facets/core", "@agent-facets/protocol"}
}

// paths are what publishes of the packages are sent to.
func paths(names ...string) []string {
	var all []string
	for _, name := range names {
		all = append(all, "/"+spec.Name(name).Escaped())
	}
	return all
}

// human is somebody at a machine of their own who has logged in: npm has left the token in their home.
func (p *pipeline) human() *place {
	GinkgoHelper()
	line := strings.TrimPrefix(string(p.registry), "http:") + "/:_authToken=" + p.world.Session().Reveal() + "\n"
	Expect(os.WriteFile(filepath.Join(p.home, ".npmrc"), []byte(line), 0o600)).To(Succeed())
	return p.outside()
}

// otp is the flag that gives the second factor without a browser.
func (p *pipeline) otp() string { return "--otp=" + p.world.OneTimePassword() }

// askTrust calls the trust API as a human whose second factor is given.
func (p *pipeline) askTrust(method, name, id, body string) string {
	GinkgoHelper()
	status, answer := p.registry.request(method, "/-/package/"+spec.Name(name).Escaped()+"/trust"+id, body,
		"Authorization: Bearer "+p.world.Session().Reveal(), "npm-otp: "+p.world.OneTimePassword())
	Expect(status).To(BeNumerically("<", 300), answer)
	return answer
}

// trusted lists a package's trusted publishers.
func (p *pipeline) trusted(name string) []spec.TrustedPublisher {
	GinkgoHelper()
	var list []spec.TrustedPublisher
	Expect(json.Unmarshal([]byte(p.askTrust(http.MethodGet, name, "", "")), &list)).To(Succeed())
	return list
}

// trust adds one.
func (p *pipeline) trust(name string, publisher spec.TrustedPublisher) {
	GinkgoHelper()
	body, err := json.Marshal([]spec.TrustedPublisher{publisher})
	Expect(err).NotTo(HaveOccurred())
	p.askTrust(http.MethodPost, name, "", string(body))
}

// distrust removes them all.
func (p *pipeline) distrust(name string) {
	GinkgoHelper()
	for _, publisher := range p.trusted(name) {
		p.askTrust(http.MethodDelete, name, "/"+publisher.ID, "")
	}
}
