package e2e_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/e2e/clients"
	"github.com/agent-facets/facets-reconcile/internal/artifact/standin"
	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/ci/githubactions"
	"github.com/agent-facets/facets-reconcile/internal/ci/gitlab"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/provenance"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

// provenance is the bundle that the registry serves of a version, and what it states; ok is false where it serves none.
func (r registry) provenance(name, version string) (bundle provenance.Bundle, text string, ok bool) {
	GinkgoHelper()
	status, body := r.request(http.MethodGet, "/-/npm/v1/attestations/"+url.PathEscape(name)+"@"+version, "")
	if status == http.StatusNotFound {
		return bundle, "", false
	}
	Expect(status).To(Equal(http.StatusOK), body)
	var served struct {
		Attestations []struct{ Bundle json.RawMessage }
	}
	Expect(json.Unmarshal([]byte(body), &served)).To(Succeed())
	Expect(served.Attestations).To(HaveLen(1))
	bundle, err := provenance.Parse(served.Attestations[0].Bundle)
	Expect(err).NotTo(HaveOccurred())
	return bundle, string(served.Attestations[0].Bundle), true
}

// stated is the statement of a bundle, without its subject.
func stated(b provenance.Bundle) string {
	GinkgoHelper()
	s, err := b.Statement()
	Expect(err).NotTo(HaveOccurred())
	s.Subject = nil
	text, err := json.Marshal(s)
	Expect(err).NotTo(HaveOccurred())
	return string(text)
}

// form is a JSON document with all its fields and none of its values.
func form(text string) any {
	GinkgoHelper()
	var bare func(any) any
	bare = func(value any) any {
		switch value := value.(type) {
		case map[string]any:
			for name := range value {
				value[name] = bare(value[name])
			}
			return value
		case []any:
			if len(value) > 0 {
				return []any{bare(value[0])}
			}
			return value
		}
		return nil
	}
	var document any
	Expect(json.Unmarshal([]byte(text), &document)).To(Succeed())
	return bare(document)
}

const gitLabRepository = "git+https://gitlab.com/example/sub/demo.git"

// buildCore leaves @demo/core alone, as of a repository.
func (p *place) buildCore(version, repository string) {
	GinkgoHelper()
	Expect(standin.Write(p.path("packages/core"), standin.Package{Name: "@demo/core", Version: spec.Version(version)}, nil, repository)).To(Succeed())
}

var _ = Describe("provenance", Ordered, func() {
	const (
		byGitHub = "- github: {repository: example/demo, workflow: publish.yml, environment: npm}"
		byGitLab = "- gitlab: {project: example/sub/demo, configFile: .gitlab-ci.yml}"
		byCircle = "- circleci: {organizationID: 0b5f0a0e-6c2f-4a1e-9d37-111111111111, projectID: 0b5f0a0e-6c2f-4a1e-9d37-222222222222, " +
			"pipelineDefinitionID: 0b5f0a0e-6c2f-4a1e-9d37-333333333333, vcsOrigin: github.com/example/demo}"
		rekor = "/sigstore/rekor/api/v1/log/entries"
	)
	var (
		p        *pipeline
		fault    atomic.Pointer[func(rw http.ResponseWriter, r *http.Request) (answered bool)]
		recorded []byte // what the log was asked to record of a version that was published
	)
	breaks := func(f func(rw http.ResponseWriter, r *http.Request) bool) { fault.Store(&f) }
	down := func(path string) {
		breaks(func(rw http.ResponseWriter, r *http.Request) bool {
			if strings.HasPrefix(r.URL.Path, path) {
				http.Error(rw, `{"message": "out of order"}`, http.StatusServiceUnavailable)
				return true
			}
			return false
		})
	}
	// require has the state file ask for provenance.
	require := func(how string) {
		p.edit(stateFile, "  groups:", "  provenance: "+how+"\n  groups:")
		DeferCleanup(func() { p.edit(stateFile, "  provenance: "+how+"\n", "") })
	}
	release := func(job sandbox.Job, version string, flags ...string) outcome {
		GinkgoHelper()
		job.Tag = "@demo/core@" + version
		return p.jobOf(job).run(append([]string{"apply", "--log-level", "info"}, flags...)...)
	}
	nothingSent := func(version string) {
		GinkgoHelper()
		Expect(p.registry.served("@demo/core", version)).To(BeFalse())
		Expect(p.sent(http.MethodPut)).NotTo(ContainElement("/@demo/core"))
	}

	BeforeAll(func() {
		demo := newDemo()
		demo.published(byGitHub, byGitLab, byCircle)
		demo.seedAndTrust()
		p = newPipelineWith(demo, func(o *sandbox.Options) {
			o.Middleware = func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
					if f := fault.Load(); f == nil || !(*f)(rw, r) {
						next.ServeHTTP(rw, r)
					}
				})
			}
		})
	})
	BeforeEach(func() { fault.Store(nil) })

	It("that is required and cannot be had stops the release before anything is sent, and says what is missing", func() {
		require("required")
		for _, impossible := range []struct {
			job  sandbox.Job
			says []string
		}{
			{sandbox.Job{Kind: circleci.Type}, []string{"a job of CircleCI", "jobs of GitHub Actions and GitLab CI/CD alone"}},
			{sandbox.Job{Kind: githubactions.Type, Visibility: "private"}, []string{"repository_visibility is private"}},
			{sandbox.Job{Kind: githubactions.Type, Runner: "self-hosted"}, []string{"runner_environment is self-hosted", "runs-on: ubuntu-latest"}},
			{sandbox.Job{Kind: gitlab.Type, Visibility: "internal"}, []string{"project_visibility is internal"}},
		} {
			p.buildCore("2.0.0", demoRepository)
			o := release(impossible.job, "2.0.0").ends(1)
			for _, words := range append(impossible.says, "needs provenance (provenance: required), and can have none", "provenance: auto") {
				Expect(o.out).To(ContainSubstring(words))
			}
			nothingSent("2.0.0")
		}
		job := p.jobOf(sandbox.Job{Kind: gitlab.Type, Tag: "@demo/core@2.0.0"}).with("SIGSTORE_ID_TOKEN", "")
		Expect(job.run("apply").ends(1).out).To(ContainSubstring(`id_tokens: {SIGSTORE_ID_TOKEN: {aud: "sigstore"}}`))
		down("/sigstore/rekor/api/v1/log")
		Expect(release(sandbox.Job{Kind: githubactions.Type}, "2.0.0", "--timeout", "1s").ends(4).out).To(
			ContainSubstring("Rekor, Sigstore's transparency log: it answered 503"))
		nothingSent("2.0.0")
	})

	It("of another repository than package.json names stops the release, too", func() {
		p.buildCore("2.0.0", "git+https://github.com/Example/demo.git")
		o := release(sandbox.Job{Kind: githubactions.Type}, "2.0.0").ends(1)
		Expect(o.out).To(And(ContainSubstring(`names the repository "git+https://github.com/Example/demo.git"`), ContainSubstring("check repository")))
		nothingSent("2.0.0")
	})

	It("of a tarball that was changed while it was signed is not sent, nor is the tarball", func() {
		p.edit(stateFile, "artifact: packages/core", "artifact: core.tgz")
		DeferCleanup(p.edit, stateFile, "artifact: core.tgz", "artifact: packages/core")
		Expect(standin.Write(p.path("built/package"), standin.Package{Name: "@demo/core", Version: "2.0.0"}, nil, demoRepository)).To(Succeed())
		pack := func(to string) { finish(p.start("tar", "-czf", to, "-C", "built", "package")).ends(0) }
		pack("core.tgz")
		p.write("built/package/README.md", "another build")
		pack("other.tgz")
		breaks(func(_ http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path == rekor {
				_ = os.Rename(p.path("other.tgz"), p.path("core.tgz")) // what is sent would tell
			}
			return false
		})
		o := release(sandbox.Job{Kind: githubactions.Type}, "2.0.0").ends(1)
		Expect(o.out).To(ContainSubstring("nothing was sent, as its provenance does not fit"))
		nothingSent("2.0.0")
	})

	It("is left out, and that is said, where the log stays down and it is not required", func() {
		p.buildCore("2.0.0", demoRepository)
		down(rekor)
		o := release(sandbox.Job{Kind: githubactions.Type}, "2.0.0", "-o", "json").ends(0)
		Expect(o.document().kinds()).To(ConsistOf("Unattested"))
		Expect(o.document().Findings[0].Message).To(And(ContainSubstring("was published without provenance"), ContainSubstring("Rekor")))
		_, _, ok := p.registry.provenance("@demo/core", "2.0.0")
		Expect(ok).To(BeFalse())
		Expect(p.registry.served("@demo/core", "2.0.0")).To(BeTrue())
	})

	It("is left out, and that is said, where a job has an ID token for Sigstore that is of no use", func() {
		p.buildCore("2.0.1", demoRepository)
		of := sandbox.Job{Kind: gitlab.Type, Tag: "@demo/core@2.0.1"}
		token, err := p.world.IDTokenOf(of, "https://sigstore.example.test")
		Expect(err).NotTo(HaveOccurred())
		o := p.jobOf(of).with("SIGSTORE_ID_TOKEN", token.Reveal()).run("apply", "-o", "json").ends(0)
		Expect(o.document().kinds()).To(ConsistOf("Unattested"))
		Expect(o.document().Findings[0].Message).To(ContainSubstring(`sigstore takes only those for "sigstore"`))
	})

	It("is left out, and that is said, where npm's configuration or package.json wants none; where it is required nothing is sent", func() {
		for i, wants := range []func(*place) *place{
			func(at *place) *place { return at.with("NPM_CONFIG_PROVENANCE", "false") },
			func(at *place) *place {
				at.write(".npmrc", "provenance=false\n")
				return at
			},
			func(at *place) *place {
				Expect(os.Remove(at.path(".npmrc"))).To(Succeed())
				at.edit("packages/core/package.json", `"version"`, `"publishConfig": {"provenance": false}, "version"`)
				return at
			},
		} {
			version := fmt.Sprintf("2.0.%d", i+2)
			p.buildCore(version, demoRepository)
			at := wants(p.jobOf(sandbox.Job{Kind: githubactions.Type, Tag: "@demo/core@" + version}))
			auto := p.read(stateFile)
			p.edit(stateFile, "  groups:", "  provenance: required\n  groups:")
			Expect(at.run("apply").ends(1).out).To(MatchRegexp("can have none: provenance=false in .* wants none|publishConfig has provenance false"))
			nothingSent(version)
			p.write(stateFile, auto)
			d := at.run("apply", "-o", "json").ends(0).document()
			Expect(d.kinds()).To(ConsistOf("Unattested"), version)
			Expect(d.Findings[0].Message).To(And(ContainSubstring("was published without provenance: provenance"), ContainSubstring("wants none")))
			_, _, ok := p.registry.provenance("@demo/core", version)
			Expect(ok).To(BeFalse(), version)
		}
	})

	It("that is required ends the release before its upload where the log stays down", func() {
		require("required")
		p.buildCore("2.1.0", demoRepository)
		down(rekor)
		o := release(sandbox.Job{Kind: githubactions.Type}, "2.1.0", "--timeout", "1s")
		o.ends(4)
		Expect(o.out).To(And(ContainSubstring("nothing was sent, as it needs provenance (provenance: required)"), ContainSubstring("Rekor")))
		Expect(p.registry.served("@demo/core", "2.1.0")).To(BeFalse())
		breaks(func(_ http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path == rekor {
				recorded, _ = io.ReadAll(r.Body)
				r.Body = io.NopCloser(bytes.NewReader(recorded))
			}
			return false
		})
		release(sandbox.Job{Kind: githubactions.Type}, "2.1.0").ends(0)
		_, _, ok := p.registry.provenance("@demo/core", "2.1.0")
		Expect(ok).To(BeTrue())
		Expect(p.jobOf(sandbox.Job{Kind: githubactions.Type}).run("plan", "-o", "json", "--tag", "@demo/core@2.1.0").ends(0).document().
			pkg("@demo/core").is("Provenance")).To(Equal("True Attested"))
	})

	It("is not sent with the log's entry of another version, nor is the tarball", func() {
		p.buildCore("2.1.1", demoRepository)
		breaks(func(_ http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path == rekor { // it has that already, and says where
				r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(recorded)), int64(len(recorded))
			}
			return false
		})
		o := release(sandbox.Job{Kind: githubactions.Type}, "2.1.1").ends(1)
		Expect(o.out).To(ContainSubstring("nothing was sent, as its provenance does not fit"))
		nothingSent("2.1.1")
	})

	It("is compared by drift with what is served, and with the tag", func() {
		for _, of := range [][2]string{{"2.1.1", ""}, {"2.1.2", strings.Repeat("c", 40)}} {
			version, commit := of[0], of[1]
			p.buildCore(version, demoRepository)
			Expect(p.world.Tag("@demo/core@" + version)).To(Succeed())
			release(sandbox.Job{Kind: githubactions.Type, Commit: commit}, version).ends(0)
			var differing []string
			for _, f := range p.human().run("drift", "-o", "json").document().Findings {
				if f.Type == "ProvenanceDiffers" {
					differing = append(differing, f.Message)
				}
			}
			if commit == "" {
				Expect(differing).To(BeEmpty())
			} else {
				Expect(differing).To(ConsistOf(ContainSubstring("its provenance is of a job for the commit " + commit)))
			}
		}
	})

	It("is left out where nobody makes it, without a word", func() {
		p.buildCore("2.2.0", demoRepository)
		breaks(func(_ http.ResponseWriter, r *http.Request) bool {
			defer GinkgoRecover()
			Expect(r.URL.Path).NotTo(ContainSubstring("sigstore"), "it is not even asked for")
			return false
		})
		Expect(release(sandbox.Job{Kind: circleci.Type}, "2.2.0", "-o", "json").ends(0).document().kinds()).To(BeEmpty())
		_, _, ok := p.registry.provenance("@demo/core", "2.2.0")
		Expect(ok).To(BeFalse())
	})

	It("is staged with its version, and served once that is approved", func() {
		p.buildCore("2.3.0", demoRepository)
		release(sandbox.Job{Kind: githubactions.Type}, "2.3.0", "--staged")
		p.human().run("apply", "--only", "approve", "--tag", "@demo/core@2.3.0", "--yes", p.otp()).ends(0)
		bundle, _, ok := p.registry.provenance("@demo/core", "2.3.0")
		Expect(ok).To(BeTrue())
		Expect(stated(bundle)).To(ContainSubstring("github.com/example/demo"))
		Expect(os.Remove(filepath.Join(p.home, ".npmrc"))).To(Succeed())
	})
})

var _ = Describe("provenance and the real npm 12", Ordered, func() {
	var (
		p     *pipeline
		npm12 clients.Client
	)

	BeforeAll(func() {
		var err error
		if npm12, err = clients.NPM(GinkgoT().Context(), clients.NPM12); errors.Is(err, errors.ErrUnsupported) {
			Skip(err.Error())
		}
		Expect(err).NotTo(HaveOccurred())
		demo := newDemo()
		demo.published("- github: {repository: example/demo, workflow: publish.yml, environment: npm}",
			"- gitlab: {project: example/sub/demo, configFile: .gitlab-ci.yml}")
		demo.seedAndTrust()
		p = newPipeline(demo)
		p.copy("testdata/provenance/sigstore.cjs", "sigstore.cjs")
	})

	DescribeTable("it is what npm states in the same job, signed and served as npm's is",
		func(kind, version, repository string) {
			p.buildCore(version, repository)
			job := p.jobOf(sandbox.Job{Kind: kind, Tag: "@demo/core@" + version})
			job.run("apply").ends(0)
			job.write("npm/package.json", `{"name": "@demo/adapter", "version": "`+version+`", "repository": "`+repository+`"}`)
			finish(job.start(npm12.Node, "--require", p.path("sigstore.cjs"), npm12.Script, "publish", "./npm",
				"--audit=false", "--fund=false", "--update-notifier=false")).ends(0)

			ours, ourText, ok := p.registry.provenance("@demo/core", version)
			Expect(ok).To(BeTrue(), "ours")
			theirs, theirText, ok := p.registry.provenance("@demo/adapter", version)
			Expect(ok).To(BeTrue(), "npm's")
			Expect(stated(ours)).To(MatchJSON(stated(theirs)))
			Expect(form(ourText)).To(Equal(form(theirText)))
			for name, bundle := range map[string]provenance.Bundle{"@demo/core": ours, "@demo/adapter": theirs} {
				m, found := p.registry.manifest(name, version)
				Expect(found).To(BeTrue())
				subject, err := provenance.SubjectOf(spec.Name(name), spec.Version(version), spec.Integrity(m.Dist.Integrity))
				Expect(err).NotTo(HaveOccurred())
				Expect(bundle.Check(subject)).To(Succeed(), name)
			}
		},
		Entry(nil, githubactions.Type, "1.1.0", demoRepository),
		Entry(nil, gitlab.Type, "1.2.0", gitLabRepository),
	)

	DescribeTable("npm makes none where its configuration says so, and forgets publishConfig where an ID token publishes",
		func(version, config string, made bool, env ...string) {
			job := p.jobOf(sandbox.Job{Kind: githubactions.Type, Tag: "@demo/adapter@" + version}).with(env...)
			job.write("npm/package.json", `{"name": "@demo/adapter", "version": "`+version+`", "repository": "`+demoRepository+`"`+config+`}`)
			finish(job.start(npm12.Node, "--require", p.path("sigstore.cjs"), npm12.Script, "publish", "./npm",
				"--audit=false", "--fund=false", "--update-notifier=false")).ends(0)
			_, _, ok := p.registry.provenance("@demo/adapter", version)
			Expect(ok).To(Equal(made))
		},
		Entry(nil, "1.3.0", "", false, "NPM_CONFIG_PROVENANCE", "false"),
		Entry(nil, "1.3.1", `, "publishConfig": {"provenance": false}`, true),
		Entry(nil, "1.3.2", `, "publishConfig": {"provenance": true}`, true, "NPM_CONFIG_PROVENANCE", "false"),
		Entry(nil, "1.3.3", `, "publishConfig": {"provenance": false}`, false, "NPM_CONFIG_PROVENANCE", "true"),
	)
})
