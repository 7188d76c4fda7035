package e2e_test

import (
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("tokens", func() {
	const githubToken = "a-token-for-github-alone"

	It("go to their own host only, and are neither printed nor left behind", func() {
		ci := newReadyPipeline()
		Expect(ci.world.Tag("v1.0.0")).To(Succeed())
		npm, github := record(ci.registry), record(ci.registry)
		session := ci.world.Session().Reveal()
		ci.write(".npmrc", strings.TrimPrefix(string(npm.registry), "http:")+"/:_authToken="+session+"\n")

		job := ci.job("v1.0.0", nil).with("npm_config_registry", string(npm.registry)+"/",
			"GITHUB_API_URL", string(github.registry)+"/github", "GITHUB_TOKEN", githubToken)
		idToken := job.env["NPM_ID_TOKEN"]
		publish := job.run("apply", "--log-level", "debug", "--log-format", "json").ends(0)
		job.with("CIRCLE_TAG", "").run("plan", "--log-level", "debug").ends(0)
		Expect(publish.err + publish.out).NotTo(
			Or(ContainSubstring(idToken), ContainSubstring(session), ContainSubstring(githubToken)))

		exchanged := 0
		for _, request := range npm.all() {
			switch bearer := strings.TrimPrefix(request.authorization, "Bearer "); bearer {
			case idToken:
				Expect(request.path).To(HavePrefix("/-/npm/v1/oidc/token/exchange/"))
				exchanged++
			case session, githubToken:
				Fail("sent to the registry by a job: " + request.method + " " + request.path)
			}
			if request.method == http.MethodPut {
				Expect(string(request.body)).NotTo(Or(ContainSubstring(idToken), ContainSubstring(session)))
			}
		}
		Expect(exchanged).To(BeNumerically(">=", 4))
		Expect(github.all()).NotTo(BeEmpty())
		for _, request := range github.all() {
			Expect(request.authorization).To(Equal("Bearer "+githubToken), request.path)
		}

		ci.remove(".npmrc")
		Expect(filepath.WalkDir(filepath.Dir(ci.dir), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() {
				return err
			}
			content, err := os.ReadFile(path)
			for _, secret := range []string{idToken, session, githubToken} {
				Expect(strings.Contains(string(content), secret)).To(BeFalse(), "a token is in %s", path)
			}
			return err
		})).To(Succeed())
	})

	It("are not asked for where they are missing: what a human has to do is said instead", func() {
		p := newDemo()
		p.build("1.0.0")
		ci := newPipeline(p)
		o := p.run("apply", "--tag", "v1.0.0", "--registry", string(ci.registry)).ends(3)
		Expect(o.err).To(ContainSubstring("npm login"))
		Expect(o.out).To(And(ContainSubstring("apply --only seed,trust"), ContainSubstring("apply --tag v1.0.0")))
		Expect(ci.sent(http.MethodPut)).To(BeEmpty())
	})

	It("that are for another registry are not sent to this one", func() {
		ci := newReadyPipeline()
		token, err := ci.world.IDToken("npm:registry.example.test", nil)
		Expect(err).NotTo(HaveOccurred())
		o := ci.job("v1.0.0", nil).with("NPM_ID_TOKEN", token.Reveal()).run("apply").ends(1)
		Expect(o.out + o.err).To(ContainSubstring("npm:registry.example.test"))
		Expect(ci.sent(http.MethodPost)).To(BeEmpty())
		Expect(ci.sent(http.MethodPut)).To(BeEmpty())
	})
})
