package e2e_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/e2e/clients"
)

// shapesOnPage are the state files that docs/shapes.md shows, by the heading of their section.
func shapesOnPage() map[string]string {
	GinkgoHelper()
	page, err := os.ReadFile("../docs/shapes.md")
	Expect(err).NotTo(HaveOccurred())
	shown := map[string]string{}
	for _, section := range strings.Split(string(page), "\n## ")[1:] {
		heading, text, _ := strings.Cut(section, "\n")
		for _, file := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(text, -1) {
			Expect(shown).NotTo(HaveKey(heading))
			shown[heading] = file[1]
		}
	}
	return shown
}

// shape is a state file of docs/shapes.md, and the place where it was released.
type shape struct {
	heading string
	entries []string
	tags    []string // those of the releases after the first
	*pipeline
}

func shapes() []*shape {
	return []*shape{
		{heading: "In lockstep", entries: []string{"tool"}, tags: []string{"v1.1.0"}},
		{heading: "One name", entries: []string{"@example/pilot"}, tags: []string{"v1.1.0"}},
		{heading: "Platforms at versions of their own", entries: []string{"image"}, tags: []string{"fonts-v2.0.0", "v1.1.0"}},
		{heading: "Fallbacks and dependencies", entries: []string{"@bind/bind"}},
		{heading: "Names and machines", entries: []string{"shell"}},
		{heading: "Prereleases as latest", entries: []string{"@example/preview"}, tags: []string{"v2.0.0-dev.9", "v2.0.0-dev.10"}},
		{heading: "Two entries over one set of platforms", entries: []string{"engine", "@engine/slim"}, tags: []string{"v1.1.0"}},
	}
}

// inEach runs the program in the place of each shape for which there are arguments, all at once.
func inEach(all []*shape, arguments func(*shape) []string) {
	GinkgoHelper()
	var sessions []*gexec.Session
	for _, s := range all {
		if given := arguments(s); given != nil {
			sessions = append(sessions, s.start(binary, given...))
		}
	}
	for _, session := range sessions {
		finish(session).ends(0)
	}
}

// release takes shapes all the way in sandboxes of their own, which are served then.
func release(all []*shape) {
	GinkgoHelper()
	files := shapesOnPage()
	Expect(files).To(HaveLen(len(all)))
	for _, s := range all {
		Expect(files).To(HaveKey(s.heading))
		s.pipeline = &pipeline{place: newPlace()}
		s.write(stateFile, files[s.heading])
	}
	apply := []string{"apply", "--sandbox", "--scan-delay", "0s", "--yes"}
	inEach(all, func(*shape) []string { return []string{"validate"} })
	inEach(all, func(*shape) []string { return apply })
	for i := range 2 {
		further := slices.DeleteFunc(slices.Clone(all), func(s *shape) bool { return i >= len(s.tags) })
		inEach(further, func(s *shape) []string { return []string{"sandbox", "tag", s.tags[i]} })
		inEach(further, func(*shape) []string { return apply })
	}
	inEach(all, func(*shape) []string { return []string{"plan", "--sandbox", "--detailed-exitcode"} })
	for _, s := range all {
		s.pipeline = newPipeline(s.place)
	}
}

// together serves the packages of all shapes as one registry.
func together(all []*shape) registry {
	GinkgoHelper()
	has := map[string]http.Handler{}
	for _, s := range all {
		address, err := url.Parse(string(s.registry))
		Expect(err).NotTo(HaveOccurred())
		proxy := httputil.NewSingleHostReverseProxy(address) // keeps the host, of which links to tarballs are made
		for _, pkg := range declared(s.path(stateFile)).Packages() {
			has[pkg.OnNpm().String()] = proxy
		}
	}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		parts := strings.SplitN(r.URL.Path+"//", "/", 4) // "", name or scope, …
		for _, name := range []string{parts[1], parts[1] + "/" + parts[2]} {
			if proxy, ok := has[name]; ok {
				proxy.ServeHTTP(rw, r)
				return
			}
		}
		http.NotFound(rw, r)
	}))
	DeferCleanup(server.Close)
	return registry(server.URL)
}

var _ = Describe("the shapes of docs/shapes.md", Ordered, ContinueOnFailure, func() {
	var (
		all     []*shape
		r       registry
		entries []string
	)

	BeforeAll(func() {
		all = shapes()
		release(all)
		r = together(all)
		entries = nil
		for _, s := range all {
			entries = append(entries, s.entries...)
		}
	})

	// brings lets a client install all entries. What each asks for must have arrived as the table has it, and nothing besides.
	brings := func(client, machine string, flags ...string) {
		GinkgoHelper()
		user, o := r.add(client, append(flags, entries...)...)
		o.ends(0)
		var lines, packages []string
		for _, entry := range entries {
			is := readInstalled(user.path("node_modules", entry, "package.json")).String()
			lines = append(lines, strings.TrimSpace(is+": "+strings.Join(user.arrived(entry), " ")))
		}
		wanted := strings.TrimSpace(strings.ReplaceAll(arrivals()[machine], "\t", ""))
		Expect(lines).To(Equal(strings.Split(wanted, "\n")), "%s on %s", client, machine)
		for _, one := range strings.Fields(wanted) {
			_, is, aliased := strings.Cut(one, "@npm:")
			packages = append(packages, strings.TrimSuffix(map[bool]string{true: is, false: one}[aliased], ":"))
		}
		slices.Sort(packages)
		Expect(user.installed()).To(ConsistOf(slices.Compact(packages)), "%s on %s", client, machine)
	}
	here := func() string {
		GinkgoHelper()
		system, cpu := machine()
		is := system + " " + cpu
		if system == "linux" {
			is += " glibc"
		}
		if arrivals()[is] == "" {
			Skip("the table has no machine such as this one: " + is)
		}
		return is
	}

	for _, client := range installers() {
		It("arrive by "+client+": the right platforms, and no others, here and on other machines", func() {
			brings(client, here())
			elsewhere := slices.Sorted(maps.Keys(arrivals()))
			if client == clients.NPM11 || client == clients.NPM12 {
				elsewhere = map[string][]string{clients.NPM12: {"linux x64 musl", "win32 x64"}}[client] // each takes a second
			}
			for _, machine := range elsewhere {
				flags := []string{}
				for i, value := range strings.Fields(machine) {
					flags = append(flags, []string{"--os=", "--cpu=", "--libc="}[i]+value)
				}
				brings(client, machine, flags...)
			}
		})
	}

	It("leave a fallback to whoever adds it, as its client allows that", func() {
		const fallback = "@bind/binding-wasm32-wasi"
		entry, _ := r.manifest("@bind/bind", "1.0.0")
		Expect(entry.OptionalDependencies).To(And(Not(BeEmpty()), Not(HaveKey(fallback))))
		for client, adds := range map[string]struct {
			flags []string
			code  int
			says  string
			there bool
		}{
			clients.NPM11: {nil, 1, "Unsupported platform for " + fallback, false},
			clients.NPM12: {[]string{"--force"}, 0, "", true},
			"pnpm":        {nil, 0, "", true},
			"bun":         {nil, 0, "skipped " + fallback, false},
		} {
			user, o := r.add(client, append(adds.flags, "@bind/bind", fallback)...)
			Expect(o.ends(adds.code).out+o.err).To(ContainSubstring(adds.says), client)
			Expect(exists(user.path("node_modules", fallback))).To(Equal(adds.there), client)
		}
	})

	for i, s := range shapes() {
		It("are found again by init: "+s.heading, func() { all[i].isFoundAgain() })
	}
})

// isFoundAgain lets init write a state file of what is served, of which nothing is to be done, and which says of the packages what the
// page's says.
func (s *shape) isFoundAgain() {
	GinkgoHelper()
	fresh := newPlace().with("npm_config_registry", string(s.registry)+"/", "GITHUB_API_URL", string(s.registry)+"/github")
	fresh.run("init", "--from", s.entries[0]).ends(0)
	d := fresh.run("plan", "--detailed-exitcode", "-o", "json").ends(0).document()
	Expect(d.Summary.Converged).To(BeTrue())
	found := map[string]desired.Package{}
	for _, pkg := range declared(fresh.path(stateFile)).Packages() {
		found[pkg.Name.String()] = pkg
	}
	state := declared(s.path(stateFile))
	for _, pkg := range state.Packages() {
		if pkg.Group != state.Spec.Groups[0].Name || pkg.ListedUnder == desired.UnderDependencies && pkg.Platform.Anywhere() {
			continue // of another entry, or like any library
		}
		Expect(found).To(HaveKey(pkg.Name.String()))
		Expect(found[pkg.Name.String()].Platform.Equal(pkg.Platform)).To(BeTrue(), pkg.Name.String())
		Expect(found[pkg.Name.String()].ListedUnder).To(Equal(pkg.ListedUnder), pkg.Name.String())
	}
}
