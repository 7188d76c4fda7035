package e2e_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

// published says in a manifest how its version was published, as npm's do.
type published func(manifest map[string]any)

func withProvenance(m map[string]any) {
	m["dist"].(map[string]any)["attestations"] = map[string]any{
		"url": "http://registry.example.test/attestations", "provenance": map[string]any{"predicateType": "https://slsa.dev/provenance/v1"},
	}
}

func byGitHub(m map[string]any) {
	m["_npmUser"] = map[string]any{"name": "GitHub Actions", "trustedPublisher": map[string]any{"id": "github", "oidcConfigId": "oidc:x"}}
	withProvenance(m)
}

func byToken(m map[string]any) { m["_npmUser"] = map[string]any{"name": "somebody"} }

func byTokenWithProvenance(m map[string]any) {
	byToken(m)
	withProvenance(m)
}

func byApprover(m map[string]any) {
	m["_npmUser"] = map[string]any{"name": "somebody", "approver": map[string]any{"name": "somebody"}}
}

// history is what a registry says of how versions were published, by "name/version".
type history struct {
	mu   sync.Mutex
	says map[string]published
}

func (h *history) set(says map[string]published) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.says = says
}

func (h *history) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		alter := h.says[strings.TrimPrefix(r.URL.Path, "/")]
		h.mu.Unlock()
		if alter == nil || r.Method != http.MethodGet {
			next.ServeHTTP(rw, r)
			return
		}
		r.Header.Del("Accept-Encoding")
		recorder := httptest.NewRecorder()
		next.ServeHTTP(recorder, r)
		var manifest map[string]any
		if recorder.Code != http.StatusOK || json.Unmarshal(recorder.Body.Bytes(), &manifest) != nil {
			http.Error(rw, recorder.Body.String(), recorder.Code)
			return
		}
		alter(manifest)
		rw.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(rw).Encode(manifest)
	})
}

var _ = Describe("how a version was published", Ordered, func() {
	var (
		p    *pipeline
		says history
		told outcome // of publishing 1.1.0 with a token
	)

	BeforeAll(func() {
		p = newPipelineWith(released(), func(o *sandbox.Options) { o.Middleware = says.wrap })
		p.build("1.1.0")
		Expect(p.world.Tag("@demo/core@1.1.0")).To(Succeed())
		p.human().run("drift").ends(2) // the tag waits for its release
		told = p.human().run("apply", "--tag", "@demo/core@1.1.0", "--auth", "token", p.otp()).ends(0)
	})
	BeforeEach(func() { says.set(nil) })

	It("is told before a token publishes over what came by a trusted publisher, and audited after", func() {
		Expect(told.err).To(ContainSubstring("@demo/core@1.1.0 is to be published with a token, and 1.0.0 was published by a trusted publisher"))
		Expect(told.err).To(MatchRegexp(`(?s)is to be published with a token.*publish  @demo/core@1\.1\.0`))

		d := p.human().run("drift", "-o", "json").ends(2).document()
		Expect(d.kinds()).To(ConsistOf("TrustDowngraded"))
		Expect(d.Findings[0].Severity).To(Equal("warning"))
		Expect(d.Findings[0].Message).To(And(HavePrefix("@demo/core@1.1.0 (latest) was published with a token, and 1.0.0 by a trusted publisher"),
			ContainSubstring("no-downgrade")))
		Expect(d.Findings[0].Next).To(ContainSubstring("trusted publisher"))

		p.acceptance(`{finding: TrustDowngraded, package: "@demo/*", version: 1.1.0, reason: the pipeline was down}`)
		Expect(p.human().run("drift", "-o", "json").ends(0).document().acceptedKinds()).To(ConsistOf("TrustDowngraded"))
		p.acceptance()
	})

	DescribeTable("of a library is compared with the one before it",
		func(before, now published, downgraded string) {
			says.set(map[string]published{"@demo/core/1.0.0": before, "@demo/core/1.1.0": now})
			o := p.human().run("drift", "-o", "json")
			if downgraded == "" {
				Expect(o.ends(0).document().kinds()).To(BeEmpty())
				return
			}
			Expect(o.ends(2).document().Findings).To(ConsistOf(And(HaveField("Type", "TrustDowngraded"), HaveField("Package", "@demo/core"),
				HaveField("Version", "1.1.0"), HaveField("Message", ContainSubstring(downgraded)))))
		},
		Entry("provenance, then none", published(byTokenWithProvenance), published(byToken), "published with a token, and 1.0.0 with provenance"),
		Entry("approved, then by a trusted publisher", published(byApprover), published(byGitHub), "by a trusted publisher, with provenance, and 1.0.0 staged and approved"),
		Entry("by GitHub Actions, then approved", published(byGitHub), published(byApprover), ""),
		Entry("alike", published(byGitHub), published(byGitHub), ""),
	)

	It("is found of an entry and its platforms that have moved from GitHub Actions to CircleCI", func() {
		moved := map[string]published{"demo/1.0.0": byGitHub, "@demo/core/1.0.0": byToken, "@demo/core/1.1.0": byGitHub}
		for name := range demoPlatforms() {
			moved[name+"/1.0.0"] = byGitHub
		}
		says.set(moved)
		d := p.outside().run("drift", "-o", "json").ends(2).document()
		Expect(d.kinds()).To(ConsistOf("TrustDowngraded", "TrustDowngraded", "TrustDowngraded", "TrustDowngraded"))
		Expect(d.Findings).To(ContainElement(And(HaveField("Package", "demo"), HaveField("Version", "1.1.0"),
			HaveField("Message", ContainSubstring("by a trusted publisher, without provenance, and 1.0.0 by a trusted publisher, with provenance")),
			HaveField("Next", ContainSubstring("CircleCI makes no provenance")))))
	})

	It("costs a library no more than its last two versions", func() {
		before := len(p.world.Requests())
		p.outside().run("drift").ends(2)
		var versions []string
		for _, r := range p.world.Requests()[before:] {
			if strings.HasPrefix(r.Path, "/@demo%2fcore/") && r.Method == http.MethodGet {
				versions = append(versions, r.Path)
			}
		}
		Expect(versions).To(ConsistOf("/@demo%2fcore/1.1.0", "/@demo%2fcore/1.0.0"))
	})
})
