package e2e_test

import (
	"cmp"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

// ailment is a job that may not publish, and what doctor has to say of it.
type ailment struct {
	job     sandbox.Job
	given   bool   // the job has NPM_ID_TOKEN from elsewhere
	of      string // the package; "": @demo/adapter, of which all is as it should be
	status  string // the registry's answer; "": there is no ID token to send
	check   string // the claim that is marked as wrong; "": none
	cause   string
	next    string
	healthy bool
}

const (
	claimIssuer = "iss"
	unproven    = "@demo/core" // is trusted for so long that it has expired
	untrusted   = "demo"
)

// clinic is a world that trusts one publisher, and nobody who runs on a machine of their own.
func clinic(publisher string) *pipeline {
	GinkgoHelper()
	demo := newDemo()
	demo.published(publisher)
	demo.seedAndTrust()
	var behind atomic.Int64
	p := newPipelineWith(demo, func(o *sandbox.Options) {
		o.OnlyHosted = true
		o.Now = func() time.Time { return time.Now().Add(-time.Duration(behind.Load())) }
	})
	old := p.trusted(unproven)[0]
	p.distrust(unproven)
	behind.Store(int64(72 * time.Hour))
	old.ID = ""
	p.trust(unproven, old)
	behind.Store(0)
	p.distrust(untrusted)
	return p
}

// examine runs doctor in the job, and sees to it that nothing is published from there. It returns what doctor says.
func (p *pipeline) examine(a ailment) string {
	GinkgoHelper()
	job := p.jobOf(a.job)
	if a.given {
		usual := a.job
		usual.NoIDTokens = false
		token, err := p.world.IDTokenOf(usual, cmp.Or(a.job.Audience, p.world.Audience()))
		Expect(err).NotTo(HaveOccurred())
		job = job.with("NPM_ID_TOKEN", token.Reveal())
	}
	o := job.run("doctor", "--package", cmp.Or(a.of, "@demo/adapter"))
	if a.healthy {
		o.ends(0)
		Expect(o.out).To(And(ContainSubstring("nothing is known to be wrong"), Not(ContainSubstring("✗"))))
		return o.out
	}
	o.ends(3)
	Expect(o.out).To(And(ContainSubstring(a.cause), ContainSubstring("→ "+a.next)), o.out)
	if a.check != "" {
		Expect(o.out).To(ContainSubstring("✗ " + a.check))
	}
	if a.status != "" {
		Expect(o.out).To(ContainSubstring("the registry answered " + a.status))
	}
	Expect(p.sent(http.MethodPut)).To(BeEmpty())
	return o.out
}

// explained looks up that the page says no more under a heading than what doctor has said, and returns how many causes it explains.
func explained(heading string, said []string) int {
	GinkgoHelper()
	page, err := os.ReadFile("../docs/trusted-publishing.md")
	Expect(err).NotTo(HaveOccurred())
	_, section, found := strings.Cut(string(page), "\n### "+heading+"\n")
	Expect(found).To(BeTrue())
	section, _, _ = strings.Cut(section, "\n#")
	rows := regexp.MustCompile(`(?m)^\| (\S.*?) \|`).FindAllStringSubmatch(section, -1)[1:] // the first is the table's head
	for _, row := range rows {
		words := strings.Split(row[1], "…")
		Expect(slices.ContainsFunc(said, func(text string) bool {
			return !slices.ContainsFunc(words, func(part string) bool { return !strings.Contains(text, strings.TrimSpace(part)) })
		})).To(BeTrue(), "doctor never says: %s", row[1])
	}
	return len(rows)
}
