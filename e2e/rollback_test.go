package e2e_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"

	"github.com/agent-facets/facets-reconcile/internal/artifact/standin"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

// pin writes what the state file decides of the command's group.
func (p *place) pin(lines ...string) {
	GinkgoHelper()
	text := "      tag: v{version}\n"
	before, rest, ok := strings.Cut(p.read(stateFile), text)
	Expect(ok).To(BeTrue())
	_, rest, _ = strings.Cut(rest, "      entry:\n")
	for _, line := range lines {
		text += "      " + line + "\n"
	}
	p.write(stateFile, before+text+"      entry:\n"+rest)
}

// moved are the changes of dist-tags and of deprecations that the registry took, in their order.
func (p *pipeline) moved() (moved []string) {
	for _, r := range p.world.Requests() {
		if r.Method == http.MethodPut && r.Status == http.StatusOK {
			moved = append(moved, r.Path)
		}
	}
	return moved
}

// found returns the finding of a type for a package.
func (d document) found(finding, name string) string {
	GinkgoHelper()
	for _, f := range d.Findings {
		if f.Type == finding && f.Package == name {
			return f.Message + "\n" + f.Next
		}
	}
	Fail(finding + " of " + name + " was not found")
	return ""
}

var _ = Describe("a dist-tag that a human moved back", Ordered, func() {
	var p *pipeline

	// stays tells that nothing moves it, whoever tries.
	stays := func(finding, name, version string) {
		GinkgoHelper()
		before := p.moved()
		d := p.human().run("drift", "-o", "json").ends(2).document()
		Expect(d.found(finding, name)).To(ContainSubstring("latest points at " + version))
		Expect(d.changed("tag")).To(BeEmpty())
		p.human().run("plan", "--detailed-exitcode").ends(2)
		for _, who := range []*place{p.human(), p.job("", nil)} {
			d := who.run("apply", "--only", "tag", p.otp(), "-o", "json").ends(3).document()
			Expect(d.found(finding, name)).NotTo(BeEmpty())
			Expect(d.Summary.Converged).To(BeFalse())
		}
		p.human().run("apply", "--only", "seed,trust", p.otp()).ends(0) // it is for who moves dist-tags
		Expect(p.moved()).To(Equal(before))
		Expect(p.registry.distTags(name)).To(HaveKeyWithValue("latest", version))
	}

	BeforeAll(func() {
		p = newPipeline(released())
		p.standIn("packages/core", standin.Package{Name: "@demo/core", Version: "1.1.0"})
		Expect(p.world.Tag("@demo/core@1.1.0")).To(Succeed())
		p.job("@demo/core@1.1.0", nil).run("apply").ends(0)
	})

	It("stays where it is when the version is deprecated, also for who asks for the release by its tag, and the finding says who decides", func() {
		p.point("demo", "latest", "1.0.0")
		Expect(p.world.Deprecate("demo", "1.1.0", "broken")).To(Succeed())
		stays("RolledBack", "demo", "1.0.0")
		o := p.human().run("drift").ends(2)
		Expect(o.out).To(And(ContainSubstring("warning RolledBack: demo@1.1.0 is deprecated (broken)"),
			ContainSubstring("pin `version: 1.0.0` with `rollback: true`"), ContainSubstring("npm deprecate demo@1.1.0 ''")))

		before := p.moved()
		p.human().run("apply", "--only", "tag", "--tag", "v1.1.0", p.otp()).ends(3)
		p.job("v1.1.0", nil).run("apply").ends(3)
		Expect(p.moved()).To(Equal(before))
	})

	It("stays there where nothing says why, until somebody asks for the release", func() {
		p.point("demo", "latest", "1.0.0")
		Expect(p.world.Deprecate("demo", "1.1.0", "")).To(Succeed())
		stays("Behind", "demo", "1.0.0")
		next := p.human().run("drift", "-o", "json").ends(2).document().found("Behind", "demo")
		const command = "facets-reconcile apply --only tag --tag v1.1.0"
		Expect(next).To(ContainSubstring(command))
		p.human().run(append(strings.Fields(command)[1:], p.otp())...).ends(0)
		Expect(p.registry.distTags("demo")).To(HaveKeyWithValue("latest", "1.1.0"))
		p.human().run("drift").ends(0)
	})

	It("stays where it is for a library, too", func() {
		p.point("@demo/core", "latest", "1.0.0")
		stays("Behind", "@demo/core", "1.0.0")
		Expect(p.world.Deprecate("@demo/core", "1.1.0", "broken")).To(Succeed())
		stays("RolledBack", "@demo/core", "1.0.0")
		p.point("@demo/core", "latest", "1.1.0")
		Expect(p.world.Deprecate("@demo/core", "1.1.0", "")).To(Succeed())
	})

	It("follows the entry's where it is a platform's alone", func() {
		p.point("@demo/cli-linux-x64", "latest", "1.0.0")
		p.human().run("apply", "--only", "tag", p.otp()).ends(0)
		Expect(p.registry.distTags("@demo/cli-linux-x64")).To(HaveKeyWithValue("latest", "1.1.0"))
	})

	It("is not advised at a deprecated version", func() {
		p.point("@demo/core", "latest", "0.0.1")
		Expect(p.world.Deprecate("@demo/core", "1.1.0", "broken")).To(Succeed())
		Expect(p.world.Tag("@demo/core@1.2.0")).To(Succeed())
		d := p.human().run("drift", "-o", "json").ends(2).document()
		Expect(d.found("PlaceholderLatest", "@demo/core")).To(ContainSubstring("npm dist-tag add @demo/core@1.0.0 latest"))
	})

	It("is not gone back to by a pin without a word, nor by --dist-tag", func() {
		before := p.moved()
		p.pin("version: 1.0.0")
		d := p.human().run("drift", "-o", "json").ends(2).document()
		Expect(d.found("PinBelow", "demo")).To(And(ContainSubstring("add `rollback: true`"), ContainSubstring("latest points at 1.1.0")))
		p.human().run("apply", "--group", "cli", p.otp()).ends(3)

		p.pin()
		for _, command := range []string{"plan", "apply"} {
			o := p.human().run(command, "--tag", "v1.0.0", "--dist-tag", "latest").ends(1)
			Expect(o.out).To(And(ContainSubstring("--dist-tag latest would take the dist-tag back to demo@1.0.0"),
				ContainSubstring("pin `version: 1.0.0` with `rollback: true`")))
		}
		Expect(p.moved()).To(Equal(before))
	})
})

const withdrawnText = "broken, use 1.0.0"

var _ = Describe("a rollback that the state file declares", Ordered, func() {
	var (
		p        *pipeline
		template string
		platform string // of this machine, "" where there is none
		mu       sync.Mutex
		serving  sync.RWMutex          // held while the registry works on a request
		writes   sync.Mutex            // held by a write while taken is told of it
		taken    func(r *http.Request) // told of each write that the registry took, before its answer leaves and before the next one
		dies     func(r *http.Request) bool
	)
	platforms := []string{"@demo/cli-darwin-arm64", "@demo/cli-linux-arm64", "@demo/cli-linux-x64"}
	back := []string{"version: 1.0.0", "rollback: true", `withdrawn: [{version: 1.1.0, message: "` + withdrawnText + `"}]`}

	// through hands requests on, and lets what dies get no answer.
	through := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			mu.Lock()
			tell, kill := taken, dies
			mu.Unlock()
			if tell != nil && r.Method == http.MethodPut {
				writes.Lock()
				defer writes.Unlock()
				mu.Lock()
				tell = taken // the spec may have ended meanwhile
				mu.Unlock()
			}
			answer := httptest.NewRecorder()
			func() {
				serving.RLock()
				defer serving.RUnlock()
				next.ServeHTTP(answer, r)
			}()
			if tell != nil && r.Method == http.MethodPut && answer.Code == http.StatusOK {
				func() {
					defer GinkgoRecover()
					tell(r)
				}()
			}
			if kill != nil && kill(r) {
				panic(http.ErrAbortHandler)
			}
			for name, values := range answer.Header() {
				rw.Header()[name] = values
			}
			rw.WriteHeader(answer.Code)
			_, _ = rw.Write(answer.Body.Bytes())
		})
	}
	set := func(tell func(*http.Request), kill func(*http.Request) bool) {
		mu.Lock()
		defer mu.Unlock()
		taken, dies = tell, kill
	}
	reset := func() {
		GinkgoHelper()
		serving.Lock() // until nothing is written any more that a killed run has sent
		defer serving.Unlock()
		world := p.path(".facets-sandbox")
		Expect(os.RemoveAll(world)).To(Succeed())
		Expect(os.CopyFS(world, os.DirFS(template))).To(Succeed())
	}
	// holds judges the registry by what it shows: nobody installs an entry without its platforms, or is sent to what is deprecated;
	// the entry goes back first, and nothing is deprecated before the last dist-tag has moved.
	// It returns what it saw.
	holds := func() string {
		GinkgoHelper()
		latest := map[string]string{}
		var seen strings.Builder
		for _, name := range append([]string{"demo"}, platforms...) {
			tags := p.registry.distTags(name)
			latest[name] = tags["latest"]
			for tag, version := range tags {
				_, body := p.registry.request(http.MethodGet, "/"+spec.Name(name).Escaped()+"/"+version, "")
				Expect(body).NotTo(ContainSubstring(`"deprecated"`), "%s of %s", tag, name)
			}
			_, body := p.registry.request(http.MethodGet, "/"+spec.Name(name).Escaped()+"/1.1.0", "")
			withdrawn := strings.Contains(body, `"deprecated"`)
			_, _ = fmt.Fprintln(&seen, name, latest[name], withdrawn) // a Builder takes everything
		}
		for _, version := range []string{"1.0.0", "1.1.0"} {
			m, ok := p.registry.manifest("demo", version)
			Expect(ok).To(BeTrue())
			Expect(m.OptionalDependencies).To(HaveLen(len(platforms)))
			for name, wanted := range m.OptionalDependencies {
				Expect(p.registry.served(name, wanted)).To(BeTrue(), "%s@%s", name, wanted)
			}
		}
		for _, name := range platforms {
			if latest["demo"] == "1.1.0" {
				Expect(latest[name]).To(Equal("1.1.0"), "it went back before the entry")
			}
			if strings.Contains(seen.String(), "true") {
				Expect(latest[name]).To(Equal("1.0.0"), "something was deprecated before all had moved")
			}
		}
		return seen.String()
	}
	done := func() {
		GinkgoHelper()
		for _, name := range append([]string{"demo"}, platforms...) {
			Expect(p.registry.distTags(name)).To(HaveKeyWithValue("latest", "1.0.0"), name)
			_, body := p.registry.request(http.MethodGet, "/"+spec.Name(name).Escaped()+"/1.1.0", "")
			Expect(body).To(ContainSubstring(`"deprecated":"`+withdrawnText+`"`), name)
		}
	}

	// wholeAt has npm install the entry as users do, and by the version that is gone back from: each gets its own platforms.
	wholeAt := func(version string, when ...any) {
		GinkgoHelper()
		expected := map[string]string{"demo": version, "pinned": "1.1.0"}
		if platform != "" {
			expected[platform] = version
			if version != "1.1.0" {
				expected["pinned/node_modules/"+platform] = "1.1.0"
			}
		}
		Expect(newPlace().install(p.registry, "demo", "pinned@npm:demo@1.1.0")).To(Equal(expected), when...)
	}
	// eachWrite has wholeAt try what is there after each write that the run sends, of which it returns the paths.
	eachWrite := func(version func(n int) string, arguments ...string) (outcome, []string) {
		GinkgoHelper()
		var order []string
		set(func(r *http.Request) {
			if slices.Contains(order, r.URL.Path) {
				return // sent again, as npm has held up its answer for too long
			}
			order = append(order, r.URL.Path)
			wholeAt(version(len(order)), "after %v", order)
		}, nil)
		o := p.human().run(arguments...).ends(0)
		set(nil, nil)
		writes.Lock()
		defer writes.Unlock()
		return o, order
	}

	BeforeAll(func() {
		system, cpu := machine()
		if i := slices.Index(platforms, "@demo/cli-"+system+"-"+cpu); i >= 0 {
			platform = platforms[i]
		}
		demo := released()
		template = filepath.Join(GinkgoT().TempDir(), "template")
		Expect(os.CopyFS(template, os.DirFS(demo.path(".facets-sandbox")))).To(Succeed())
		p = newPipelineWith(demo, func(o *sandbox.Options) { o.Middleware = through })
		p.pin(back...)
	})
	AfterEach(func() {
		set(nil, nil)
		writes.Lock() // what it still tries has ended then
		defer writes.Unlock()
	})

	It("is planned with both versions, for a human", func() {
		o := p.human().run("plan").ends(0)
		Expect(o.out).To(MatchRegexp(`(?m)^  demo .* ~ tag 1\.1\.0 → 1\.0\.0 \(rollback\)  ~ deprecate$`))
		Expect(o.out).To(ContainSubstring("Plan: 4 to tag, 4 to deprecate"))
		p.human().run("plan", "--detailed-exitcode").ends(3)
		Expect(p.human().run("drift").ends(3).out).To(ContainSubstring("apply --only tag,deprecate"))
	})

	It("goes back, the entry first, by one second factor, while npm installs whole releases", func() {
		wholeAt("1.1.0", "before")
		o, order := eachWrite(func(int) string { return "1.0.0" }, "apply", "--only", "tag,deprecate", p.otp())
		Expect(o.out).To(MatchRegexp(`(?m)^  demo .* ✓ tag 1\.1\.0 → 1\.0\.0 \(rollback\)  ✓ deprecate$`))
		Expect(o.lines("deprecate")).To(ContainElement(HavePrefix("deprecate demo@1.1.0: done")))
		Expect(order).To(HaveLen(8))
		Expect(order[0]).To(Equal("/-/package/demo/dist-tags/latest"))
		Expect(strings.Join(order[1:4], " ")).To(ContainSubstring("/dist-tags/"))
		Expect(strings.Join(order[4:], " ")).NotTo(ContainSubstring("/dist-tags/"))
		refused := 0
		for _, r := range p.world.Requests() {
			if r.Method == http.MethodPut && r.Status == http.StatusUnauthorized {
				refused++
			}
		}
		Expect(refused).To(Equal(1), "asked for a second factor once")
		done()

		wholeAt("1.0.0", "after")
		user := newPlace()
		user.write("package.json", `{"name": "user", "version": "1.0.0"}`)
		whole := finish(user.startNPM("install", "--registry", string(p.registry)+"/", "demo@1.1.0")).ends(0)
		Expect(whole.err).To(ContainSubstring("deprecated demo@1.1.0: " + withdrawnText))

		before := p.moved()
		d := p.human().run("apply", p.otp(), "-o", "json").ends(0).document()
		Expect(d.Summary.Converged).To(BeTrue())
		Expect(d.pkg("demo").is("Tagged")).To(Equal("True Tagged"))
		Expect(d.pkg("demo").is("Retired")).To(Equal("True Deprecated"))
		Expect(p.moved()).To(Equal(before))
		p.human().run("drift").ends(0)
	})

	It("goes forward again, the entry last, while npm installs whole releases", func() {
		p.human().run("apply", "--only", "tag,deprecate", p.otp()).ends(0) // it has gone back then
		// As npm does it: the sandbox takes that from it, too.
		p.human().npm("deprecate", "demo@1.1.0", "", p.otp())
		for _, name := range platforms {
			Expect(p.world.Deprecate(spec.Name(name), "1.1.0", "")).To(Succeed())
		}
		p.pin("version: 1.1.0", "rollback: true")
		wholeAt("1.0.0", "before")
		_, order := eachWrite(func(n int) string {
			if n < 4 {
				return "1.0.0"
			}
			return "1.1.0"
		}, "apply", "--only", "tag", p.otp())
		Expect(order).To(HaveLen(4))
		Expect(order[3]).To(Equal("/-/package/demo/dist-tags/latest"))
		wholeAt("1.1.0", "after")
		p.pin(back...)
	})

	It("is finished by a rerun wherever it was cut off, and shows nothing half done in between", func() {
		arguments := []string{"apply", "--group", "cli", "--only", "tag,deprecate", p.otp()}
		human, finished := p.human(), map[string]bool{}
		for n := 1; ; n++ {
			reset()
			var session *gexec.Session
			var count int
			started := make(chan struct{})
			set(nil, func(*http.Request) bool {
				mu.Lock()
				count++
				due := count == n
				mu.Unlock()
				if due {
					<-started
					session.Kill().Wait(soon)
				}
				return due
			})
			session = human.start(binary, arguments...)
			close(started)
			Eventually(session, soon).Should(gexec.Exit())
			set(nil, nil)
			left := holds()
			if mu.Lock(); count < n {
				mu.Unlock()
				Expect(session.ExitCode()).To(Equal(0))
				Expect(n).To(BeNumerically(">", 20), "too few requests to have been cut off at")
				Expect(len(finished)).To(BeNumerically(">", 5), "too few states to have been cut off in")
				GinkgoWriter.Println("cut off at", n-1, "requests, in", len(finished), "states")
				break
			}
			mu.Unlock()
			if finished[left] {
				continue // most requests only read
			}
			finished[left] = true
			wholeAt(strings.Fields(left)[1], "cut off at %d", n)
			human.run(arguments...).ends(0)
			holds()
			done()
		}
	})
})
