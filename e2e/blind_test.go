package e2e_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

// outage is what answers in the place of what it is for.
type outage struct {
	of     func(*http.Request) bool
	answer http.HandlerFunc
}

// breakable is a pipeline in front of whose world a part can be broken and mended.
func breakable(place *place) (*pipeline, func(of func(*http.Request) bool, answer http.HandlerFunc)) {
	GinkgoHelper()
	var broken atomic.Pointer[outage]
	p := newPipelineWith(place, func(o *sandbox.Options) {
		o.Middleware = func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if b := broken.Load(); b != nil && b.of(r) {
					b.answer(rw, r)
					return
				}
				next.ServeHTTP(rw, r)
			})
		}
	})
	return p, func(of func(*http.Request) bool, answer http.HandlerFunc) {
		if of == nil {
			broken.Store(nil)
			return
		}
		broken.Store(&outage{of, answer})
	}
}

func toGitHub(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/github/") }

func toTrust(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/trust") }

// failing answers with a status, and with headers: "Name", "value", …
func failing(status int, body string, headers ...string) http.HandlerFunc {
	return func(rw http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			rw.Header().Set(headers[i], headers[i+1])
		}
		rw.Header().Set("Content-Type", "application/json")
		rw.WriteHeader(status)
		_, _ = rw.Write([]byte(body))
	}
}

// usedUp is GitHub's answer to one request too many.
func usedUp() http.HandlerFunc {
	return failing(http.StatusForbidden, `{"message": "API rate limit exceeded for 192.0.2.1."}`, "X-RateLimit-Limit", "60",
		"X-RateLimit-Remaining", "0", "X-RateLimit-Reset", strconv.FormatInt(time.Now().Add(time.Hour).Unix(), 10))
}

// clone makes the place a checkout whose remote origin has this address, "" for none, with some annotated tags.
func (p *place) clone(origin string, tags ...string) {
	GinkgoHelper()
	p.remove(".git")
	p.git("init", "--quiet")
	p.git("-c", "user.name=n", "-c", "user.email=e@example.test", "commit", "--quiet", "--allow-empty", "-m", "m")
	if origin != "" {
		p.git("remote", "add", "origin", origin)
	}
	for _, tag := range tags {
		p.git("-c", "user.name=n", "-c", "user.email=e@example.test", "tag", "-a", "-m", "m", tag)
	}
}

var _ = Describe("a source that fails alone", Ordered, ContinueOnFailure, func() {
	var (
		p    *pipeline
		fail func(of func(*http.Request) bool, answer http.HandlerFunc)
	)

	BeforeAll(func() {
		p, fail = breakable(released())
		Expect(p.world.Remove("@demo/cli-linux-x64", "1.0.0")).To(Succeed())
		Expect(p.world.Deprecate("@demo/cli-linux-arm64", "1.1.0", "do not use")).To(Succeed())
		p.acceptance("{finding: Torn, package: demo, version: 0.9.0, reason: of which nothing is found}")
	})
	AfterEach(func() { fail(nil, nil) })

	// stillFinds is what a check finds although it is blind on one eye.
	stillFinds := func(o outcome, said ...string) {
		GinkgoHelper()
		d := o.ends(1).document()
		Expect(d.kinds()).To(ContainElements("Torn", "Deprecated", "Unreadable"), "what is public is looked at")
		Expect(d.kinds()).NotTo(ContainElement("AcceptedNothing"), "not all was looked at")
		var unread []string
		for _, f := range d.Findings {
			if f.Type == "Unreadable" {
				unread = append(unread, f.Message+"\n"+f.Next)
			}
		}
		for _, text := range said {
			Expect(unread).To(ContainElement(ContainSubstring(text)))
		}
	}

	DescribeTable("drift goes on without GitHub's tags, says so, and ends with 1",
		func(answer http.HandlerFunc, said string) {
			fail(toGitHub, answer)
			o := p.human().run("drift", "-o", "json")
			stillFinds(o, "which versions should be there is not known", said, "GITHUB_TOKEN")
			Expect(o.document().pkg("demo").is("Trusted")).To(Equal("True Configured"), "who is trusted is looked at, too")
			Expect(o.document().changed("publish")).To(BeEmpty())
		},
		Entry("out of order", failing(503, "{}"), "503"),
		Entry("its limit used up", usedUp(), "rate limit is used up until"),
		Entry("its secondary limit", failing(429, `{"message": "slow down"}`, "Retry-After", "60"), "429"),
		Entry("a page of something in between", failing(200, "<html>"), "does not answer as GitHub's API does"),
		Entry("not visible", failing(404, `{"message": "Not Found"}`), "not found or not visible"),
	)

	It("drift goes on where GitHub is not reached, and leaves the issue's failure for the end", func() {
		away := p.keeper().with("GITHUB_API_URL", "http://127.0.0.1:1")
		o := away.run("drift", "--github-issue", "-o", "json", "--report", "markdown=out/blind.md")
		stillFinds(o, "cannot connect to 127.0.0.1:1")
		Expect(o.err).To(ContainSubstring("--github-issue: "))
		Expect(p.read("out/blind.md")).To(And(ContainSubstring("Torn"), ContainSubstring("Unreadable")))
	})

	It("drift goes on where the issue cannot be written, where a report cannot, and ends with 1", func() {
		fail(func(r *http.Request) bool { return toGitHub(r) && r.Method != http.MethodGet }, failing(403, `{"message": "no"}`))
		p.write("out/file", "in the way")
		o := p.keeper().run("drift", "--github-issue", "-o", "json", "--report", "html=out/file/x.html", "--report", "json=out/blind.json").ends(1)
		Expect(o.document().kinds()).To(ContainElements("Torn", "Deprecated"))
		Expect(o.err).To(And(ContainSubstring("Issues: read and write"), ContainSubstring("--report html=out/file/x.html was not written")))
		Expect(p.read("out/blind.json")).To(ContainSubstring("Torn"))
	})

	It("drift goes on without the trust API, and with what the workspace and npm's configuration can be read of", func() {
		fail(toTrust, failing(503, `{"message": "out of order"}`))
		stillFinds(p.human().run("drift", "-o", "json"), "who is trusted to publish demo could not be read")
		fail(nil, nil)

		p.write("packages/broken/package.json", "{")
		stillFinds(p.human().run("drift", "-o", "json"), "undeclared packages may be missed")
		p.remove("packages/broken")

		Expect(os.RemoveAll(filepath.Join(p.home, ".npmrc"))).To(Succeed())
		Expect(os.Mkdir(filepath.Join(p.home, ".npmrc"), 0o750)).To(Succeed())
		stillFinds(p.outside().run("drift", "-o", "json"), "restricted packages and trusted publishers may be missed")
		o := p.with("GITHUB_API_URL", string(p.registry)+"/github").run("drift", "-o", "json").ends(1)
		Expect(o.err).To(ContainSubstring(".npmrc"))
		Expect(o.out).To(BeEmpty(), "the file might name the registry")
		Expect(os.Remove(filepath.Join(p.home, ".npmrc"))).To(Succeed())
	})

	Describe("for a plan in a checkout", func() {
		BeforeEach(func() { fail(toGitHub, usedUp()) })
		AfterEach(func() { p.remove(".git") })

		It("is made up for by the tags of the checkout, and it says so", func() {
			for _, origin := range []string{"https://github.com/example/demo.git", "git@github.com:Example/demo.git", "ssh://git@github.com/example/demo"} {
				p.clone(origin, "v1.2.0", "other@9.0.0")
				o := p.human().run("plan", "-o", "json").ends(0)
				Expect(o.document().pkg("demo").Version).To(Equal("1.2.0"))
				Expect(o.document().changed("publish")).To(ContainElement("demo"))
				Expect(o.err).To(And(ContainSubstring("the tags are those of this checkout"), ContainSubstring("rate limit is used up")))
			}
			Expect(p.human().with("GITHUB_API_URL", "http://127.0.0.1:1").run("plan").ends(0).err).To(ContainSubstring("cannot connect to"))
		})

		It("is no word to publish on: the tags may never have been pushed", func() {
			p.clone("https://github.com/example/demo.git", "v1.2.0")
			p.build("1.2.0")
			before := p.sent(http.MethodPut)
			for _, flags := range [][]string{{"apply", p.otp(), "--yes"}, {"apply", "--auth", "token", p.otp()}, {"apply", "--only", "publish"}, {"wait"}} {
				o := p.human().run(flags...).ends(1)
				Expect(o.err).To(And(ContainSubstring("they may never have been pushed"), ContainSubstring("--tag"), ContainSubstring("GITHUB_TOKEN")))
			}
			Expect(p.sent(http.MethodPut)).To(Equal(before))
			p.human().run("plan", "--out", "saved.plan").ends(0)
			Expect(p.human().run("apply", "saved.plan", p.otp()).ends(1).err).To(ContainSubstring("they may never have been pushed"))
			Expect(p.sent(http.MethodPut)).To(Equal(before))
		})

		It("does not keep names and trusted publishers from being set, which depend on no tag", func() {
			p.distrust("@demo/core")
			o := p.human().run("apply", "--only", "seed,trust", p.otp()).ends(0)
			Expect(o.err).To(ContainSubstring("depend on no version"))
			Expect(p.trusted("@demo/core")).To(HaveLen(1))
		})

		DescribeTable("is not made up for by other tags, and the way out is named",
			func(clone func(), said string) {
				clone()
				o := p.human().run("plan").ends(1)
				Expect(o.err).To(And(ContainSubstring(said), ContainSubstring("rate limit is used up"), ContainSubstring("GITHUB_TOKEN"),
					ContainSubstring("--tag"), Not(ContainSubstring("s3cret"))))
			},
			Entry("those of a fork", func() { p.clone("https://u:s3cret@github.com/fork/demo.git", "v1.2.0") },
				"its remote origin is github.com/fork/demo, not example/demo, and a fork may have others"),
			Entry("those of another host", func() { p.clone("https://u:s3cret@git.example.test/example/demo", "v1.2.0") }, "git.example.test/example/demo"),
			Entry("those of nobody knows what", func() { p.clone("", "v1.2.0") }, "no remote origin"),
			Entry("those of a folder", func() { p.clone("/srv/s3cret", "v1.2.0") }, "a folder"),
			Entry("those of other things", func() { p.clone("https://github.com/example/demo", "other@9.0.0") }, "none of them has a form of the state file's"),
			Entry("where there is no checkout", func() {}, "there is no checkout here"),
		)

		It("is an error where GitHub does answer", func() {
			fail(toGitHub, failing(404, `{"message": "Not Found"}`))
			p.clone("https://github.com/example/demo", "v1.2.0")
			Expect(p.human().run("plan").ends(1).err).To(ContainSubstring("the repository is not found or not visible"))
		})
	})
})
