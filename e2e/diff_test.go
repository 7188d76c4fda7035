package e2e_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"

	"github.com/agent-facets/facets-reconcile/internal/artifact/standin"
)

// comparison is what these specs look for in the output of diff -o json.
type comparison struct {
	Kind     string
	ExitCode int
	Groups   []struct {
		Name, Version string
		Packages      []comparedPackage
	}
	Summary struct{ Packages, Failed, New, Gone, Added, Removed, Changed int }
}

type comparedPackage struct {
	Name, Role, Error, Note string
	From, To                *struct {
		Version, Source  string
		Packed, Unpacked int64
	}
	Files []struct {
		Path, Change string
		From, To     *struct {
			Size       int64
			Mode, Kind string
		}
		SameBytes bool
	}
	Fields []struct {
		Path    []string
		Change  string
		Follows bool
	}
}

func (o outcome) comparison() (c comparison) {
	GinkgoHelper()
	Expect(json.Unmarshal([]byte(o.out), &c)).To(Succeed(), o.out)
	Expect(c.Kind).To(Equal("Comparison"))
	return c
}

func (c comparison) pkg(name string) comparedPackage {
	GinkgoHelper()
	for _, g := range c.Groups {
		for _, p := range g.Packages {
			if p.Name == name {
				return p
			}
		}
	}
	Fail("no " + name + " was compared")
	return comparedPackage{}
}

// paths are those of the files that differ.
func (p comparedPackage) paths() []string {
	paths := []string{}
	for _, f := range p.Files {
		paths = append(paths, f.Path)
	}
	return paths
}

var _ = Describe("diff", func() {
	It("shows what a release changes before and after it is made, as npm diff does", func() {
		p := newDemo()
		p.build("1.0.0")
		p.write("dist/demo/old.js", "old")
		p.write("dist/demo/grown.js", "1")
		p.write("dist/demo/run.sh", "echo")
		p.run("apply", "--sandbox", "--scan-delay", "0s").ends(0)
		p.build("1.1.0")
		p.remove("dist/demo/old.js")
		p.write("dist/demo/lib/new.js", "new")
		p.write("dist/demo/grown.js", "1234")
		Expect(os.Chmod(p.path("dist/demo/run.sh"), 0o700)).To(Succeed())
		p.remove("dist/@demo/cli-linux-x64")
		p.buildPlatform("@demo/cli-linux-x64", "@demo/cli-linux-arm64", "1.1.0")

		before := p.run("diff", "--sandbox", "v1.1.0", "-o", "json").ends(0).comparison()
		Expect(before.Summary).To(And(HaveField("Packages", 4), HaveField("Failed", 0)))
		demo := before.pkg("demo")
		Expect(demo.From).To(And(HaveField("Version", "1.0.0"), HaveField("Source", "served")))
		Expect(demo.To).To(And(HaveField("Version", "1.1.0"), HaveField("Source", "built")))
		Expect(demo.paths()).To(ContainElements("grown.js", "lib/new.js", "old.js", "package.json", "run.sh"))
		x64 := before.pkg("@demo/cli-linux-x64")
		Expect(x64.Files).To(ContainElement(And(HaveField("Path", "bin/cli-linux-x64"), HaveField("From.Kind", HavePrefix("ELF linux x64")),
			HaveField("To.Kind", HavePrefix("ELF linux arm64")))), "the wrong executable is seen")
		table := p.run("diff", "--sandbox", "v1.1.0").ends(0).out
		Expect(table).To(And(ContainSubstring("+ lib/new.js  3 B"), ContainSubstring("- old.js"), ContainSubstring("mode 0600 → 0700"),
			ContainSubstring("~ grown.js  1 B → 4 B (+3 B)"), ContainSubstring("3 go from 1.0.0 to 1.1.0")))
		Expect(p.run("diff", "--sandbox", "v1.1.0", "-o", "markdown").ends(0).out).To(ContainSubstring("```diff\n"))

		p.remove("dist/@demo/cli-linux-x64")
		p.build("1.1.0")
		p.run("sandbox", "tag", "v1.1.0").ends(0)
		p.run("apply", "--sandbox", "--scan-delay", "0s").ends(0)
		p.remove("dist")
		after := p.run("diff", "--sandbox", "1.0.0", "demo@1.1.0", "-o", "json").ends(0).comparison()
		Expect(after.pkg("demo").To.Source).To(Equal("served"))
		Expect(after.pkg("demo").Files).To(Equal(demo.Files), "what was to be sent is what is served")
		Expect(p.run("diff", "--sandbox", "v1.1.0", "-o", "json").ends(0).comparison()).To(Equal(after), "the version before is found")
		Expect(p.run("diff", "--sandbox", "v1.0.0", "v1.1.0", "-o", "json").ends(0).comparison()).To(Equal(after))
		one := p.run("diff", "--sandbox", "@demo/cli-linux-arm64@1.1.0", "-o", "json").ends(0).comparison()
		Expect(one.Summary.Packages).To(Equal(1))

		_, r := p.serve("--scan-delay", "0s")
		human := newPlace().with("npm_config_registry", string(r)+"/")
		for _, name := range append(slices.Clone(demoNames()[:3]), "demo") {
			theirs := strings.Fields(human.npm("diff", "--diff="+name+"@1.0.0", "--diff="+name+"@1.1.0", "--diff-name-only"))
			Expect(after.pkg(name).paths()).To(ConsistOf(theirs), name)
		}
	})

	It("shows to a human what waits for approval, and to others what is built", func() {
		p := newDemo()
		p.build("1.0.0")
		p.run("apply", "--sandbox", "--scan-delay", "0s").ends(0)
		p.run("sandbox", "tag", "v1.1.0").ends(0)
		p.build("1.1.0")
		p.write("dist/demo/staged.js", "staged")
		ci := newPipeline(p)
		ci.job("v1.1.0", nil).run("apply", "--staged", "--package", "demo", "--package", "@demo/cli-linux-x64").ends(3)
		p.remove("dist/demo/staged.js")
		p.write("dist/demo/built.js", "built")

		others := ci.outside().run("diff", "demo@1.1.0", "-o", "json").ends(0).comparison()
		Expect(others.pkg("demo").To).To(HaveField("Source", "built"))

		human := ci.human().run("diff", "demo@1.1.0", "-o", "json").ends(0).comparison()
		Expect(human.pkg("demo").To).To(HaveField("Source", "staged"))
		Expect(human.pkg("demo").paths()).To(And(ContainElement("staged.js"), Not(ContainElement("built.js"))))
		Expect(human.pkg("@demo/cli-linux-arm64").To).To(HaveField("Source", "built"), "it is not staged")
		one := ci.human().run("diff", "v1.1.0", "--package", "demo").ends(0).out
		Expect(one).To(And(ContainSubstring("1.1.0 (staged)"), ContainSubstring("+ staged.js")))
	})

	It("says what cannot be compared, and compares the rest", func() {
		p := newDemo()
		p.build("1.0.0")
		p.run("apply", "--sandbox", "--scan-delay", "0s").ends(0)
		p.build("1.1.0")
		p.standIn("dist/@demo/cli-linux-x64", standin.Package{
			Name: "@demo/cli-linux-x64", Version: "1.2.0", Platform: demoPlatforms()["@demo/cli-linux-x64"], Binary: true,
		})
		c := p.run("diff", "--sandbox", "v1.1.0", "-o", "json").ends(1).comparison()
		Expect(c.ExitCode).To(Equal(1))
		Expect(c.pkg("@demo/cli-linux-x64").Error).To(ContainSubstring("it is built as @demo/cli-linux-x64@1.2.0, not as 1.1.0"))
		Expect(c.pkg("@demo/cli-linux-arm64").To).NotTo(BeNil())
		Expect(c.Summary).To(And(HaveField("Packages", 4), HaveField("Failed", 1)))

		first := p.run("diff", "--sandbox", "v1.0.0", "-o", "json").ends(0).comparison()
		Expect(first.Summary.New).To(Equal(4))
		Expect(first.pkg("demo").Note).To(Equal("no version below 1.0.0 is served"))
		Expect(p.run("diff", "--sandbox", "9.9.9", "v1.1.0", "-o", "json").ends(1).comparison().pkg("demo").Error).To(ContainSubstring("demo@9.9.9"))
	})

	DescribeTable("refuses what names no two versions of one thing",
		func(said string, arguments ...string) {
			o := newDemo().run(append([]string{"diff", "--sandbox"}, arguments...)...).ends(1)
			Expect(o.err).To(ContainSubstring(said))
			Expect(o.out).To(BeEmpty())
		},
		Entry("no tag", "nor is it NAME@VERSION", "nothing"),
		Entry("no package of the file", "other is no package of the state file", "other@1.0.0"),
		Entry("two packages", "which cannot be compared", "@demo/core@1.0.0", "@demo/adapter@1.1.0"),
		Entry("a platform and the release", "which cannot be compared", "@demo/cli-linux-x64@1.0.0", "v1.1.0"),
		Entry("three", "diff compares one release", "1.0.0", "1.1.0", "1.2.0"),
		Entry("two ways to name it", "leave one out", "v1.1.0", "--tag", "v1.0.0"),
	)
})

// These read, and only read, the registry that npm is configured for on this machine, with its whole environment.
var _ = Describe("diff of two versions of esbuild", Label("registry"), func() {
	It("names the files that npm diff names", func() {
		if os.Getenv("FACETS_E2E_REGISTRY") != "1" {
			Skip("FACETS_E2E_REGISTRY=1 runs this")
		}
		file, err := filepath.Abs("testdata/esbuild/desired-state.yaml")
		Expect(err).NotTo(HaveOccurred())
		outputOf := func(program string, args ...string) outcome {
			GinkgoHelper()
			command := exec.Command(program, args...)
			command.Dir = GinkgoT().TempDir()
			session, err := gexec.Start(command, GinkgoWriter, GinkgoWriter)
			Expect(err).NotTo(HaveOccurred())
			return finish(session).ends(0)
		}
		c := outputOf(binary, "diff", "-f", file, "0.24.2", "v0.25.0", "-o", "json").comparison()
		Expect(c.Summary).To(And(HaveField("Packages", 26), HaveField("Failed", 0)))
		for _, name := range []string{"esbuild", "@esbuild/linux-x64", "@esbuild/win32-arm64", "@esbuild/darwin-arm64"} {
			p := c.pkg(name)
			Expect(p.From).NotTo(BeNil(), name)
			theirs := outputOf("npm", "diff", "--diff="+name+"@0.24.2", "--diff="+name+"@0.25.0", "--diff-name-only").out
			Expect(p.paths()).To(ConsistOf(strings.Fields(theirs)), name)
		}
		Expect(c.pkg("@esbuild/linux-x64").Files).To(ContainElement(And(HaveField("Path", "bin/esbuild"), HaveField("To.Kind", "ELF x64"))))
	})
})
