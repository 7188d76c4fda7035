package e2e_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

var _ = Describe("setting trusted publishers", func() {
	It("takes one second factor, and does not wait until the placeholders are scanned", func() {
		p := newFacets()
		o := p.run("apply", "--sandbox", "--scan-delay", "30m", "--only", "seed,trust", "--log-level", "debug").ends(0)
		Expect(o.lines("seed")).To(HaveLen(22))
		Expect(o.lines("trust")).To(HaveLen(22))
		Expect(o.lines("second")).To(HaveLen(1), "once at most for each phase, and both are within its window")
		Expect(o.lines("waiting")).To(BeEmpty())

		By("showing the five values to the real npm client")
		world := newPipeline(p)
		Expect(world.registry.versions("agent-facets")).To(BeEmpty(), "it is scanned still: nothing was proved")
		human := world.human()
		for _, name := range []string{"agent-facets", "@agent-facets/cli-linux-x64-baseline-musl", "@agent-facets/protocol"} {
			var shown map[string]any
			Expect(json.Unmarshal([]byte(human.npm("trust", "list", name, "--json")), &shown)).To(Succeed(), name)
			Expect(shown["permissions"]).To(ContainElement("createPackage"), name)
			delete(shown, "id")
			delete(shown, "permissions")
			Expect(shown).To(Equal(map[string]any{
				"type":                 "circleci",
				"orgId":                "bfa561da-d33e-4a2a-a46d-48e096a828e0",
				"projectId":            "46274a40-97ed-41fd-a745-9702a7131ccc",
				"pipelineDefinitionId": "15756499-9950-43b5-b2d3-ac4086d9aa48",
				"contextIds":           []any{"691cddb9-b839-41e8-bc5c-ebb4484a2a1f"},
				"vcsOrigin":            "github.com/agent-facets/facets",
			}), name)
		}
	})

	It("asks for a second factor once more when its window closes half way, and finishes", func() {
		var late atomic.Int64 // how far the registry's clock has moved on
		var asked atomic.Int64
		world := newPipelineWith(newDemo(), func(o *sandbox.Options) {
			o.Now = func() time.Time { return time.Now().Add(time.Duration(late.Load())) }
			o.Middleware = func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
					if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/trust") && asked.Add(1) == 4 {
						late.Store(int64(6 * time.Minute))
					}
					next.ServeHTTP(rw, r)
				})
			}
		})
		session, _ := world.human().atTerminal(binary, "apply", "--only", "seed,trust", "--yes", "--log-level", "debug")
		o := finish(session).ends(0)
		Expect(strings.Count(o.out, "second factor: open "+string(world.registry))).To(Equal(2), o.out)
		for _, name := range demoNames() {
			Expect(world.trusted(name)).To(HaveLen(1), name)
		}
	})

	Describe("where the registry fails in the middle", func() {
		const (
			oldOrganization = "0b5f0a0e-6c2f-4a1e-9d37-555555555555"
			newOrganization = "0b5f0a0e-6c2f-4a1e-9d37-111111111111"
		)

		DescribeTable("leaves no package without the trusted publisher that it had",
			func(limit int, fail func(http.ResponseWriter), said string) {
				p := newDemo()
				p.edit(stateFile, newOrganization, oldOrganization)
				p.seedAndTrust()
				p.edit(stateFile, oldOrganization, newOrganization)

				f := trustFault{limit: limit, fail: fail, organization: newOrganization, deleted: map[string]bool{}}
				world := newPipelineWith(p, func(o *sandbox.Options) { o.TrustLimit, o.Middleware = limit, f.middleware })
				o := world.human().run("apply", "--only", "trust", world.otp()).ends(1)
				for _, name := range demoNames() {
					have := world.trusted(name)
					Expect(have).To(HaveLen(1), name)
					organization := newOrganization
					if strings.Contains(name, "cli-") {
						organization = oldOrganization
						Expect(o.out).To(MatchRegexp(`(?m)^.*%s\b.*: trust failed: .*%s`, name, said))
					}
					Expect(have[0].Claims.Values(circleci.ClaimOrganization)).To(ConsistOf(organization), name)
				}

				f.over.Store(true)
				world.human().run("apply", "--only", "trust", world.otp()).ends(0)
				for _, name := range demoNames() {
					have := world.trusted(name)
					Expect(have).To(HaveLen(1), name)
					Expect(have[0].Claims.Values(circleci.ClaimOrganization)).To(ConsistOf(newOrganization), name)
				}
			},
			Entry("which is kept beside the new one till that is there", 10, answer500, "500"),
			Entry("which is kept when the line is cut", 10, cutLine, "the answer was cut off"),
			Entry("which is put back where there is room for one only", 1, answer500, "put back"),
			Entry("which is put back when the line is cut", 1, cutLine, "put back"),
		)
	})
})

func answer500(rw http.ResponseWriter) {
	http.Error(rw, "out of order", http.StatusInternalServerError)
}
func cutLine(http.ResponseWriter) { panic(http.ErrAbortHandler) }

// trustFault fails the creation of new trusted publishers of the platforms; where there is room for one only, once the old
// one has made way.
type trustFault struct {
	limit        int
	fail         func(http.ResponseWriter)
	organization string // of new ones
	over         atomic.Bool

	mu      sync.Mutex
	deleted map[string]bool // by the package's path
}

func (f *trustFault) middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		of, _, isTrust := strings.Cut(r.URL.Path, "/trust")
		if !isTrust || !strings.Contains(of, "cli-") || f.over.Load() {
			next.ServeHTTP(rw, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(rw, err.Error(), http.StatusBadRequest)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		f.mu.Lock()
		f.deleted[of] = f.deleted[of] || r.Method == http.MethodDelete
		due := f.limit > 1 || f.deleted[of]
		f.mu.Unlock()
		if r.Method == http.MethodPost && due && bytes.Contains(body, []byte(f.organization)) {
			f.fail(rw)
			return
		}
		next.ServeHTTP(rw, r)
	})
}
