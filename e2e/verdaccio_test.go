package e2e_test

import (
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"

	"github.com/agent-facets/facets-reconcile/internal/artifact/standin"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

var _ = Describe("a real Verdaccio", Ordered, func() {
	var (
		p       *place
		through *recorder
		packed  string // integrity of the .tgz that npm made
		first   document
		sent    map[string]string // by it: the integrity, by name
	)

	BeforeAll(func() {
		direct := serveVerdaccio()
		through = record(direct)
		p = newPlace()
		p.copy("testdata/plain/desired-state.yaml", stateFile)
		packed = p.buildFacets("1.0.0")

		p.write(".npmrc", fmt.Sprintf("registry=%[1]s/\n%[2]s/:_authToken=%[3]s\n",
			through.registry, strings.TrimPrefix(string(through.registry), "http:"), through.registry.login()))
		first = p.run("apply", "--tag", "agent-facets@1.0.0", "-o", "json").ends(0).document()
		sent = map[string]string{}
		for _, put := range through.sent(http.MethodPut)[1:] { // after the login
			name, integrity := attachment(put)
			sent[name] = integrity
		}
		Expect(sent).To(HaveLen(13))
	})

	It("is given the platforms and then the entry, with a user's token", func() {
		Expect(first.Summary).To(Equal(summary{Converged: true}))
		Expect(first.PublishedNow).To(HaveLen(13))
		Expect(first.pkg("agent-facets").is("Complete")).To(Equal("True Complete"))
		Expect(first.pkg("agent-facets").is("Trusted")).To(Equal("none"))

		puts := through.sent(http.MethodPut)[1:]
		Expect(puts).To(HaveLen(13))
		Expect(puts[12].path).To(Equal("/agent-facets"))
		Expect(sent["agent-facets"]).To(Equal(packed), "the .tgz is published as it is")
	})

	It("serves tarballs with the bytes that were sent", func() {
		for name, integrity := range sent {
			m, ok := through.registry.manifest(name, "1.0.0")
			Expect(ok).To(BeTrue(), name)
			Expect(m.Dist.Integrity).To(Equal(integrity), name)
			address, err := url.Parse(m.Dist.Tarball)
			Expect(err).NotTo(HaveOccurred())
			status, tarball := through.registry.request(http.MethodGet, address.EscapedPath(), "")
			Expect(status).To(Equal(http.StatusOK))
			Expect(integrityOf([]byte(tarball))).To(Equal(integrity), name)
		}
	})

	It("installs them with the real npm client", func() {
		expected := facetsPlatforms("1.0.0")
		expected["agent-facets"] = "1.0.0"
		Expect(newPlace().install(through.registry, "agent-facets")).To(Equal(expected))
	})

	It("is sent nothing by a second apply", func() {
		before := len(through.sent(http.MethodPut))
		d := p.run("apply", "--tag", "agent-facets@1.0.0", "-o", "json").ends(0).document()
		Expect(d.PublishedNow).To(BeEmpty())
		Expect(d.Summary).To(Equal(summary{Converged: true}))
		Expect(through.sent(http.MethodPut)).To(HaveLen(before))
		Expect(through.sent(http.MethodPost)).To(BeEmpty())
		p.run("plan", "--tag", "agent-facets@1.0.0", "--detailed-exitcode").ends(0)
	})

	It("gets the rest of a release that was cut off", func() {
		p.buildFacets("1.1.0")
		p.run("apply", "--tag", "agent-facets@1.1.0", "--package", "@agent-facets/cli-linux-x64").ends(0)
		d := p.run("apply", "--tag", "agent-facets@1.1.0", "-o", "json").ends(0).document()
		Expect(d.PublishedNow).To(HaveLen(12))
	})

	It("has no staged publishing, which is said, and gets nothing", func() {
		before := len(through.sent(http.MethodPut))
		p.buildFacets("1.2.0")
		o := p.run("apply", "--tag", "agent-facets@1.2.0", "--staged").ends(3)
		Expect(o.out).To(And(ContainSubstring("this registry seems to have no staged publishing: publish directly"),
			ContainSubstring("13 to stage")))
		Expect(through.sent(http.MethodPut)).To(HaveLen(before))
		_, there := through.registry.manifest("agent-facets", "1.2.0")
		Expect(there).To(BeFalse())
	})
})

// serveVerdaccio starts Verdaccio with an empty storage.
func serveVerdaccio() registry {
	GinkgoHelper()
	return serveVerdaccioWith(func(*place) {})
}

// serveVerdaccioWith changes its config.yaml first.
func serveVerdaccioWith(change func(*place)) registry {
	GinkgoHelper()
	p := newPlace()
	p.copy("testdata/verdaccio.yaml", "config.yaml")
	change(p)
	session := p.start("node", clientsFile("verdaccio.cjs"), p.path("config.yaml"))
	Eventually(session.Out, soon).Should(gbytes.Say(`listening on http://\S+\n`))
	_, address, _ := strings.Cut(string(session.Out.Contents()), "listening on ")
	address, _, _ = strings.Cut(address, "\n")
	r := registry(address)
	Expect(r.status("/-/ping")).To(Equal(http.StatusOK))
	return r
}

// login makes a user, whose name and password are publisher and "not a secret", and returns its token.
func (r registry) login() string {
	GinkgoHelper()
	status, body := r.request(http.MethodPut, "/-/user/org.couchdb.user:publisher",
		`{"name": "publisher", "password": "not a secret", "type": "user"}`)
	Expect(status).To(Equal(http.StatusCreated), body)
	var login struct{ Token string }
	Expect(json.Unmarshal([]byte(body), &login)).To(Succeed())
	return login.Token
}

// buildFacets leaves artifacts of agent-facets where testdata/plain says: folders for the platforms, and for the entry a
// .tgz that npm packed. It returns the integrity of that.
func (p *place) buildFacets(version string) string {
	GinkgoHelper()
	p.remove("dist")
	platforms := p.buildTargets("dist", version)
	entry := standin.Package{Name: "agent-facets", Version: spec.Version(version)}
	Expect(standin.Write(p.path("entry"), entry, platforms, "")).To(Succeed())
	p.npm("pack", "./entry", "--pack-destination", "dist")
	return integrityOf([]byte(p.read("dist/agent-facets-" + version + ".tgz")))
}

// buildTargets leaves the platforms of agent-facets in a folder. It returns their versions.
func (p *place) buildTargets(dir, version string) map[string]string {
	GinkgoHelper()
	platforms := map[string]string{}
	for _, target := range facetsTargets() {
		parts := strings.Split(strings.Replace(target, "windows", "win32", 1), "-")
		name := "@agent-facets/cli-" + target
		platforms[name] = version
		p.standIn(dir+"/"+name, standin.Package{
			Name: spec.Name(name), Version: spec.Version(version), Binary: true,
			Platform: spec.Platform{OS: []string{parts[0]}, CPU: []string{parts[1]}},
		})
	}
	return platforms
}

// attachment returns the package that a publish was of, and the integrity of the tarball in it, which must be the one that
// it says.
func attachment(put recorded) (name, integrity string) {
	GinkgoHelper()
	var document struct {
		Name        string
		Versions    map[string]manifest
		Attachments map[string]struct {
			Data   string
			Length int
		} `json:"_attachments"`
	}
	Expect(json.Unmarshal(put.body, &document)).To(Succeed())
	Expect(document.Attachments).To(HaveLen(1))
	Expect(document.Versions).To(HaveLen(1))
	for _, attached := range document.Attachments {
		tarball, err := base64.StdEncoding.DecodeString(attached.Data)
		Expect(err).NotTo(HaveOccurred())
		Expect(tarball).To(HaveLen(attached.Length))
		integrity = integrityOf(tarball)
	}
	for _, m := range document.Versions {
		Expect(m.Dist.Integrity).To(Equal(integrity), document.Name)
	}
	return document.Name, integrity
}

func integrityOf(tarball []byte) string {
	sum := sha512.Sum512(tarball)
	return "sha512-" + base64.StdEncoding.EncodeToString(sum[:])
}
