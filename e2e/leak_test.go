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

var _ = Describe("what must not leave", func() {
	const (
		key   = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"
		token = "a8Kq2Zr7Xw4Tn9Lc3Vb6Hm1Pd5Gs0Yf8Je2Ku"
	)

	It("is refused before anything of its release is sent, and shown nowhere", func() {
		p := newReadyPipeline()
		Expect(p.world.Tag("v1.0.0")).To(Succeed())
		p.write("dist/@demo/cli-linux-x64/keys/server.key", "-----BEGIN PRIVATE KEY-----\n"+key+"\n")
		p.write("dist/@demo/cli-linux-arm64/.env", "API_TOKEN="+token+"\n")
		p.write("dist/demo/package/package.json", `{"name": "demo", "version": "1.0.0"}`)
		p.write("dist/demo/package/.npmrc", "//registry.example.test/:_authToken="+token+"\n")
		p.write("dist/demo/package/.git/config", "[remote \"origin\"]\n\turl = https://me:"+token+"@git.example.test/\n")
		p.start("tar", "-czf", "dist/demo.tgz", "-C", "dist/demo", "package").Wait("1m")
		p.edit(stateFile, "artifact: dist/demo\n", "artifact: dist/demo.tgz\n")

		reports := []string{"--report", "html=out/r.html", "--report", "json=out/r.json", "--report", "junit=out/r.xml", "--report", "markdown=out/r.md"}
		job := p.job("v1.0.0", nil)
		var said strings.Builder
		for _, arguments := range [][]string{
			{"plan", "--artifacts"}, {"plan", "--artifacts", "-o", "json"}, {"plan", "--artifacts", "-o", "markdown", "--out", "out/plan"},
			{"apply", "--log-level", "debug", "--log-format", "json"}, {"apply", "--log-level", "debug", "-o", "yaml"},
		} {
			o := job.run(append(arguments, reports...)...).ends(1)
			shown := strings.Join(strings.Fields(o.out), " ") // YAML breaks its lines
			for _, text := range []string{"keys/server.key (a private key)", ".env (variables with values)", ".npmrc (an npm credential)", ".git/config"} {
				Expect(shown).To(ContainSubstring(text), strings.Join(arguments, " "))
			}
			said.WriteString(o.out + o.err)
		}
		Expect(p.sent(http.MethodPut)).To(BeEmpty())
		Expect(filepath.WalkDir(p.path("out"), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			data, err := os.ReadFile(path)
			said.Write(data)
			return err
		})).To(Succeed())
		Expect(said.String()).To(ContainSubstring("<html"))
		for _, secret := range []string{key[:16], key[len(key)-16:], token[:16], token[len(token)-16:]} {
			Expect(strings.Contains(said.String(), secret)).To(BeFalse(), "a secret was shown")
		}
	})

	It("is sent where the state file says that it is meant", func() {
		p := newReadyPipeline()
		p.write("dist/@demo/cli-linux-x64/test/server.key", "-----BEGIN PRIVATE KEY-----\n"+key+"\n")
		p.edit(stateFile, "        package: \"@demo/cli-{target}\"\n", "        package: \"@demo/cli-{target}\"\n        artifactAllow: [test/*.key]\n")
		p.edit(stateFile, "        package: demo\n", "        package: demo\n        artifactAllow: [old.key]\n")
		o := p.job("v1.0.0", nil).run("apply", "--timeout", "1m").ends(0)
		Expect(p.sent(http.MethodPut)).To(HaveLen(4))
		Expect(o.out).To(ContainSubstring(`"old.key", and it holds nothing that needs it`))
	})

	It("of a dual-use package, is what no human has looked at", func() {
		p := newReadyPipeline()
		Expect(p.world.Tag("v1.0.0")).To(Succeed())
		p.edit("dist/demo/package.json", `"version"`, `"contentPolicy": {"class": "dual-use"}, "version"`)
		o := p.outside().run("plan", "--artifacts", "--tag", "v1.0.0").ends(1)
		Expect(o.out).To(And(ContainSubstring("a file DISCLOSURE"), ContainSubstring("apply --auth token")), "what the pipeline will say")
		o = p.job("v1.0.0", nil).run("apply").ends(1)
		Expect(o.out).To(And(ContainSubstring("a file DISCLOSURE"), ContainSubstring("apply --auth token")))
		p.write("dist/demo/DISCLOSURE", "It looks into other people's networks.\n")
		o = p.job("v1.0.0", nil).run("apply").ends(1)
		Expect(o.out).To(And(Not(ContainSubstring("a file DISCLOSURE")), ContainSubstring("apply --auth token")))
		Expect(p.sent(http.MethodPut)).To(BeEmpty())

		human := p.human()
		human.run("apply", "--auth", "token", "--tag", "v1.0.0", "--timeout", "1m", p.otp()).ends(0)
		_, ok := p.registry.manifest("demo", "1.0.0")
		Expect(ok).To(BeTrue(), "a human may")
	})
})
