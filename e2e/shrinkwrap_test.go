package e2e_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/e2e/clients"
)

// npm up to 11 installs what an entry needs by the entry's npm-shrinkwrap.json, whatever its package.json says, and reports success.
var _ = Describe("an entry with an npm-shrinkwrap.json", Ordered, func() {
	var (
		p     *place
		ci    *pipeline
		mine  string // the platform of this machine
		other string
	)

	BeforeAll(func() {
		system, cpu := machine()
		mine, other = "@demo/cli-"+system+"-"+cpu, "@demo/cli-darwin-arm64"
		if _, ok := demoPlatforms()[mine]; !ok {
			Skip("the demo has no platform for " + system + "-" + cpu)
		}
		if mine == other {
			other = "@demo/cli-linux-x64"
		}
		p = newDemo()
		p.edit(stateFile, "artifact: dist/demo", "artifact: dist/demo-{version}.tgz") // a directory's shrinkwrap is not packed here
		p.seedAndTrust()
		ci = newPipeline(p)
	})

	// pack packs the entry as npm 11 does, with a shrinkwrap of these pins.
	pack := func(version string, pins map[string]string) {
		GinkgoHelper()
		platforms := map[string]string{}
		for name := range demoPlatforms() {
			platforms[name] = version
		}
		document, err := json.Marshal(map[string]any{
			"name": "demo", "version": version, "bin": "bin/demo.js", "optionalDependencies": platforms,
		})
		Expect(err).NotTo(HaveOccurred())
		p.write("dist/demo/package.json", string(document))
		p.write("dist/demo/bin/demo.js", "#!/usr/bin/env node\n")
		packages := map[string]any{"": map[string]string{"name": "demo", "version": version}}
		for name, pinned := range pins {
			packages["node_modules/"+name] = map[string]any{"version": pinned, "optional": true}
		}
		lock, err := json.Marshal(map[string]any{"name": "demo", "version": version, "lockfileVersion": 3, "packages": packages})
		Expect(err).NotTo(HaveOccurred())
		p.write("dist/demo/npm-shrinkwrap.json", string(lock))
		p.npm("pack", "./dist/demo", "--pack-destination", "dist")
	}

	// release builds a version and lets its platforms be published; its entry has a shrinkwrap of these pins.
	release := func(version string, pins map[string]string) {
		GinkgoHelper()
		p.build(version)
		pack(version, pins)
		flags := []string{"apply"}
		for name := range demoPlatforms() {
			flags = append(flags, "--package", name)
		}
		ci.job("v"+version, nil).run(flags...).ends(0)
		Expect(ci.registry.served(mine, version)).To(BeTrue())
	}

	// refused runs apply, which must send nothing, and then publishes the entry with npm all the same.
	refused := func(version, why string) {
		GinkgoHelper()
		before := ci.sent(http.MethodPut)
		o := ci.job("v"+version, nil).run("apply").ends(1)
		Expect(ci.sent(http.MethodPut)).To(Equal(before), "something was published")
		Expect(o.out + o.err).To(And(ContainSubstring("ArtifactRefused"), ContainSubstring(why), ContainSubstring("(check shrinkwrap)"),
			ContainSubstring("leave npm-shrinkwrap.json out of the package")))
		ci.job("v"+version, nil).npm("publish", "./dist/demo-"+version+".tgz", "--access", "public")
	}

	// installed are the demo's packages that a client installs of a version, by where they are.
	installed := func(client, version string) map[string]string {
		GinkgoHelper()
		c, err := clients.NPM(GinkgoT().Context(), client)
		if errors.Is(err, errors.ErrUnsupported) {
			Skip(err.Error())
		}
		Expect(err).NotTo(HaveOccurred())
		user := newPlace()
		user.write("package.json", `{"name": "user", "version": "1.0.0"}`)
		finish(user.start(c.Node, c.Script, "install", "demo@"+version, "--registry", string(ci.registry)+"/", "--audit=false", "--fund=false",
			"--update-notifier=false")).ends(0)
		found := map[string]string{}
		for _, below := range []string{"node_modules", "node_modules/demo/node_modules"} {
			for _, name := range demoNames() {
				data, err := os.ReadFile(filepath.Join(user.dir, below, name, "package.json"))
				if errors.Is(err, os.ErrNotExist) {
					continue
				}
				Expect(err).NotTo(HaveOccurred())
				var about struct{ Version string }
				Expect(json.Unmarshal(data, &about)).To(Succeed())
				found[name] = about.Version
			}
		}
		return found
	}

	It("that pins another version of its platforms is refused, where npm 11 would install that one", func() {
		p.build("1.0.0")
		pins := map[string]string{}
		for name := range demoPlatforms() {
			pins[name] = "1.0.0"
		}
		pack("1.0.0", pins)
		ci.job("v1.0.0", nil).run("apply").ends(0)
		release("1.1.0", map[string]string{mine: "1.0.0", other: "1.0.0"})
		refused("1.1.0", mine+` is pinned at "1.0.0", not "1.1.0"`)
		Expect(installed(clients.NPM11, "1.1.0")).To(Equal(map[string]string{"demo": "1.1.0", mine: "1.0.0", other: "1.0.0"}))
		Expect(installed(clients.NPM12, "1.1.0")).To(Equal(map[string]string{"demo": "1.1.0", mine: "1.1.0"}), "npm 12 does not read it")
	})

	It("that lists another platform only is refused, where npm 11 would install that one on every machine", func() {
		release("1.2.0", map[string]string{other: "1.2.0"})
		refused("1.2.0", mine+" is missing")
		Expect(installed(clients.NPM11, "1.2.0")).To(Equal(map[string]string{"demo": "1.2.0", other: "1.2.0"}))
	})

	It("that lists none is refused, where npm 11 would install none", func() {
		release("1.3.0", nil)
		refused("1.3.0", mine+" is missing")
		Expect(installed(clients.NPM11, "1.3.0")).To(Equal(map[string]string{"demo": "1.3.0"}))
	})

	It("that pins them all is published with a warning, as npm 11 installs them all", func() {
		pins := map[string]string{}
		for name := range demoPlatforms() {
			pins[name] = "1.4.0"
		}
		release("1.4.0", pins)
		o := ci.job("v1.4.0", nil).run("apply").ends(0)
		Expect(o.out + o.err).To(And(ContainSubstring("ArtifactWarning"), ContainSubstring("npm up to 11 installs all 3 platforms on every machine")))
		pins["demo"] = "1.4.0"
		Expect(installed(clients.NPM11, "1.4.0")).To(Equal(pins))
		Expect(installed(clients.NPM12, "1.4.0")).To(Equal(map[string]string{"demo": "1.4.0", mine: "1.4.0"}))
	})
})
