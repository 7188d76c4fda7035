package e2e_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"

	"github.com/agent-facets/facets-reconcile/internal/fault"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

// broken is the platform whose requests the faults are about; what holds for it would hold for any.
const broken = "@demo/cli-linux-x64"

// stage is the demo project and its world, in simulated time and with faults in between. It is opened once for the table, as
// an issuer's key takes long to make; each spec begins with all names seeded and trusted, 1.0.0 built, and nothing broken.
type stage struct {
	*pipeline
	clock    *clock
	template string // what the world's folder is at first
	acts     atomic.Pointer[act]
	messages messages
}

// act is what one spec makes of the stage.
type act struct {
	layer *fault.Layer
	scan  func(spec.Name) time.Duration
	shows func(spec.Name) time.Duration // how long an approved version takes to be served
	// intercept sees every request first, and tells whether it has answered.
	intercept func(rw http.ResponseWriter, r *http.Request) bool
}

// open makes the world.
func (s *stage) open() {
	GinkgoHelper()
	s.openOn(newDemo())
}

// openOn makes the world of another state file.
func (s *stage) openOn(p *place) {
	GinkgoHelper()
	p.seedAndTrust("--group", "cli")
	p.prove("--group", "cli")                                                         // so that no note is made of that
	p.run("apply", "--sandbox", "--scan-delay", "0s", "--group", "libraries").ends(0) // whole, so that nothing is said of them
	p.build("1.0.0")
	s.clock = newClock() // later than all that there is
	s.template = filepath.Join(GinkgoT().TempDir(), "template")
	Expect(os.CopyFS(s.template, os.DirFS(p.path(".facets-sandbox")))).To(Succeed())
	s.play(act{})
	s.pipeline = newPipelineWith(p, func(o *sandbox.Options) {
		o.Now, o.OIDCDistTags = s.clock.Now, true
		o.ScanDelay = func(name spec.Name, _ spec.Version) time.Duration { return s.acts.Load().scan(name) }
		o.ApprovalDelay = func(name spec.Name, _ spec.Version) time.Duration { return s.acts.Load().shows(name) }
		o.Middleware = func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if a := s.acts.Load(); !a.intercept(rw, r) {
					a.layer.Wrap(next).ServeHTTP(rw, r)
				}
			})
		}
	})
	s.messages = readMessages()
}

// reset brings the stage to what each spec begins with.
func (s *stage) reset() {
	GinkgoHelper()
	s.play(act{})
	s.clock.toWholeSecond()
	world := s.path(".facets-sandbox")
	Expect(os.RemoveAll(world)).To(Succeed())
	Expect(os.CopyFS(world, os.DirFS(s.template))).To(Succeed())
	fresh := newPlace() // another machine, with the same checkout
	s.home, s.temp = fresh.home, fresh.temp
	DeferCleanup(func() { s.acts.Load().layer.Clear() }) // whoever hangs is let go
}

func (s *stage) play(a act) {
	if a.layer == nil {
		a.layer = fault.New(fault.Options{})
	}
	if a.scan == nil {
		a.scan = func(spec.Name) time.Duration { return 0 }
	}
	if a.shows == nil {
		a.shows = func(spec.Name) time.Duration { return 0 }
	}
	if a.intercept == nil {
		a.intercept = func(http.ResponseWriter, *http.Request) bool { return false }
	}
	s.acts.Store(&a)
}

// breaks sets the faults of what follows. Those that do not say of what are of the broken platform.
func (s *stage) breaks(faults ...string) {
	GinkgoHelper()
	o := fault.Options{Now: s.clock.Now}
	for _, text := range faults {
		f, err := fault.Parse(text)
		Expect(err).NotTo(HaveOccurred())
		ofNone := func(o fault.Operation) bool { return o == fault.Other || o == fault.Certify || o == fault.Record }
		if f.Of == "" && !slices.ContainsFunc(f.On, ofNone) {
			f.Of = broken
		}
		o.Faults = append(o.Faults, f)
	}
	s.play(act{layer: fault.New(o), scan: s.acts.Load().scan})
}

// answers lets the registry answer one kind of request about the broken platform with a status, whatever is asked.
func (s *stage) answers(on fault.Operation, status int) {
	s.play(act{intercept: func(rw http.ResponseWriter, r *http.Request) bool {
		operation, name, _ := fault.Describe(r)
		if operation != on || name != broken {
			return false
		}
		_, _ = io.Copy(io.Discard, r.Body) // an answer amid the upload may be lost, and then it is another case
		http.Error(rw, "<h1>not now</h1>", status)
		return true
	}})
}

// hit fails where the faults broke nothing: then the spec proves nothing.
func (s *stage) hit() {
	GinkgoHelper()
	Expect(s.acts.Load().layer.Hits()).NotTo(BeEmpty(), "no request was broken")
}

// ran is what came of one process.
type ran struct {
	outcome
	d    document
	sent sendings

	staged sendings // what was sent for approval
	asked  []string // "METHOD /path" of what changed anything, in the order of arrival
}

// sendings counts the uploads of one process, by package.
type sendings map[string]int

// run runs the simulated program to its end. Its table goes to stdout, and its document to a file that is read and removed.
func (s *stage) run(p *place, args ...string) ran {
	GinkgoHelper()
	return s.finish(s.begin(p, args...))
}

// begin starts the simulated program; finish waits for its end.
func (s *stage) begin(p *place, args ...string) (*gexec.Session, int) {
	GinkgoHelper()
	before := len(s.world.Requests())
	if _, given := p.env["FACETS_CLOCK"]; !given {
		p = p.with("FACETS_CLOCK", s.clock.address(0))
	}
	return p.start(simulated, append(args, "--report", "json="+s.document())...), before
}

func (s *stage) finish(session *gexec.Session, before int) ran {
	GinkgoHelper()
	r := ran{outcome: finish(session), sent: sendings{}, staged: sendings{}}
	for _, request := range s.world.Requests()[before:] {
		if request.Method != http.MethodGet && request.Method != http.MethodHead {
			r.asked = append(r.asked, request.Method+" "+request.Path)
		}
		if name, ok := strings.CutPrefix(request.Path, "/-/stage/package/"); ok && request.Method == http.MethodPost {
			r.staged[strings.ReplaceAll(name, "%2f", "/")]++
		}
		name, err := spec.ParseName(strings.NewReplacer("%2f", "/").Replace(strings.TrimPrefix(request.Path, "/")))
		if request.Method != http.MethodPut || err != nil {
			continue
		}
		r.sent[name.String()]++
		Expect(r.sent["demo"] > 0 && name != "demo").To(BeFalse(), "%s was sent after the entry", name)
	}
	if data, err := os.ReadFile(s.document()); err == nil {
		Expect(json.Unmarshal(data, &r.d)).To(Succeed())
		Expect(r.d.ExitCode).To(Equal(r.code), "exitCode in the document, and the process's")
		Expect(os.Remove(s.document())).To(Succeed())
	}
	Expect(contents(s.temp)).To(BeEmpty(), "what it left behind")
	return r
}

func (s *stage) document() string { return filepath.Join(s.home, "result.json") }

// release applies the release of v1.0.0 in a job whose ID token is new and cannot be had again.
func (s *stage) release(flags ...string) ran {
	GinkgoHelper()
	return s.run(s.job("v1.0.0", nil), append([]string{"apply"}, flags...)...)
}

// releaseWith releases with a fault, which has to break something.
func (s *stage) releaseWith(what string, flags ...string) ran {
	GinkgoHelper()
	s.breaks(what)
	r := s.release(flags...)
	s.hit()
	return r
}

// recovers ends the faults and runs again until nothing is left: once, sending again at most what does not show, and at most
// once; and once more, to no effect.
func (s *stage) recovers() {
	GinkgoHelper()
	s.acts.Load().layer.Clear()
	shown := map[string]bool{}
	for _, name := range releaseNames() {
		_, shown[name] = s.registry.manifest(name, "1.0.0")
	}
	again := s.release()
	again.ends(0)
	for name, times := range again.sent {
		Expect(times).To(Equal(1), "%s was sent by one run", name)
		Expect(shown[name]).To(BeFalse(), "%s was served, and sent again", name)
	}
	last := s.release()
	Expect(last.ends(0).out).To(ContainSubstring("Converged: everything is as it should be"))
	Expect(last.sent).To(BeEmpty())
	for _, name := range releaseNames() {
		Expect(s.registry.served(name, "1.0.0")).To(BeTrue(), name)
	}
}

// releaseNames are the packages of the release, the entry last.
func releaseNames() []string {
	return []string{"@demo/cli-darwin-arm64", "@demo/cli-linux-arm64", broken, "demo"}
}

// sends is what a process sent: the broken platform and the entry so often, and the other platforms once.
func sends(platform, entry int) sendings {
	all := sendings{"@demo/cli-darwin-arm64": 1, "@demo/cli-linux-arm64": 1}
	for name, times := range map[string]int{broken: platform, "demo": entry} {
		if times > 0 {
			all[name] = times
		}
	}
	return all
}

// findings returns the findings as "Type package".
func (d document) findings() []string {
	var all []string
	for _, f := range d.Findings {
		all = append(all, fmt.Sprintf("%s %s", f.Type, f.Package))
	}
	return all
}
