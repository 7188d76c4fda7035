package e2e_test

import (
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/saved"
)

var _ = Describe("a saved plan", func() {
	const file = "plans/release.json"

	// next is a released project of which 1.2.0 is built and tagged, but not released.
	next := func() *pipeline {
		GinkgoHelper()
		demo := released()
		demo.build("1.2.0")
		p := newPipeline(demo)
		Expect(p.world.Tag("v1.2.0")).To(Succeed())
		return p
	}
	save := func(p *pipeline, flags ...string) {
		GinkgoHelper()
		p.job("v1.2.0", nil).run(append([]string{"plan", "--out", file}, flags...)...).ends(0)
	}

	It("is applied, and once applied leaves nothing to do", func() {
		p := next()
		d := p.job("v1.2.0", nil).run("plan", "--out", file, "--detailed-exitcode", "-o", "json").ends(2).document()
		Expect(d.changed("publish")).To(HaveLen(4), "it is printed as without")
		info, err := os.Stat(p.path(file))
		Expect(err).NotTo(HaveOccurred())
		Expect(info.Mode().Perm()).To(Equal(os.FileMode(0o600)))
		Expect(anyToken.MatchString(p.read(file))).To(BeFalse(), "a token is in it")
		Expect(p.read(file)).To(ContainSubstring(`"kind": "SavedPlan"`))

		o := p.job("v1.2.0", nil).run("apply", file).ends(0)
		Expect(o.lines("publish")).To(HaveLen(4))
		Expect(p.sent(http.MethodPut)).To(HaveLen(4))
		again := p.job("v1.2.0", nil).run("apply", file).ends(0)
		Expect(again.err).To(ContainSubstring(file + " still stands; an earlier run of it made 4 of its changes"))
		Expect(p.sent(http.MethodPut)).To(HaveLen(4))
	})

	It("is continued after its run was killed", func() {
		p := next()
		var puts atomic.Int64
		reached, released := make(chan struct{}), make(chan struct{})
		q := newPipelineBehind(p.place, func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPut {
					switch puts.Add(1) {
					case 1:
					case 2:
						<-released
						return // it never arrives
					case 3: // the last of the platforms: a later one would be the next run's
						close(reached)
						<-released
						return
					}
				}
				next.ServeHTTP(rw, r)
			})
		})
		save(q)
		session := q.job("v1.2.0", nil).start(binary, "apply", file)
		Eventually(reached, soon).Should(BeClosed())
		Eventually(func() int { return strings.Count(string(session.Err.Contents()), ": accepted") }, soon).Should(Equal(1))
		session.Kill().Wait(soon)
		close(released)

		o := q.job("v1.2.0", nil).run("apply", file).ends(0)
		Expect(o.err).To(ContainSubstring("made 1 of its changes, this one goes on"))
		Expect(o.lines("publish")).To(HaveLen(3))
		Expect(q.registry.served("demo", "1.2.0")).To(BeTrue())
	})

	It("is applied by several nodes", func() {
		p := next()
		save(p)
		for _, shard := range []string{"1/2", "0/2"} {
			p.job("v1.2.0", nil).run("apply", file, "--shard", shard).ends(0)
		}
		Expect(p.registry.served("demo", "1.2.0")).To(BeTrue())
		Expect(p.sent(http.MethodPut)).To(HaveLen(4))
	})

	DescribeTable("is refused when what it rests on has changed, which is named",
		func(change func(*pipeline), says ...string) {
			p := next()
			save(p)
			change(p)
			before := p.sent(http.MethodPut)
			o := p.job("v1.2.0", nil).run("apply", file).ends(1)
			Expect(p.sent(http.MethodPut)).To(Equal(before))
			Expect(o.err).To(ContainSubstring("plans/release.json is stale, and nothing was done"))
			Expect(o.err).To(ContainSubstring("plan again, and have that approved: facets-reconcile plan --out plans/release.json --tag v1.2.0"))
			for _, line := range says {
				Expect(o.err).To(ContainSubstring("\n  " + line + "\n"))
			}
			Expect(strings.Count(o.err, "\n  ")).To(Equal(len(says)))
		},
		Entry("a dist-tag", func(p *pipeline) { p.point("@demo/cli-linux-x64", "latest", "1.0.0") },
			"@demo/cli-linux-x64: dist-tag latest: was 1.1.0, is 1.0.0"),
		Entry("a trusted publisher", func(p *pipeline) { p.distrust("demo") },
			"demo: its trusted publisher: was ExchangeAccepted, is ExchangeRefused"),
		Entry("names that are there no more", func(p *pipeline) {
			for _, name := range []string{"demo", "@demo/cli-linux-arm64"} {
				Expect(p.world.Unpublish(spec.Name(name))).To(Succeed())
			}
		}, "demo: its name: was taken, is unpublished", "@demo/cli-linux-arm64: its name: was taken, is unpublished"),
	)

	It("is refused when a further tag was pushed, or the state file edited, or the registry is another", func() {
		p := next()
		p.job("", nil).run("plan", "--out", file).ends(0)
		Expect(p.world.Tag("v1.3.0")).To(Succeed())
		Expect(p.job("", nil).run("apply", file).ends(1).err).To(And(
			ContainSubstring("demo: the desired version: was 1.2.0, is 1.3.0"), ContainSubstring("--out plans/release.json\n")))

		save(p)
		other := newPipeline(p.place)
		Expect(other.job("v1.2.0", nil).run("apply", file).ends(1).err).To(MatchRegexp(`the registry: was http://\S+, is http://`))

		p.edit(stateFile, "github: example/demo", "github: example/demo # the real one")
		Expect(p.job("v1.2.0", nil).run("apply", file).ends(1).err).To(ContainSubstring("the state file desired-state.yaml: was sha256:"))
		Expect(p.sent(http.MethodPut)).To(BeEmpty())
	})

	It("is of the state file that was planned with, not of one that was saved meanwhile", func() {
		demo := next().place
		var once sync.Once
		p := newPipelineBehind(demo, func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				once.Do(func() {
					Expect(os.WriteFile(demo.path(stateFile), []byte(demo.read(stateFile)+"# edited\n"), 0o600)).To(Succeed())
				})
				next.ServeHTTP(rw, r)
			})
		})
		save(p)
		Expect(p.job("v1.2.0", nil).run("apply", file).ends(1).err).To(ContainSubstring("the state file desired-state.yaml: was sha256:"))
		Expect(p.sent(http.MethodPut)).To(BeEmpty())
	})

	It("names a state file of any size or kind, and no more of it is read than such a file has", func() {
		p := next()
		save(p)
		p.remove(stateFile)
		Expect(os.Symlink("/dev/zero", p.path(stateFile))).To(Succeed())
		Expect(p.job("v1.2.0", nil).run("apply", file).ends(1).err).To(ContainSubstring("is no regular file"))
		p.remove(stateFile)
		p.write(stateFile, "")
		Expect(os.Truncate(p.path(stateFile), 1<<21)).To(Succeed())
		Expect(p.job("v1.2.0", nil).run("apply", file).ends(1).err).To(ContainSubstring("is larger than 1 MiB"))
	})

	It("is refused when another version of the program made it", func() {
		p := next()
		save(p)
		plan, err := saved.Read(p.path(file))
		Expect(err).NotTo(HaveOccurred())
		plan.Program = "v0.0.1"
		Expect(saved.Write(p.path(file), plan)).To(Succeed())
		Expect(p.job("v1.2.0", nil).run("apply", file).ends(1).err).To(ContainSubstring("the version of facets-reconcile: was v0.0.1, is "))
		Expect(p.sent(http.MethodPut)).To(BeEmpty())
	})

	It("counts what was made by the names of packages, in whatever order they stand", func() {
		p := next()
		some := func(name string) { p.job("v1.2.0", nil).run("apply", "--package", name, "--timeout", "0s") }
		some("@demo/cli-linux-x64") // so that the plan has a package without changes
		save(p)
		some("@demo/cli-darwin-arm64")
		plan, err := saved.Read(p.path(file))
		Expect(err).NotTo(HaveOccurred())
		packages := plan.Releases[0].Packages
		Expect(packages).To(HaveLen(4))
		packages[1], packages[2], packages[3] = packages[2], packages[3], packages[1] // the first one names the release
		Expect(saved.Write(p.path(file), plan)).To(Succeed())
		o := p.job("v1.2.0", nil).run("apply", file).ends(0)
		Expect(o.err).To(ContainSubstring("made 1 of its changes"))
		Expect(o.lines("publish")).To(HaveLen(2))
	})

	It("is for the tag of its pipeline", func() {
		p := next()
		save(p)
		Expect(p.job("v1.1.0", nil).run("apply", file).ends(1).err).To(ContainSubstring("was not made for the tag of this job, v1.1.0"))
		o := p.job("", nil).run("apply", file, "--yes").ends(0) // by a job without tag, as by a human
		Expect(o.lines("publish")).To(HaveLen(4))
	})

	It("holds all that is done: what it does not have is left undone", func() {
		demo := newDemo()
		p := newPipeline(demo)
		p.human().run("plan", "--only", "seed", "--package", "demo", "--out", file).ends(0)
		o := p.human().run("apply", file, p.otp()).ends(0)
		Expect(o.lines("seed")).To(HaveLen(1))
		Expect(o.lines("trust")).To(BeEmpty())
		Expect(p.sent(http.MethodPut)).To(HaveEach("/demo"))
	})

	It("does not grow by what somebody else can see", func() {
		demo := newDemo()
		demo.run("apply", "--sandbox", "--scan-delay", "0s", "--only", "seed").ends(0)
		p := newPipeline(demo)
		d := p.outside().run("plan", "--out", file, "-o", "json").ends(0).document()
		Expect(d.changed("publish")).To(HaveLen(6))
		Expect(d.changed("trust")).To(BeEmpty(), "only a human's session can tell")

		o := p.human().run("apply", file, p.otp()).ends(3)
		Expect(o.lines("trust")).To(BeEmpty())
		Expect(p.trusted("demo")).To(BeEmpty())
		Expect(o.out).To(ContainSubstring("facets-reconcile apply --only seed,trust"), "what stands in the way is said")
	})

	It("for a backport has its dist-tag", func() {
		demo := released()
		demo.build("1.0.1")
		p := newPipeline(demo)
		p.job("v1.0.1", nil).run("plan", "--dist-tag", "old", "--out", file).ends(0)
		p.job("v1.0.1", nil).run("apply", file).ends(0)
		Expect(p.registry.distTags("demo")).To(And(HaveKeyWithValue("old", "1.0.1"), HaveKeyWithValue("latest", "1.1.0")))
	})

	It("of a rehearsal is applied to the same rehearsal only", func() {
		p := newDemo()
		p.run("plan", "--sandbox", "--out", file).ends(0)
		Expect(p.run("apply", file).ends(1).err).To(ContainSubstring("apply it with --sandbox=" + p.path(".facets-sandbox")))
		Expect(p.run("apply", file, "--sandbox=other").ends(1).err).To(ContainSubstring("apply it with --sandbox="))
		Expect(p.run("apply", file, "--sandbox", "--scan-delay", "0s").ends(0).out).To(ContainSubstring("Converged"))
		Expect(p.run("apply", "elsewhere", "--sandbox").ends(1).err).To(ContainSubstring("give it as --sandbox=elsewhere"))
	})

	It("for the tag of a private package has nothing to do", func() {
		p := newPipeline(newDemo())
		job := p.job("@demo/site@3.0.0", nil)
		job.run("plan", "--out", file).ends(0)
		Expect(job.run("apply", file).ends(0).err).To(ContainSubstring("nothing to publish"))
	})

	It("is not written where something could not be read", func() {
		p := newPipelineBehind(released(), func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if strings.Contains(r.URL.Path, "/dist-tags") {
					http.Error(rw, "out of order", http.StatusNotImplemented)
					return
				}
				next.ServeHTTP(rw, r)
			})
		})
		Expect(p.job("v1.1.0", nil).run("plan", "--out", file).ends(1).err).To(ContainSubstring(file + " was not written"))
		Expect(p.path(file)).NotTo(BeAnExistingFile())
	})

	DescribeTable("that is none, or was touched, is refused before anybody is asked",
		func(change func(text string) string, says string, flags ...string) {
			p := next()
			save(p)
			p.write(file, change(p.read(file)))
			asked := len(p.world.Requests())
			o := p.job("v1.2.0", nil).run(append([]string{"apply", file}, flags...)...).ends(1)
			Expect(o.err).To(ContainSubstring(says))
			Expect(p.world.Requests()).To(HaveLen(asked))
		},
		Entry("edited", func(s string) string { return strings.ReplaceAll(s, `"publish"`, `"seed"`) }, "was edited since it was saved"),
		Entry("cut off", func(s string) string { return s[:len(s)-20] }, "is cut off"),
		Entry("empty", func(string) string { return "" }, "is empty"),
		Entry("foreign", func(string) string { return `{"name": "demo"}` }, "is not a saved plan"),
		Entry("a report", func(string) string { return `{"kind": "Plan"}` }, "is a report"),
		Entry("of a newer program", func(s string) string { return strings.Replace(s, "v1alpha1", "v1", 1) }, "has the format"),
		Entry("with a tag besides", strings.Clone, "--tag: what is done is what the saved plan says", "--tag", "v1.2.0"),
		Entry("with actions besides", strings.Clone, "--only: what is done", "--only", "publish"),
		Entry("with a dist-tag and a package besides", strings.Clone, "--package: what is done", "--dist-tag", "x", "--package", "demo"),
	)

	DescribeTable("is kept out of the way of other files", func(out, says string, flags ...string) {
		p := newDemo()
		o := p.run(append([]string{"plan", "--sandbox", "--out", out}, flags...)...).ends(1)
		Expect(o.err).To(ContainSubstring(says))
		Expect(p.read(stateFile)).To(ContainSubstring("kind: DesiredState"))
	},
		Entry("stdout", "-", "name a file"),
		Entry("a folder", "packages", "no regular file"),
		Entry("the state file", "./desired-state.yaml", "is the state file"),
		Entry("a report", "x.json", "is the file of a --report", "--report", "json=./x.json"),
	)
})
