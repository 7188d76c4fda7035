package e2e_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// webhook is a chat's, which answers with a status and keeps what it is told.
type webhook struct {
	address string // with a secret in it
	mu      sync.Mutex
	heard   []told
}

type told struct {
	Event, Project, Text, Link string
	Releases, Commands         []string
	ExitCode                   int
	Rehearsal                  bool
}

func newWebhook(status int) *webhook {
	GinkgoHelper()
	w := &webhook{}
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		var what told
		if json.NewDecoder(r.Body).Decode(&what) != nil {
			what.Event = "no JSON"
		}
		w.mu.Lock()
		w.heard = append(w.heard, what)
		w.mu.Unlock()
		rw.WriteHeader(status)
	}))
	DeferCleanup(server.Close)
	w.address = server.URL + "/services/secret"
	return w
}

// take returns what it was told since it was last asked.
func (w *webhook) take() []told {
	w.mu.Lock()
	defer w.mu.Unlock()
	heard := w.heard
	w.heard = nil
	return heard
}

var _ = Describe("--notify", func() {
	It("tells that a release waits for a human, is stuck, and is done, each once", func() {
		p, w := newDemo(), newWebhook(http.StatusOK)
		p.build("1.0.0")
		ci := newPipeline(p)
		ci.job("v1.0.0", nil).run("apply", "--notify", w.address).ends(3)
		heard := w.take()
		Expect(heard).To(HaveLen(1))
		Expect(heard[0]).To(And(HaveField("Event", "WaitsForHuman"), HaveField("Project", "demo"), HaveField("Releases", []string{"v1.0.0"}),
			HaveField("ExitCode", 3), HaveField("Rehearsal", false), HaveField("Text", HavePrefix("demo: v1.0.0 waits for a human. "))))

		p.run("wait", "--tag", "v1.0.0", "--registry", string(ci.registry), "--timeout", "1s", "--notify", w.address).ends(4)
		Expect(w.take()).To(HaveExactElements(And(HaveField("Event", "Stuck"), HaveField("Releases", []string{"v1.0.0"}))))
	})

	It("tells by which command a human finishes a staged release", func() {
		p, w := newDemo(), newWebhook(http.StatusOK)
		p.build("1.0.0")
		p.seedAndTrust()
		ci := newPipeline(p)
		const command = "facets-reconcile apply --only approve --tag v1.0.0"
		o := ci.job("v1.0.0", nil).run("apply", "--staged", "--notify", w.address, "--report", "junit=reports/r.xml",
			"--report", "html=reports/r.html", "--report", "markdown=reports/r.md").ends(3)
		Expect(o.out).To(ContainSubstring("  " + command))
		heard := w.take()
		Expect(heard).To(HaveExactElements(And(HaveField("Event", "WaitsForHuman"), HaveField("Releases", []string{"v1.0.0"}),
			HaveField("Commands", HaveExactElements(command)), HaveField("Text", ContainSubstring("Next, by a human: "+command)))))
		for _, report := range []string{"r.xml", "r.html", "r.md"} {
			Expect(p.read("reports/"+report)).To(ContainSubstring(command), report)
		}

		ci.human().run("apply", "--only", "approve", "--tag", "v1.0.0", ci.otp(), "--notify", w.address).ends(0)
		Expect(w.take()).To(HaveExactElements(And(HaveField("Event", "Done"), HaveField("Commands", BeEmpty()))))
	})

	It("tells of a rehearsal that it is one, and nothing where nothing was done", func() {
		p, w, other := newDemo(), newWebhook(http.StatusOK), newWebhook(http.StatusNoContent)
		p.build("1.0.0")
		p.run("apply", "--sandbox", "--scan-delay", "0s", "--notify", w.address, "--notify", other.address).ends(0)
		done := And(HaveField("Event", "Done"), HaveField("Rehearsal", true), HaveField("Text", HavePrefix("Rehearsal: demo: v1.0.0, ")))
		Expect(w.take()).To(HaveExactElements(done))
		Expect(other.take()).To(HaveExactElements(done))
		p.run("apply", "--sandbox", "--scan-delay", "0s", "--notify", w.address).ends(0)
		p.run("plan", "--sandbox").ends(0)
		Expect(w.take()).To(BeEmpty())
		p.run("wait", "--sandbox", "--tag", "v1.0.0", "--notify", w.address).ends(0)
		Expect(w.take()).To(HaveExactElements(HaveField("Event", "Done")), "somebody waited for it")
	})

	It("tells when drift begins and ends, by the kept issue", func() {
		p, w := newDemo(), newWebhook(http.StatusOK)
		p.build("1.0.0")
		check := func(code int, flags ...string) []told {
			GinkgoHelper()
			p.run(append([]string{"drift", "--sandbox", "--scan-delay", "0s", "--notify", w.address}, flags...)...).ends(code)
			return w.take()
		}
		Expect(check(2)).To(HaveExactElements(HaveField("Event", "DriftBegan")), "without an issue each check that finds drift tells so")
		began := check(2, "--github-issue")
		Expect(began).To(HaveExactElements(And(HaveField("Event", "DriftBegan"), HaveField("Text", HavePrefix("Rehearsal: demo drifts. ")))))
		Expect(check(2, "--github-issue")).To(BeEmpty(), "it was told when it began")
		p.run("apply", "--sandbox", "--scan-delay", "0s").ends(0)
		ended := check(0, "--github-issue")
		Expect(ended).To(HaveExactElements(And(HaveField("Event", "DriftEnded"), HaveField("ExitCode", 0))))
		Expect(check(0, "--github-issue")).To(BeEmpty())
		Expect(check(0)).To(BeEmpty())
	})

	It("is no reason to fail, and no secret is printed", func() {
		p, w := newDemo(), newWebhook(http.StatusForbidden)
		p.build("1.0.0")
		o := p.run("apply", "--sandbox", "--scan-delay", "0s", "--notify", w.address, "--log-level", "debug").ends(0)
		Expect(o.err).To(And(ContainSubstring("warning: --notify: the webhook at 127.0.0.1:"), ContainSubstring("it answered 403 (Forbidden)")))
		Expect(o.out + o.err).NotTo(ContainSubstring("services/secret"))
		wrong := p.run("apply", "--sandbox", "--notify", "http://hooks.example.test/services/secret").ends(1)
		Expect(wrong.err).To(And(ContainSubstring("give it as https"), Not(ContainSubstring("services/secret"))))
	})
})
