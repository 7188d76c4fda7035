package e2e_test

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

// Faults that were found by reading the program, each through the program as it is built.
var _ = Describe("what was found by reading", func() {
	const library, platform = "@demo/core", "@demo/cli-linux-x64"

	It("a trusted publisher that is lost while a run is interrupted is told of", func() {
		var p *pipeline
		deleted, goOn := make(chan struct{}), make(chan struct{})
		var once sync.Once
		demo := newDemo()
		demo.edit(stateFile, "111111111111", "999999999999")
		demo.seedAndTrust()
		demo.edit(stateFile, "999999999999", "111111111111")
		p = newPipelineWith(demo, func(o *sandbox.Options) {
			o.TrustLimit = 1
			o.Middleware = func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
					of, _, is := strings.Cut(r.URL.Path, "/trust")
					if !is || !strings.HasSuffix(of, library) {
						next.ServeHTTP(rw, r)
						return
					}
					select {
					case <-deleted: // nothing that is created after that succeeds
						if r.Method == http.MethodPost {
							answer500(rw)
							return
						}
					default:
					}
					next.ServeHTTP(rw, r)
					if r.Method == http.MethodDelete {
						once.Do(func() { close(deleted) })
						<-goOn
					}
				})
			}
		})
		session := p.human().start(binary, "apply", "--only", "trust", "--package", library, p.otp())
		Eventually(deleted, soon).Should(BeClosed())
		session.Interrupt()
		close(goOn)
		o := finish(session).ends(1)
		Expect(o.out).To(And(ContainSubstring(library), ContainSubstring("has lost the trusted publisher that it had, and putting it back failed")))
	})

	DescribeTable("a dist-tag is looked up right before it is moved",
		func(overtaking string, moved string) {
			var p *pipeline
			var planned sync.Once // once the last run has looked for its plan
			var last atomic.Bool
			demo := newDemo()
			demo.seedAndTrust()
			demo.build("1.0.0")
			p = newPipelineWith(demo, func(o *sandbox.Options) {
				o.OIDCDistTags = true
				o.Middleware = func(next http.Handler) http.Handler {
					return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
						next.ServeHTTP(rw, r)
						if last.Load() && r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, library+"/dist-tags") && overtaking != "" {
							planned.Do(func() { p.point(library, "latest", overtaking) }) // before the answer leaves
						}
					})
				}
			})
			for _, version := range []string{"1.0.0", "2.0.0"} {
				demo.standInLibrary(version)
				Expect(p.world.Tag(library + "@" + version)).To(Succeed())
				p.human().run("apply", "--auth", "token", "--tag", library+"@"+version, "--yes", p.otp()).ends(0)
			}
			p.point(library, "latest", "0.0.1")
			last.Store(true)
			p.job(library+"@1.0.0", nil).run("apply", "--only", "tag")
			Expect(p.registry.distTags(library)).To(HaveKeyWithValue("latest", moved))
		},
		Entry("and moved where nothing came in between", "", "1.0.0"),
		Entry("and left to a release that came in between", "2.0.0", "2.0.0"),
	)

	DescribeTable("a folder in a .tgz is held to the same paths as a file",
		func(entry string) {
			p := newDemo()
			p.seedAndTrust()
			p.build("1.0.0")
			p.edit(stateFile, "artifact: packages/core\n", "artifact: core.tgz\n")
			p.tgzWith("core.tgz", fmt.Sprintf(`{"name": %q, "version": "1.0.0"}`, library), entry)
			o := newPipeline(p).job(library+"@1.0.0", nil).run("apply").ends(1)
			Expect(o.out + o.err).To(ContainSubstring(library))
			Expect(o.out).NotTo(ContainSubstring("versions published"))
		},
		Entry("that leaves the package", "package/../../x/"),
		Entry("that begins at the root", "/etc/"),
		Entry("that leaves it later", "package/a/../../../y/"),
	)

	It("one plan has one exit code", func() {
		demo := released()
		p := newPipeline(demo)
		for _, step := range []struct {
			what string
			come func()
			code int
		}{
			{"nothing", func() {}, 0},
			{"a name that is to be seeded", func() { demo.declare("@demo/missing") }, 3},
			{"a package that is not declared", func() {
				demo.write("packages/other/package.json", `{"name": "@demo/other", "version": "1.0.0"}`)
			}, 2},
			{"a torn release", func() {
				demo.remove("packages/other")
				demo.edit(stateFile, "          - linux-x64\n", "")
				Expect(p.world.Remove(platform, "1.1.0")).To(Succeed())
			}, 2},
		} {
			step.come()
			for _, command := range [][]string{{"plan", "--detailed-exitcode"}, {"drift"}} {
				Expect(p.human().run(command...).code).To(Equal(step.code), "%s: %v", step.what, command)
			}
		}
	})

	It("no report is written through a link that was planted", func() {
		p := newDemo()
		p.write("precious", "as it was")
		for pid := range 3000 { // of which the next process has one
			Expect(os.Symlink(p.path("precious"), p.path(fmt.Sprintf("report.json.%d.tmp", os.Getpid()+pid)))).To(Succeed())
		}
		p.run("plan", "--sandbox", "--report", "json=report.json").ends(0)
		Expect(p.read("precious")).To(Equal("as it was"))
		Expect(json.Valid([]byte(p.read("report.json")))).To(BeTrue())
	})

	DescribeTable("private is read by one rule",
		func(value string, undeclared bool) {
			p := newDemo()
			p.write("packages/other/package.json", `{"name": "@demo/other", "version": "1.0.0", "private": `+value+`}`)
			o := p.run("plan", "--sandbox", "-o", "json").ends(0)
			Expect(o.document().kinds()).To(WithTransform(func(kinds []string) bool {
				return strings.Contains(strings.Join(kinds, " "), "Undeclared")
			}, Equal(undeclared)))
		},
		Entry("0 is public", "0", true),
		Entry("an empty text is public", `""`, true),
		Entry("null is public", "null", true),
		Entry("any other text is private", `"no"`, false),
		Entry("a list is private", "[]", false),
	)

	DescribeTable("a placeholder claims the project's license, or none",
		func(file, content, license string) {
			p := newDemo()
			if file != "" {
				p.write(file, content)
			}
			p.run("apply", "--sandbox", "--scan-delay", "0s", "--only", "seed").ends(0)
			var manifest map[string]any
			status, body := newPipeline(p).registry.request(http.MethodGet, "/"+spec.Name(platform).Escaped()+"/0.0.1", "")
			Expect(status).To(Equal(http.StatusOK), body)
			Expect(json.Unmarshal([]byte(body), &manifest)).To(Succeed())
			if license == "" {
				Expect(manifest).NotTo(HaveKey("license"))
				return
			}
			Expect(manifest).To(HaveKeyWithValue("license", license))
		},
		Entry("of its package.json", "package.json", `{"name": "demo-workspace", "private": true, "workspaces": ["packages/*"], "license": "Apache-2.0"}`,
			"Apache-2.0"),
		Entry("none where nothing says one", "", "", ""),
	)

	DescribeTable("npm's own placeholder is no release",
		func(version string, unproven bool) {
			p := newDemo()
			world := newPipeline(p)
			human := world.human()
			p.standInLibrary(version)
			human.npm("publish", "./packages/core", "--access", "public", "--tag", "latest", world.otp())
			p.remove("packages/core")
			human.run("apply", "--only", "trust", "--package", library, "--yes", world.otp()).ends(0)
			Expect(human.run("drift", "-o", "json").document().findings()).To(WithTransform(func(all []string) bool {
				return slices.Contains(all, "Unproven "+library)
			}, Equal(unproven)))
		},
		Entry("so that a trusted publisher beside it never published", "0.0.0-stage", true),
		Entry("as ours is none", "0.0.1", true),
		Entry("as other versions are", "0.0.2", false),
	)

	It("a rehearsal does not promise that a pipeline may move dist-tags", func() {
		for _, allowed := range []bool{false, true} {
			p := newDemo()
			p.seedAndTrust()
			p.build("1.0.0")
			world := newPipelineWith(p, func(o *sandbox.Options) { o.OIDCDistTags = allowed })
			world.job("v1.0.0", nil).run("apply").ends(0)
			world.point(platform, "latest", "0.0.1")
			o := world.job("v1.0.0", nil).run("apply", "--only", "tag")
			Expect(world.registry.distTags(platform)["latest"]).To(Equal(map[bool]string{true: "1.0.0", false: "0.0.1"}[allowed]), o.out)
		}
		Expect(newDemo().run("plan", "--oidc-dist-tags").ends(1).err).To(ContainSubstring("--oidc-dist-tags is the sandbox's"))
	})
})

// standInLibrary builds the demo's library at a version.
func (p *place) standInLibrary(version string) {
	GinkgoHelper()
	p.write("packages/core/package.json", fmt.Sprintf(`{"name": "@demo/core", "version": %q}`, version))
}

// tgzWith packs a package.json, and a folder whose path is as given.
func (p *place) tgzWith(path, packageJSON, folder string) {
	GinkgoHelper()
	file, err := os.Create(filepath.Join(p.dir, path))
	Expect(err).NotTo(HaveOccurred())
	zipped := gzip.NewWriter(file)
	archive := tar.NewWriter(zipped)
	Expect(archive.WriteHeader(&tar.Header{Name: "package/package.json", Mode: 0o644, Size: int64(len(packageJSON))})).To(Succeed())
	_, err = archive.Write([]byte(packageJSON))
	Expect(err).NotTo(HaveOccurred())
	Expect(archive.WriteHeader(&tar.Header{Name: folder, Typeflag: tar.TypeDir, Mode: 0o755})).To(Succeed())
	Expect(archive.Close()).To(Succeed())
	Expect(zipped.Close()).To(Succeed())
	Expect(file.Close()).To(Succeed())
}
