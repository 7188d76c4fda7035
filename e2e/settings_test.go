package e2e_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/e2e/clients"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

// settingsLog keeps what was sent to change settings, as far as the registry took it.
type settingsLog struct {
	mu   sync.Mutex
	sent []settingSent
}

// settingSent is a request. npm-auth-type is left out: where npm is given --otp, it asks for no page.
type settingSent struct {
	Method, Path, Query, Command, Type string
	Body                               map[string]any
}

func (l *settingsLog) middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		command := r.Header.Get("npm-command")
		if r.Method == http.MethodGet || command != "access" && command != "deprecate" || r.Header.Get("npm-otp") == "" {
			next.ServeHTTP(rw, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(rw, err.Error(), http.StatusBadRequest)
			return
		}
		one := settingSent{Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery, Command: command,
			Type: r.Header.Get("Content-Type")}
		if json.Unmarshal(body, &one.Body) == nil {
			delete(one.Body, "_rev") // changes with every change
			l.mu.Lock()
			l.sent = append(l.sent, one)
			l.mu.Unlock()
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(rw, r)
	})
}

// take returns what was sent since it was last called.
func (l *settingsLog) take() []settingSent {
	l.mu.Lock()
	defer l.mu.Unlock()
	sent := l.sent
	l.sent = nil
	return sent
}

var _ = Describe("a package's settings", Ordered, func() {
	const before, core = "  groups:\n", "        - package: \"@demo/core\"\n"
	var (
		p         *pipeline
		log       settingsLog
		published bool
	)
	// wants writes what the state file has for all packages, and for @demo/core.
	wants := func(all, own string) {
		GinkgoHelper()
		text, after, _ := strings.Cut(p.read("demo.yaml"), before)
		after = strings.Replace(after, core, core+own, 1)
		p.write(stateFile, text+all+before+after)
	}
	set := func(flags ...string) outcome {
		GinkgoHelper()
		return p.human().run(append([]string{"apply", "--only", "settings", p.otp()}, flags...)...)
	}
	// publish releases 1.0.0 by the trusted publishers, where nothing has.
	publish := func() {
		GinkgoHelper()
		for _, tag := range []string{"v1.0.0", "@demo/core@1.0.0", "@demo/adapter@1.0.0"} {
			if !published {
				p.job(tag, nil).run("apply").ends(0)
			}
		}
		published = true
	}
	// npm runs the real npm 12 as the human.
	npm := func(args ...string) {
		GinkgoHelper()
		client, err := clients.NPM(GinkgoT().Context(), clients.NPM12)
		if errors.Is(err, errors.ErrUnsupported) {
			Skip(err.Error())
		}
		Expect(err).NotTo(HaveOccurred())
		o := finish(p.human().start(client.Node, append(append([]string{client.Script}, args...), p.otp(), "--update-notifier=false")...))
		Expect(o.code).To(Equal(0), "npm %v\n%s\n%s", args, o.out, o.err)
	}
	tokens := func(name string) spec.Tokens {
		GinkgoHelper()
		is, err := p.world.Tokens(spec.Name(name))
		Expect(err).NotTo(HaveOccurred())
		return is
	}

	BeforeAll(func() {
		Expect(clients.Install(GinkgoT().Context())).To(Succeed())
		demo := newDemo()
		demo.seedAndTrust()
		demo.build("1.0.0")
		demo.write("demo.yaml", demo.read(stateFile))
		p = newPipelineWith(demo, func(o *sandbox.Options) {
			o.PrivatePackages, o.ConfirmedListing, o.Middleware, o.SecondFactorWindow = true, true, log.middleware, -1
		})
		Expect(p.world.Tag("v1.0.0")).To(Succeed())
		Expect(p.world.Tag("@demo/core@1.0.0")).To(Succeed())
		Expect(p.world.Tag("@demo/adapter@1.0.0")).To(Succeed())
		wants("  settings: {tokens: forbidden}\n", "")
	})

	It("forbids no tokens before the trusted publisher has published, and says so", func() {
		o := set().ends(3)
		Expect(o.out).To(And(ContainSubstring("settings waits for a version that its trusted publisher has published"), ContainSubstring("LOCKED"),
			ContainSubstring("Next, once its pipeline has released a version")))
		Expect(log.take()).To(BeEmpty())
	})

	It("nags nobody where npm does not tell what is set", func() {
		publish()
		d := p.human().run("drift", "-o", "json").ends(0).document()
		Expect(d.pkg("demo").is("Locked")).To(Equal("Unknown NotShown"))
	})

	It("forbids them then, for all packages, says what it has set, and refuses an automation's token afterwards, and no trusted publisher", func() {
		publish()
		d := set("--group", "cli", "-o", "json").ends(0).document()
		Expect(d.changed("settings")).To(HaveLen(4))
		Expect(d.Summary.Converged).To(BeTrue())
		for name := range demoPlatforms() {
			Expect(tokens(name)).To(Equal(spec.TokensForbidden), name)
			Expect(d.pkg(name).is("Locked")).To(Equal("True Set"), name)
		}
		Expect(log.take()).To(HaveLen(4))
		Expect(set("--group", "cli").ends(0).out).To(ContainSubstring("✓ settings"), "again, as nobody can tell that it is not needed")
		log.take()

		By("publishing another version")
		p.build("1.1.0")
		Expect(p.world.Tag("v1.1.0")).To(Succeed())
		p.write(".npmrc", strings.TrimPrefix(string(p.registry), "http:")+"/:_authToken="+p.world.AutomationToken().Reveal()+"\n")
		o := p.outside().run("apply", "--tag", "v1.1.0", "--auth", "token").ends(1)
		Expect(o.out + o.err).To(And(ContainSubstring("an automation token was specified"), ContainSubstring("that of a trusted publisher")))
		o = p.outside().run("apply", "--only", "settings", "--group", "cli").ends(3)
		Expect(o.out).To(ContainSubstring("this session may not list the trusted publishers"))
		p.remove(".npmrc")
		d = set("--group", "cli", "-o", "json").ends(0).document()
		Expect(d.changed("settings")).To(HaveLen(4), "the next release is asked for, and the one before proves who may publish")
		log.take()
		p.job("v1.1.0", nil).run("apply").ends(0)
	})

	It("sends what the real npm 12 sends", func() {
		publish()
		for yaml, command := range map[string][]string{
			"settings: {tokens: forbidden}":  {"access", "set", "mfa=publish", "@demo/core"},
			"settings: {tokens: allowed}":    {"access", "set", "mfa=automation", "@demo/core"},
			"settings: {access: restricted}": {"access", "set", "status=private", "@demo/core"},
		} {
			wants("", "          "+yaml+"\n")
			set("--package", "@demo/core").ends(0)
			ours := log.take()
			Expect(p.world.SetAccess("@demo/core", spec.AccessPublic)).To(Succeed())
			npm(command...)
			Expect(ours).To(Equal(log.take()), yaml)
			Expect(ours).To(HaveLen(1), yaml)
		}
	})

	It("changes who may read a package where the state file has that among the settings, and reads it back", func() {
		publish()
		Expect(p.world.SetAccess("@demo/core", spec.AccessPublic)).To(Succeed())
		wants("", "          settings: {access: restricted}\n")
		for _, command := range []string{"plan", "apply"} {
			o := p.human().run(command, "--package", "@demo/core", p.otp())
			if command == "plan" {
				o = p.human().run(command, "--package", "@demo/core", "--detailed-exitcode")
			}
			Expect(o.ends(3).out).To(ContainSubstring("facets-reconcile apply --only settings"), "nobody has asked for it yet")
		}
		Expect(set("--package", "@demo/core").ends(0).out).To(ContainSubstring("✓ settings"))
		Expect(p.world.Access("@demo/core")).To(Equal(spec.AccessRestricted))
		p.human().run("plan", "--package", "@demo/core", "--detailed-exitcode").ends(0)
		Expect(set("--package", "@demo/core").ends(0).out).NotTo(ContainSubstring("✓ settings"))
		Expect(p.world.SetAccess("@demo/core", spec.AccessPublic)).To(Succeed())
		log.take()
	})

	It("deprecates versions by range, as the real npm 12 does, and takes that back", func() {
		said := func(version string) string {
			m := map[string]any{}
			_, body := p.registry.request(http.MethodGet, "/demo/"+version, "")
			Expect(json.Unmarshal([]byte(body), &m)).To(Succeed())
			text, _ := m["deprecated"].(string)
			return text
		}
		deprecate := func(ranges string) outcome {
			wants("", "")
			p.edit(stateFile, "        package: demo\n", "        package: demo\n        settings: {deprecated: ["+ranges+"]}\n")
			return p.human().run("apply", "--only", "deprecate", p.otp())
		}
		publish()
		p.build("1.1.0")
		Expect(p.world.Tag("v1.1.0")).To(Succeed())
		p.job("v1.1.0", nil).run("apply").ends(0)
		Expect(deprecate(`{versions: "<1.1.0", message: use 1.1}`).ends(0).out).To(ContainSubstring("✓ deprecate"))
		ours := log.take()
		Expect([]string{said("0.0.1"), said("1.0.0"), said("1.1.0")}).To(Equal([]string{"use 1.1", "use 1.1", ""}))
		p.human().run("plan", "--group", "cli", "--detailed-exitcode").ends(0)

		deprecate(`{versions: "<1.1.0", message: ""}`).ends(0)
		Expect(said("1.0.0")).To(BeEmpty())
		log.take()
		npm("deprecate", "demo@<1.1.0", "use 1.1")
		Expect(ours).To(Equal(log.take()))

		By("retiring a package as a whole, which is no drift")
		deprecate(`{versions: "*", message: moved}`).ends(0)
		Expect(said("1.1.0")).To(Equal("moved"))
		p.human().run("drift").ends(0)
	})
})
