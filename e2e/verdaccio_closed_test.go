package e2e_test

import (
	"encoding/base64"
	"net/http"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = Describe("a Verdaccio that lets nobody read who is not logged in", Ordered, func() {
	const tag = "agent-facets@1.0.0"
	var (
		p       *place
		through *recorder
		token   string
	)
	npmrc := func(line string) {
		GinkgoHelper()
		at := strings.TrimPrefix(string(through.registry), "http:") + "/"
		p.write(".npmrc", "registry="+string(through.registry)+"/\n"+strings.ReplaceAll(line, "REGISTRY", at)+"\n")
	}

	BeforeAll(func() {
		through = record(serveVerdaccioWith(func(p *place) {
			p.edit("config.yaml", "access: $all", "access: $authenticated")
		}))
		p = newPlace()
		p.copy("testdata/plain/desired-state.yaml", stateFile)
		p.buildFacets("1.0.0")
		token = through.registry.login()
	})
	// release makes the release that there is to read, where nothing has.
	release := func() {
		GinkgoHelper()
		npmrc("REGISTRY:_authToken=" + token)
		p.run("apply", "--tag", tag).ends(0)
	}

	It("tells who is not logged in what is needed, and is sent nothing", func() {
		npmrc("")
		before := len(through.sent(http.MethodPut))
		for _, command := range []string{"plan", "apply", "wait"} {
			o := p.run(command, "--tag", tag, "-o", "json").ends(1)
			d := o.document()
			Expect(d.pkg("agent-facets").is("Seeded")).To(Equal("Unknown NoAccess"), command)
			Expect(d.Summary.Seed+d.Summary.Publish).To(BeZero(), command)
			Expect(d.Findings).To(HaveEach(HaveField("Next", ContainSubstring("npm login"))), command)
		}
		Expect(through.sent(http.MethodPut)).To(HaveLen(before))
	})

	It("is planned, released, waited for and checked by who is", func() {
		npmrc("REGISTRY:_authToken=" + token)
		Expect(p.run("plan", "--tag", tag).ends(0).out).To(ContainSubstring("13 to publish"))
		d := p.run("apply", "--tag", tag, "--verify", "-o", "json").ends(0).document()
		Expect(d.PublishedNow).To(HaveLen(13))
		Expect(d.pkg("agent-facets").is("Complete")).To(Equal("True Complete"))
		Expect(d.Findings).To(BeEmpty(), "that all of it is closed says nothing of the packages")
		p.run("plan", "--tag", tag, "--detailed-exitcode").ends(0)
		p.run("wait", "--tag", tag).ends(0)
		p.run("apply", "--tag", tag, "--verify").ends(0)
		for _, put := range through.sent(http.MethodPut)[1:] { // after the login
			Expect(string(put.body)).To(ContainSubstring(`"access":"public"`), "the first of each name")
		}
	})

	It("is sent the token from the start where always-auth says so", func() {
		release()
		npmrc("REGISTRY:_authToken=" + token + "\nalways-auth=true")
		before := len(through.all())
		p.run("plan", "--tag", tag, "--detailed-exitcode").ends(0)
		asked := through.all()[before:]
		Expect(len(asked)).To(BeNumerically(">=", 39))
		for _, request := range asked {
			Expect(request.authorization).To(Equal("Bearer "+token), request.path)
		}
	})

	It("is read with a user name and password, which publish nothing", func() {
		release()
		npmrc("REGISTRY:_auth=" + base64.StdEncoding.EncodeToString([]byte("publisher:not a secret")))
		p.run("plan", "--tag", tag, "--detailed-exitcode").ends(0)
		before := len(through.sent(http.MethodPut))
		p.buildFacets("1.1.0")
		p.run("apply", "--tag", "agent-facets@1.1.0").ends(3)
		Expect(through.sent(http.MethodPut)).To(HaveLen(before))
	})

	It("is not believed to be empty when the token has expired", func() {
		npmrc("REGISTRY:_authToken=expired")
		d := p.run("plan", "--tag", tag, "-o", "json").ends(1).document()
		Expect(d.pkg("agent-facets").is("Served")).To(Equal("Unknown NoAccess"))
	})
})
