package e2e_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

// pipeline is a CircleCI job of the demo project: the program gets an ID token, and publishes to a world that remembers
// what it was asked.
type pipeline struct {
	*place
	world    *sandbox.World
	registry registry
}

// newPipeline serves the sandbox in the place's folder, which the program's own --sandbox may share.
func newPipeline(p *place) *pipeline {
	GinkgoHelper()
	return newPipelineWith(p, func(*sandbox.Options) {})
}

// newReadyPipeline is that of the demo, of which 1.0.0 is built and can be published.
func newReadyPipeline() *pipeline {
	GinkgoHelper()
	p := newDemo()
	p.seedAndTrust()
	p.build("1.0.0")
	return newPipeline(p)
}

// newPipelineBehind puts a fault in front of it.
func newPipelineBehind(p *place, fault func(http.Handler) http.Handler) *pipeline {
	GinkgoHelper()
	return newPipelineWith(p, func(o *sandbox.Options) { o.Middleware = fault })
}

// newPipelineWith shapes it.
func newPipelineWith(p *place, shape func(*sandbox.Options)) *pipeline {
	GinkgoHelper()
	state, err := desired.Load(p.path(stateFile))
	Expect(err).NotTo(HaveOccurred())
	jobs := map[string]sandbox.Job{}
	for _, trusted := range slices.Backward(state.TrustedPublishers()) {
		jobs[trusted.Type] = sandbox.JobOf(trusted)
	}
	options := sandbox.Options{
		Dir: p.path(".facets-sandbox"), Repository: state.Spec.Source.GitHub, Jobs: jobs,
		ScanDelay: func(spec.Name, spec.Version) time.Duration { return 0 },
	}
	shape(&options)
	world, err := sandbox.Open(options)
	Expect(err).NotTo(HaveOccurred())
	server, err := world.Serve(context.Background(), "")
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func(ctx context.Context) {
		http.DefaultClient.CloseIdleConnections()
		Expect(server.Close(ctx)).To(Succeed())
	})
	return &pipeline{p, world, registry(server.URL())}
}

// seedAndTrust does a human's part by a rehearsal in the same folder.
func (p *place) seedAndTrust(flags ...string) {
	GinkgoHelper()
	world, state := p.path(".facets-sandbox"), p.read(stateFile)
	made, ok := seeded[state]
	if ok && len(flags) == 0 && !exists(world) {
		Expect(os.CopyFS(world, os.DirFS(made))).To(Succeed())
		return
	}
	fresh := len(flags) == 0 && !ok && !exists(world)
	flags = append([]string{"apply", "--sandbox", "--scan-delay", "0s", "--only", "seed,trust"}, flags...)
	p.run(flags...).ends(0)
	if fresh {
		made = filepath.Join(templates, strconv.Itoa(len(seeded)))
		Expect(os.CopyFS(made, os.DirFS(world))).To(Succeed())
		seeded[state] = made
	}
}

// prove publishes by ID token the next placeholder of packages that are seeded and trusted, as if there were no git tags yet.
func (p *place) prove(flags ...string) {
	GinkgoHelper()
	const untagged = "untagged.yaml"
	p.write(untagged, strings.NewReplacer("tag: v{version}", "tag: untagged-{version}",
		"{package}@{version}", "{package}-untagged-{version}").Replace(p.read(stateFile)))
	p.run(append([]string{"apply", "-f", untagged, "--sandbox", "--scan-delay", "0s", "--only", "prove"}, flags...)...).ends(0)
	p.remove(untagged)
}

// seeded are sandboxes, by state file, whose packages have been seeded and trusted: to do it anew takes a second, for the
// second factor, and nearly every spec begins with it.
var seeded = map[string]string{}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// job is the surroundings of a job for a git tag, "" for none, with an ID token whose claims differ as told.
func (p *pipeline) job(tag string, claims map[string]any) *place {
	GinkgoHelper()
	token, err := p.world.IDToken(p.world.Audience(), claims)
	Expect(err).NotTo(HaveOccurred())
	return p.outside().with("CIRCLECI", "true", "NPM_ID_TOKEN", token.Reveal(), "CIRCLE_TAG", tag)
}

// outside is neither a job nor logged in.
func (p *pipeline) outside() *place {
	return p.with("npm_config_registry", string(p.registry)+"/", "GITHUB_API_URL", string(p.registry)+"/github")
}

// sent returns the paths of the requests with a method.
func (p *pipeline) sent(method string) []string {
	var paths []string
	for _, r := range p.world.Requests() {
		if r.Method == method {
			paths = append(paths, r.Path)
		}
	}
	return slices.Sorted(slices.Values(paths))
}
