package e2e_test

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"

	"github.com/agent-facets/facets-reconcile/desired"
)

var _ = Describe("init", func() {
	It("finds in agent-facets' workspace what its state file declares", func() {
		p := newPlace()
		written := declared("../desired-state.yaml")
		p.workspaceOf(written)
		p.git("init", "--quiet")
		p.git("remote", "add", "origin", "git@github.com:agent-facets/facets.git")
		p.git("-c", "user.name=demo", "-c", "user.email=demo@example.test", "commit", "--quiet", "--allow-empty", "-m", "first")
		p.git("tag", "agent-facets@1.0.0")
		p.git("tag", "@agent-facets/core@1.2.0")

		o := p.run("init").ends(0)
		Expect(o.out).To(And(ContainSubstring("groups: 2, packages: 22"), ContainSubstring("@agent-facets/landing"),
			ContainSubstring("facets-reconcile plan")))
		found := declared(p.path(stateFile))
		Expect(declaredPackages(found)).To(Equal(declaredPackages(written)))
		Expect(found.Spec.Source).To(Equal(written.Spec.Source))
		for i, group := range written.Spec.Groups {
			Expect(found.Spec.Groups[i].Tag).To(Equal(group.Tag))
		}
		Expect(p.read(stateFile)).To(HavePrefix(desired.SchemaComment + "\n"))
		p.run("validate").ends(0)
		Expect(p.run("plan", "--sandbox", "-o", "json").ends(0).document().packages()).To(HaveLen(22))
		Expect(declaredPackages(declared(p.path(stateFile)))).To(HaveLen(22))
	})

	It("writes over nothing unless it is told to", func() {
		p := newPlace()
		p.write("package.json", `{"name": "lib", "version": "1.0.0"}`)
		p.write(stateFile, "mine\n")
		o := p.run("init").ends(1)
		Expect(o.err).To(And(ContainSubstring(stateFile+" is there already"), ContainSubstring("--force")))
		Expect(p.read(stateFile)).To(Equal("mine\n"))

		shown := p.run("init", "-o", "-").ends(0)
		Expect(p.read(stateFile)).To(Equal("mine\n"))
		p.run("init", "--force").ends(0)
		Expect(p.read(stateFile)).To(Equal(shown.out))
		p.run("init", "-f", "other.yaml").ends(0)
		Expect(p.read("other.yaml")).To(Equal(shown.out))
		p.run("validate", "-f", "other.yaml").ends(0)
		entries, err := os.ReadDir(p.dir)
		Expect(err).NotTo(HaveOccurred())
		Expect(entries).To(HaveLen(3), "nothing half-written is left")
	})

	DescribeTable("says what it cannot begin with",
		func(said string, arguments ...string) {
			p := newPlace()
			o := p.run(append([]string{"init"}, arguments...)...).ends(1)
			Expect(o.err).To(ContainSubstring(said))
			Expect(p.path(stateFile)).NotTo(BeAnExistingFile())
		},
		Entry("no project", "--from PACKAGE"),
		Entry("no such folder", "nowhere", "-f", "nowhere/desired-state.yaml"),
		Entry("a name that is none", `"Not A Name"`, "--from", "Not A Name"),
		Entry("an output", "only - is known", "-o", "json"),
		Entry("an argument", "esbuild", "esbuild"),
	)

	It("takes an entry from a registry, with which plan has nothing to do", func() {
		p := newPlace()
		p.copy("testdata/esbuild/desired-state.yaml", stateFile)
		p.edit(stateFile, "        package: esbuild\n", "        package: esbuild\n        artifact: dist/esbuild\n")
		p.edit(stateFile, "        package: \"@esbuild/{target}\"\n", "        package: \"@esbuild/{target}\"\n        artifact: dist/{target}\n")
		p.run("apply", "--sandbox", "--scan-delay", "0s").ends(0)
		world := newPipeline(p)

		user := newPlace()
		flags := []string{"--registry", string(world.registry), "--github-api", string(world.registry) + "/github"}
		o := user.run(append([]string{"init", "--from", "esbuild"}, flags...)...).ends(0)
		Expect(o.out).NotTo(ContainSubstring("a guess"))
		found := declared(user.path(stateFile))
		Expect(declaredPackages(found)).To(Equal(declaredPackages(declared("testdata/esbuild/desired-state.yaml"))))
		Expect(found.Spec.Source.GitHub).To(Equal("evanw/esbuild"))
		Expect(found.Spec.Groups[0].Tag).To(Equal("v{version}"))
		d := user.run("plan", "--detailed-exitcode", "-o", "json", "--github-api", string(world.registry)+"/github").ends(0).document()
		Expect(d.Summary.Converged).To(BeTrue())
		Expect(d.packages()).To(HaveLen(26))

		refused := newPlace()
		Expect(refused.run(append([]string{"init", "--from", "@esbuild/linux-x64"}, flags...)...).ends(1).err).To(
			ContainSubstring("no optional dependencies that look like its platforms"))
	})

	// Reads, and only reads, the registry that npm is configured for on this machine.
	It("takes esbuild from the configured registry", Label("registry"), func() {
		if os.Getenv("FACETS_E2E_REGISTRY") != "1" {
			Skip("FACETS_E2E_REGISTRY=1 runs this")
		}
		github := agreeable()
		DeferCleanup(github.Close)
		p := newPlace()
		run := func(arguments ...string) outcome {
			command := exec.Command(binary, append(arguments, "-f", p.path(stateFile))...)
			command.Env = append(os.Environ(), "GITHUB_API_URL="+github.URL)
			session, err := gexec.Start(command, GinkgoWriter, GinkgoWriter)
			Expect(err).NotTo(HaveOccurred())
			return finish(session)
		}
		Expect(run("init", "--from", "esbuild").ends(0).out).NotTo(ContainSubstring("a guess"))
		Expect(len(declaredPackages(declared(p.path(stateFile))))).To(BeNumerically(">=", 26))
		d := run("plan", "--detailed-exitcode", "-o", "json").ends(0).document()
		Expect(d.Summary.Converged).To(BeTrue())
		Expect(d.pkg("esbuild").is("Complete")).To(Equal("True Complete"))
	})
})

var _ = Describe("schema", func() {
	It("prints what docs hold", func() {
		schema, err := os.ReadFile("../docs/desired-state.schema.json")
		Expect(err).NotTo(HaveOccurred())
		Expect(newPlace().run("schema").ends(0).out).To(Equal(string(schema)))
	})
})

func declared(file string) *desired.State {
	GinkgoHelper()
	state, err := desired.Load(file)
	Expect(err).NotTo(HaveOccurred())
	return state
}

// declaredPackages returns a state's packages by name, without what two authors would say differently.
func declaredPackages(state *desired.State) []desired.Package {
	all := state.Packages()
	for i := range all {
		all[i].Group, all[i].Artifact = "", ""
	}
	slices.SortFunc(all, func(a, b desired.Package) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// workspaceOf leaves agent-facets' workspace in the place as it is before a build: its libraries by the folders of their
// artifacts, its command line, and two private packages.
func (p *place) workspaceOf(state *desired.State) {
	GinkgoHelper()
	manifest := func(folder string, fields map[string]any) {
		text, err := json.Marshal(fields)
		Expect(err).NotTo(HaveOccurred())
		p.write(filepath.Join(folder, "package.json"), string(text))
	}
	platforms := map[string]string{}
	for _, pkg := range state.Packages() {
		switch pkg.Role {
		case desired.RoleLibrary:
			manifest(path.Dir(pkg.Artifact), map[string]any{"name": pkg.Name, "version": "0.1.0"})
		case desired.RolePlatform:
			platforms[pkg.Name.String()] = "1.0.0"
		}
	}
	manifest("packages/cli", map[string]any{"name": "agent-facets", "version": "1.0.0", "optionalDependencies": platforms})
	manifest("packages/landing", map[string]any{"name": "@agent-facets/landing", "private": true})
	manifest("packages/engine", map[string]any{"name": "@agent-facets/engine", "private": true})
	manifest(".", map[string]any{"name": "facets", "private": true, "workspaces": []string{"packages/*", "packages/adapters/*"}})
}

func (p *place) git(arguments ...string) {
	GinkgoHelper()
	finish(p.with("GIT_CONFIG_NOSYSTEM", "1").start("git", arguments...)).ends(0)
}

// agreeable is a GitHub that has every tag v1.2.3 that it was ever asked for.
func agreeable() *httptest.Server {
	var mu sync.Mutex
	known := map[string]bool{}
	return httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		_, prefix, _ := strings.Cut(r.URL.Path, "/matching-refs/")
		mu.Lock()
		defer mu.Unlock()
		if strings.Count(prefix, ".") >= 2 && strings.HasPrefix(prefix, "tags/v") {
			known["refs/"+prefix] = true
		}
		refs := []map[string]any{}
		for ref := range known {
			if strings.HasPrefix(ref, "refs/"+prefix) {
				refs = append(refs, map[string]any{"ref": ref, "object": map[string]any{
					"type": "commit", "sha": "1111111111111111111111111111111111111111"}})
			}
		}
		rw.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(rw).Encode(refs)
	}))
}
