package e2e_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	"github.com/onsi/gomega/gexec"
)

var _ = Describe("a rehearsal in the sandbox", func() {
	Describe("of agent-facets, from nothing", Ordered, func() {
		var p *place

		BeforeAll(func() {
			p = newPlace()
			p.copy("../desired-state.yaml", stateFile)
		})

		It("plans to seed, trust and publish all 22 packages", func() {
			d := p.run("plan", "--sandbox", "--detailed-exitcode", "-o", "json").ends(2).document()
			Expect(d.Kind).To(Equal("Plan"))
			Expect(d.APIVersion).To(Equal("reconcile.agentfacets.io/v1alpha1"))
			Expect(d.Summary).To(Equal(summary{Seed: 22, Trust: 22, Publish: 22, Human: 44}))
			Expect(p.run("plan", "--sandbox").ends(0).out).To(ContainSubstring("22 to seed, 22 to trust, 22 to publish"))
		})

		It("applies it, tells how, publishes the entry last, finds nothing to do then, and releases 13 packages when a higher tag is pushed", func() {
			o := p.run("apply", "--sandbox").ends(0)
			Expect(o.out).To(ContainSubstring("Converged: 22 versions published"))
			Expect(o.err).To(ContainSubstring("second factor"))
			Expect(o.err).To(ContainSubstring("stand-ins"))
			Expect(o.lines("seed")).To(HaveLen(22))
			Expect(o.lines("trust")).To(HaveLen(22))
			Expect(o.lines("publish")).To(HaveLen(22))
			Expect(o.lines("publish")[21]).To(HavePrefix("publish  agent-facets@1.0.0: accepted"))
			Expect(order(o.err, "seed ", "trust ", "publish  @", "waiting ", "publish  agent-facets@")).To(Succeed())

			By("finding nothing to do then, and leaving nothing behind")
			Expect(p.run("plan", "--sandbox", "--detailed-exitcode").ends(0).out).To(ContainSubstring("Converged"))
			before := contents(p.path(".facets-sandbox"))
			o = p.run("apply", "--sandbox").ends(0)
			Expect(slices.Concat(o.lines("seed"), o.lines("trust"), o.lines("publish"), o.lines("tag"))).To(BeEmpty())
			Expect(contents(p.path(".facets-sandbox"))).To(Equal(before), "a second apply changed the registry")
			Expect(contents(p.temp)).To(BeEmpty())

			By("pushing a higher tag")
			p.run("sandbox", "tag", "agent-facets@1.1.0").ends(0)
			d := p.run("plan", "--sandbox", "--detailed-exitcode", "-o", "json").ends(2).document()
			Expect(d.Summary).To(Equal(summary{Publish: 13}))
			Expect(d.changed("publish")).To(HaveLen(13))
			Expect(p.run("plan", "--sandbox").ends(0).out).To(ContainSubstring("13 to publish"))

			result := p.run("apply", "--sandbox", "--scan-delay", "200ms", "-o", "json").ends(0).document()
			Expect(result.Kind).To(Equal("Result"))
			Expect(result.PublishedNow).To(HaveLen(13))
			Expect(result.PublishedNow).To(ContainElement("agent-facets@1.1.0"))
			Expect(result.Summary).To(Equal(summary{Converged: true}))
			p.run("plan", "--sandbox", "--detailed-exitcode").ends(0)
		})

		It("starts anew after a reset", func() {
			p.run("sandbox", "reset").ends(0)
			Expect(p.path(".facets-sandbox")).NotTo(BeADirectory())
			p.run("plan", "--sandbox", "--detailed-exitcode").ends(2)
		})
	})

	It("can be interrupted while it waits, says what is done, and goes on from there", func() {
		p := newDemo()
		session := p.start(binary, "apply", "--sandbox", "--scan-delay", "8s")
		Eventually(session.Err, soon).Should(gbytes.Say("waiting "))
		session.Interrupt()
		o := finish(session).ends(1)
		Expect(o.err).To(ContainSubstring("interrupted"))
		Expect(o.err).To(ContainSubstring("run it again"))
		Expect(o.lines("publish")).NotTo(ContainElement(HavePrefix("publish  demo@")), "it waited on instead of ending")
		Expect(o.out).To(MatchRegexp(`(?m)^\s*@demo/cli-linux-x64 .*Accepted.*✓ publish`), "what was done")
		Expect(o.out).To(MatchRegexp(`(?m)^\s*demo .*Absent.*\+ publish`), "what was not done")
		Expect(o.out).To(MatchRegexp(`(?m)^Interrupted: .*5 versions published, 1 to publish, .*; run it again to go on\.$`))
		Expect(contents(p.temp)).To(BeEmpty())

		again := p.run("apply", "--sandbox", "--scan-delay", "0s").ends(0)
		Expect(again.out).To(ContainSubstring("Converged"))
		Expect(acceptances(o, again)).To(And(HaveLen(6), HaveEach(1)), "what the registry has it takes no second time")
	})

	It("can be killed at any moment, and goes on from there", func() {
		p := newDemo()
		for _, moment := range []string{"seed ", "trust ", "publish "} {
			session := p.start(binary, "apply", "--sandbox", "--scan-delay", "0s", "--concurrency", "1")
			Eventually(session.Err, soon).Should(gbytes.Say(moment))
			session.Kill()
			finish(session)
		}
		Expect(p.run("apply", "--sandbox", "--scan-delay", "0s").ends(0).out).To(ContainSubstring("Converged"))
		p.run("plan", "--sandbox", "--detailed-exitcode").ends(0)
	})

	DescribeTable("can be applied twice at once: both converge, and nothing is published twice",
		func(file string, packages int, before ...string) {
			p := newPlace()
			p.copy(file, stateFile)
			if len(before) > 0 {
				p.run(append([]string{"apply", "--sandbox", "--scan-delay", "0s", "--only"}, before...)...).ends(0)
			}
			first := p.start(binary, "apply", "--sandbox", "--scan-delay", "100ms..1s")
			second := p.start(binary, "apply", "--sandbox", "--scan-delay", "100ms..1s")
			one, other := finish(first), finish(second)
			Expect(one.ends(0).out).To(ContainSubstring("Converged"))
			Expect(other.ends(0).out).To(ContainSubstring("Converged"))
			Expect(acceptances(one, other)).To(And(HaveLen(packages), HaveEach(1)))
			p.run("plan", "--sandbox", "--detailed-exitcode").ends(0)
		},
		Entry("from nothing", "testdata/demo/desired-state.yaml", 6),
		Entry("when the names are there already", "../desired-state.yaml", 22, "seed"),
		Entry("when only the versions are missing", "../desired-state.yaml", 22, "seed,trust"),
	)

	It("works from any folder, with paths from the state file's own", func() {
		p := newDemo()
		p.build("1.0.0")
		elsewhere := newPlace()
		o := elsewhere.run("apply", "-f", p.path(stateFile), "--sandbox=world", "--scan-delay", "0s").ends(0)
		Expect(o.err).NotTo(ContainSubstring("stand-ins"), "all artifacts are there")
		Expect(elsewhere.path("world", "packages")).To(BeADirectory())
	})

	It("serves the same world to other programs until it is interrupted", func() {
		p := newDemo()
		session, r := p.serve()
		Expect(r.status("/-/ping")).To(Equal(200))
		session.Interrupt()
		Eventually(session, soon).Should(gexec.Exit(0))
	})
})

// serve starts the sandbox of the place, on a free port.
func (p *place) serve(flags ...string) (*gexec.Session, registry) {
	GinkgoHelper()
	session := p.start(binary, append([]string{"sandbox", "--addr", "127.0.0.1:0"}, flags...)...)
	Eventually(session.Out, soon).Should(gbytes.Say(`Ctrl-C`))
	var url string
	_, err := fmt.Sscanf(string(session.Out.Contents()), "registry  %s", &url)
	Expect(err).NotTo(HaveOccurred())
	return session, registry(strings.TrimSuffix(url, "/"))
}

// acceptances counts, by version, how often the registry took it in these runs.
func acceptances(outcomes ...outcome) map[string]int {
	accepted := map[string]int{}
	for _, o := range outcomes {
		for _, line := range o.lines("publish") {
			if what, _, ok := strings.Cut(line, ": accepted"); ok {
				accepted[strings.Fields(what)[1]]++
			}
		}
	}
	return accepted
}

// order fails unless the texts' first appearances follow each other.
func order(text string, parts ...string) error {
	last := -1
	for _, part := range parts {
		i := strings.Index(text, part)
		if i <= last {
			return fmt.Errorf("%q does not come after what should precede it", part)
		}
		last = i
	}
	return nil
}

// contents returns the files below a folder with size and time of change.
func contents(dir string) map[string]string {
	GinkgoHelper()
	files := map[string]string{}
	Expect(filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := os.Stat(path)
		if err == nil {
			files[path] = fmt.Sprint(info.Size(), info.ModTime().Format(time.RFC3339Nano))
		}
		return err
	})).To(Succeed())
	return files
}
