package e2e_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"unicode/utf8"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	"github.com/onsi/gomega/gexec"

	"github.com/agent-facets/facets-reconcile/internal/live"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

var _ = Describe("progress", func() {
	const heavy = "@demo/cli-linux-x64"

	// heavyRelease is a release of which one platform is large. Of its upload half is taken until the rest is let in: what the
	// system holds in between comes on top.
	heavyRelease := func() (job *place, open func()) {
		GinkgoHelper()
		p := newDemo()
		p.seedAndTrust()
		p.prove() // so that no note is made of that
		p.build("1.0.0")
		noise := make([]byte, 24_000_000)
		_, err := rand.Read(noise)
		Expect(err).NotTo(HaveOccurred())
		binary, err := os.OpenFile(p.path("dist", heavy, "bin", "cli-linux-x64"), os.O_APPEND|os.O_WRONLY, 0)
		Expect(err).NotTo(HaveOccurred())
		_, err = binary.Write(noise)
		Expect(err).NotTo(HaveOccurred())
		Expect(binary.Close()).To(Succeed())

		gate := make(chan struct{})
		opened := false
		open = func() {
			if !opened {
				opened = true
				close(gate)
			}
		}
		ci := newPipelineBehind(p, func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPut && r.URL.Path == "/"+heavy {
					var half bytes.Buffer
					_, _ = io.CopyN(&half, r.Body, r.ContentLength/2) // what is missing is missed below
					<-gate
					r.Body = io.NopCloser(io.MultiReader(&half, r.Body))
				}
				next.ServeHTTP(rw, r)
			})
		})
		DeferCleanup(func() { open() })
		return ci.job("v1.0.0", nil).with("CIRCLECI", "", "TERM", "xterm-256color"), open
	}
	atScreen := func(job *place, size string, arguments ...string) (*gexec.Session, *os.File) {
		GinkgoHelper()
		return job.atTerminal(append([]string{"stty " + size + " && exec", binary}, arguments...)...)
	}
	control := regexp.MustCompile("\x1b\\[[0-9]*[A-Za-z]")

	DescribeTable("at a terminal it is a line per package, that fits",
		func(size string, columns int, colour bool, uploading string) {
			job, open := heavyRelease()
			if colour {
				job = job.with("NO_COLOR", "")
			}
			session, _ := atScreen(job, size, "apply", "--yes", "-o", "json")
			Eventually(session.Out, soon).Should(gbytes.Say(uploading))
			open()
			text := finish(session).ends(0).out
			Expect(text).To(ContainSubstring("4 of 4 served; "))
			Expect(strings.Contains(text, "\x1b[1m")).To(Equal(colour), "colours")
			Expect(text).NotTo(ContainSubstring("\x1b[?"), "the cursor is never hidden")
			drawn, document, _ := strings.Cut(text, "4 of 4 served; ")
			Expect(document).To(ContainSubstring(`"converged": true`))
			for line := range strings.Lines(control.ReplaceAllString(drawn, "")) {
				Expect(utf8.RuneCountInString(strings.TrimRight(line, "\r\n"))).To(BeNumerically("<", columns), line)
			}
		},
		Entry("into 80 columns", "cols 80 rows 24", 80, false, `1\d of 24 MB`),
		Entry("into 40 columns, in colours", "cols 40 rows 10", 40, true, `1\d/24 MB`),
	)

	It("at a terminal that cannot have lines changed, and in CI, it is plain lines", func() {
		for _, variables := range [][]string{{"TERM", "dumb"}, {"TERM", "xterm", "CI", "true"}} {
			p := newDemo()
			session, _ := p.with(variables...).atTerminal(binary, "apply", "--sandbox", "--scan-delay", "0s", "--yes")
			Expect(finish(session).ends(0).out).To(And(Not(ContainSubstring("\x1b")), ContainSubstring("publish  demo@1.0.0: accepted")))
		}
	})

	It("an interrupted run leaves what it had drawn, and a terminal as it was", func() {
		job, _ := heavyRelease()
		session, typing := atScreen(job, "cols 80 rows 24", "apply", "--yes")
		Eventually(session.Out, soon).Should(gbytes.Say(`1\d of 24 MB`))
		_, err := typing.WriteString("\x03")
		Expect(err).NotTo(HaveOccurred())
		text := finish(session).ends(1).out
		Expect(text).To(And(ContainSubstring("interrupted"), Not(ContainSubstring("\x1b[?"))))
		Expect(text[strings.LastIndex(text, "\x1b[J"):]).NotTo(ContainSubstring("served;"), "nothing is drawn after the last picture")
	})

	It("a second factor and the question are not drawn over", func() {
		session, typing := newDemo().with("TERM", "xterm").atTerminal(binary, "apply", "--sandbox", "--scan-delay", "0s")
		Eventually(session.Out, soon).Should(gbytes.Say(`\[y/N\] `))
		Expect(string(session.Out.Contents())).NotTo(ContainSubstring("\x1b["))
		_, err := typing.WriteString("y\n")
		Expect(err).NotTo(HaveOccurred())
		text := finish(session).ends(0).out
		Expect(text).To(MatchRegexp(`(?m)second factor: the sandbox approves it by itself \(http://[^ )]+\)\r?$`))
		Expect(text).To(ContainSubstring("6 of 6 served; "))
	})

	It("for programs it is an event a line, from the first to the last", func() {
		o := newDemo().run("apply", "--sandbox", "--scan-delay", "1s", "--log-format", "json").ends(0)
		var told []string
		for line := range strings.Lines(o.err) {
			var r live.Record
			decoder := json.NewDecoder(strings.NewReader(line))
			decoder.DisallowUnknownFields()
			if decoder.Decode(&r) != nil || r.Schema == 0 {
				Expect(line).NotTo(ContainSubstring(`"schema"`))
				continue
			}
			Expect(r.Schema).To(Equal(live.Schema))
			told = append(told, string(r.Event)+" "+string(r.Action)+" "+string(r.Package)+" "+string(r.Outcome))
		}
		Expect(told[0]).To(HavePrefix(string(reconcile.Begun)))
		Expect(told[len(told)-1]).To(HavePrefix(string(reconcile.Ended)))
		for _, name := range demoNames() {
			Expect(order(strings.Join(told, "\n"), "started seed "+name+" ", "finished seed "+name+" done", "finished trust "+name+" done",
				"sending publish "+name+" ", "finished publish "+name+" done", "served  "+name+" ")).To(Succeed())
		}
	})
})
