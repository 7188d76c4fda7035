package e2e_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
)

// machine is what npm compares with a package's os and cpu.
func machine() (system, cpu string) {
	GinkgoHelper()
	o := finish(newPlace().start("node", "-p", "process.platform + ' ' + process.arch"))
	system, cpu, _ = strings.Cut(strings.TrimSpace(o.out), " ")
	return system, cpu
}

// install lets npm install packages into the place, and returns what is there then: name to version.
func (p *place) install(r registry, what ...string) map[string]string {
	GinkgoHelper()
	p.write("package.json", `{"name": "user", "version": "1.0.0"}`)
	p.npm(append([]string{"install", "--registry", string(r) + "/"}, what...)...)
	var tree struct {
		Packages map[string]struct{ Version string }
	}
	Expect(json.Unmarshal([]byte(p.read("node_modules/.package-lock.json")), &tree)).To(Succeed())
	installed := map[string]string{}
	for path, about := range tree.Packages {
		if _, err := os.Stat(p.path(path)); err == nil {
			installed[strings.TrimPrefix(path, "node_modules/")] = about.Version
		}
	}
	return installed
}

// facetsPlatforms are the platform packages of agent-facets that npm installs on this machine.
func facetsPlatforms(version string) map[string]string {
	GinkgoHelper()
	system, cpu := machine()
	if system == "win32" {
		system = "windows"
	}
	fits := map[string]string{}
	for _, target := range facetsTargets() {
		if parts := strings.Split(target, "-"); parts[0] == system && parts[1] == cpu {
			fits["@agent-facets/cli-"+target] = version
		}
	}
	return fits
}

func facetsTargets() []string {
	return []string{"darwin-arm64", "darwin-x64", "darwin-x64-baseline", "linux-arm64", "linux-arm64-musl", "linux-x64",
		"linux-x64-baseline", "linux-x64-baseline-musl", "linux-x64-musl", "windows-arm64", "windows-x64", "windows-x64-baseline"}
}

var _ = Describe("the real npm client, with a sandbox that is served", Ordered, func() {
	var (
		r     registry
		human *place // logged in
		login string // what npm said to that
	)
	const platform = "@agent-facets/cli-linux-x64"

	BeforeAll(func() {
		project := newPlace()
		project.copy("../desired-state.yaml", stateFile)
		project.run("apply", "--sandbox", "--scan-delay", "0s").ends(0)
		_, r = project.serve("--scan-delay", "0s")
		human = newPlace().with("npm_config_registry", string(r)+"/")
		login = human.npm("login", "--auth-type=web")
	})

	It("installs the entry, and of the platforms exactly those of this machine", func() {
		expected := facetsPlatforms("1.0.0")
		if system, cpu := machine(); system == "linux" && cpu == "x64" {
			Expect(expected).To(HaveLen(4))
		}
		expected["agent-facets"] = "1.0.0"
		p := newPlace()
		Expect(p.install(r, "agent-facets")).To(Equal(expected))
		Expect(p.read("package-lock.json")).To(ContainSubstring(`"sha512-`))
	})

	It("views a package and its dist-tags", func() {
		Expect(human.npm("view", "agent-facets", "version")).To(Equal("1.0.0\n"))
		Expect(human.npm("view", platform+"@1.0.0", "os", "--json")).To(ContainSubstring("linux"))
		Expect(human.npm("dist-tag", "ls", platform)).To(ContainSubstring("latest: 1.0.0"))
	})

	It("logs in with a password", func() {
		p := newPlace().with("npm_config_registry", string(r)+"/")
		in, answers, err := os.Pipe()
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(func() { _ = answers.Close() })
		session := p.startNPMWith(in, "login", "--auth-type=legacy")
		Expect(in.Close()).To(Succeed())
		for _, answer := range []struct{ to, with string }{{"Username:", "somebody\n"}, {"Password:", "secret\n"}} {
			Eventually(session.Out, soon).Should(gbytes.Say(answer.to))
			_, err := answers.WriteString(answer.with)
			Expect(err).NotTo(HaveOccurred())
		}
		finish(session).ends(0)
		Expect(p.npm("whoami")).To(Equal("somebody\n"))
	})

	It("logs in through the browser", func() {
		Expect(login).To(ContainSubstring("Logged in on " + string(r)))
		Expect(human.npm("whoami")).NotTo(BeEmpty())
	})

	It("shows, revokes and sets trusted publishers", func() {
		type config struct {
			ID, Type, OrgID, ProjectID, PipelineDefinitionID, VCSOrigin string
			ContextIDs, Permissions                                     []string
		}
		list := func() (configs []config) {
			GinkgoHelper()
			out := human.npm("trust", "list", platform, "--json")
			for decoder := json.NewDecoder(strings.NewReader(out)); decoder.More(); { // one object after the other
				var c config
				Expect(decoder.Decode(&c)).To(Succeed(), out)
				configs = append(configs, c)
			}
			return configs
		}
		human.confirm(r, platform)
		before := list()
		Expect(before).To(HaveLen(1))
		Expect(before[0].Type).To(Equal("circleci"))
		Expect(before[0].VCSOrigin).To(Equal("github.com/agent-facets/facets"))
		Expect(before[0].Permissions).To(ContainElement("createPackage"))

		human.npm("trust", "revoke", platform, "--id="+before[0].ID)
		Expect(list()).To(BeEmpty())

		human.npm("trust", "circleci", platform, "--yes", "--allow-publish", "--org-id="+before[0].OrgID,
			"--project-id="+before[0].ProjectID, "--pipeline-definition-id="+before[0].PipelineDefinitionID,
			"--vcs-origin="+before[0].VCSOrigin, "--context-id="+before[0].ContextIDs[0])
		after := list()
		Expect(after).To(HaveLen(1))
		after[0].ID, before[0].ID = "", ""
		slices.Sort(after[0].Permissions)
		slices.Sort(before[0].Permissions)
		Expect(after).To(Equal(before))
	})

	It("publishes in CircleCI with an ID token, and without one does not", func() {
		p := newPlace().with("npm_config_registry", string(r)+"/", "CIRCLECI", "true")
		p.write("package.json", `{"name": "`+platform+`", "version": "1.0.1", "os": ["linux"], "cpu": ["x64"]}`)
		Expect(finish(p.startNPM("publish")).code).NotTo(Equal(0))

		_, token := r.request(http.MethodGet, "/circleci/oidc?aud=npm:127.0.0.1", "")
		p = p.with("NPM_ID_TOKEN", strings.TrimSpace(token))
		Expect(p.npm("publish", "--access", "public", "--tag", "client")).To(ContainSubstring(platform + "@1.0.1"))
		published, ok := r.manifest(platform, "1.0.1")
		Expect(ok).To(BeTrue())
		Expect(published.NPMUser.TrustedPublisher).To(HaveKeyWithValue("id", "circleci"))
		Expect(r.distTags(platform)).To(And(HaveKeyWithValue("client", "1.0.1"), HaveKeyWithValue("latest", "1.0.0")))
		Expect(finish(p.startNPM("publish", "--access", "public")).err).To(ContainSubstring("previously published versions"))
	})
})

// confirm gives the second factor in the browser, with the box ticked that skips it for the next minutes: at a terminal npm
// would show the page, without one it gives up.
func (p *place) confirm(r registry, name string) {
	GinkgoHelper()
	npmrc, err := os.ReadFile(filepath.Join(p.home, ".npmrc"))
	Expect(err).NotTo(HaveOccurred())
	_, token, ok := strings.Cut(strings.TrimSpace(string(npmrc)), ":_authToken=")
	Expect(ok).To(BeTrue())
	status, body := r.request(http.MethodPost, "/-/package/"+strings.ReplaceAll(name, "/", "%2f")+"/trust", "[]",
		"Authorization: Bearer "+token, "npm-auth-type: web")
	Expect(status).To(Equal(http.StatusUnauthorized), body)
	var challenge struct{ AuthURL string }
	Expect(json.Unmarshal([]byte(body), &challenge)).To(Succeed())
	Expect(r.status(strings.TrimPrefix(challenge.AuthURL, string(r)))).To(Equal(http.StatusOK))
}
