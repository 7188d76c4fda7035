package e2e_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/e2e/clients"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// shapeOnPage is the state file that docs/shapes.md shows in the section with this heading.
func shapeOnPage(heading string) string {
	GinkgoHelper()
	page, err := os.ReadFile("../docs/shapes.md")
	Expect(err).NotTo(HaveOccurred())
	_, section, found := strings.Cut(string(page), "\n## "+heading+"\n")
	Expect(found).To(BeTrue(), heading)
	shown := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindStringSubmatch(section)
	Expect(shown).To(HaveLen(2), heading)
	return shown[1]
}

// arrives tells whether npm installs a package on this machine, whose libc is glibc where it is Linux.
func arrives(p desired.Package, system, cpu string) bool {
	libc := len(p.Platform.Libc) == 0 || system == "linux" && spec.Admits(p.Platform.Libc, "glibc")
	return p.ListedUnder != desired.UnderNothing && libc && spec.Admits(p.Platform.OS, system) && spec.Admits(p.Platform.CPU, cpu)
}

// installedByPNPM lets pnpm install a package into a new place, and returns what is there then: name@version.
func installedByPNPM(r registry, name string) []string {
	GinkgoHelper()
	pnpm, err := clients.PNPM(GinkgoT().Context())
	if err != nil {
		Skip(err.Error())
	}
	p := newPlace()
	p.write("package.json", `{"name": "user", "version": "1.0.0"}`)
	finish(p.start(pnpm, "add", "--registry="+string(r)+"/", "--config.minimumReleaseAge=0", name)).ends(0)
	folders, err := filepath.Glob(p.path("node_modules/.pnpm/*@*"))
	Expect(err).NotTo(HaveOccurred())
	var installed []string
	for _, folder := range folders {
		installed = append(installed, strings.Replace(filepath.Base(folder), "+", "/", 1))
	}
	return installed
}

var _ = Describe("the shapes of docs/shapes.md", func() {
	DescribeTable("are released, installed where they fit and nowhere else, and found again by init",
		func(heading string, further ...string) {
			p := newPlace()
			p.write(stateFile, shapeOnPage(heading))
			p.run("validate").ends(0)
			apply := []string{"apply", "--sandbox", "--scan-delay", "0s", "--yes"}
			p.run(apply...).ends(0)
			for _, tag := range further {
				p.run("sandbox", "tag", tag).ends(0)
				p.run(apply...).ends(0)
			}
			d := p.run("plan", "--sandbox", "-o", "json", "--detailed-exitcode").ends(0).document()
			Expect(d.Summary.Converged).To(BeTrue())
			_, r := p.serve("--scan-delay", "0s")

			state := declared(p.path(stateFile))
			for _, group := range state.Spec.Groups {
				if group.Entry == nil {
					continue
				}
				entry := group.Entry.Package.String()
				expected := map[string]string{entry: d.pkg(entry).Version}
				byPNPM := []string{entry + "@" + d.pkg(entry).Version}
				system, cpu := machine()
				for _, pkg := range state.Packages() {
					own := pkg.Group == group.Name || group.Platforms[0].Group == pkg.Group
					if name := pkg.Name.String(); own && pkg.Role == desired.RolePlatform && arrives(pkg, system, cpu) {
						version := spec.Version(d.pkg(name).Version)
						expected[name] = pkg.Home.Version(version).String()
						byPNPM = append(byPNPM, pkg.On(version))
					}
				}
				Expect(newPlace().install(r, entry)).To(Equal(expected))
				Expect(installedByPNPM(r, entry)).To(ConsistOf(byPNPM))
			}
			found := newPlace()
			entry := state.Spec.Groups[0].Entry.Package.String()
			flags := []string{"--registry", string(r), "--github-api", string(r) + "/github"}
			found.run(append([]string{"init", "--from", entry}, flags...)...).ends(0)
			again := found.run("plan", "--detailed-exitcode", "-o", "json", "--github-api", string(r)+"/github").ends(0).document()
			Expect(again.Summary.Converged).To(BeTrue())
			for _, pkg := range state.Packages() {
				if pkg.Group != state.Spec.Groups[0].Name || pkg.ListedUnder == desired.UnderDependencies && pkg.Platform.Anywhere() {
					continue // of another entry, or like any library
				}
				all := declared(found.path(stateFile)).Packages()
				i := slices.IndexFunc(all, func(other desired.Package) bool { return other.Name == pkg.Name })
				Expect(i).To(BeNumerically(">=", 0), pkg.Name.String())
				Expect(all[i].Platform.Equal(pkg.Platform)).To(BeTrue(), pkg.Name.String())
				Expect(all[i].ListedUnder).To(Equal(pkg.ListedUnder), pkg.Name.String())
			}
		},
		Entry("in lockstep", "In lockstep", "v1.1.0"),
		Entry("one name", "One name", "v1.1.0"),
		Entry("versions of their own", "Platforms at versions of their own", "fonts-v2.0.0", "v1.1.0"),
		Entry("fallbacks and dependencies", "Fallbacks and dependencies"),
		Entry("names and machines", "Names and machines"),
		Entry("prereleases as latest", "Prereleases as latest", "v2.0.0-dev.9", "v2.0.0-dev.10"),
		Entry("two entries", "Two entries over one set of platforms", "v1.1.0"),
	)
})
