// Package sandboxtest holds what the tests of several rooms need to try them against a sandbox: a state file, the sandbox served on
// loopback, a client of it, and a clock. What only one room's tests need, such as actors, stays with them. Only tests import it.
package sandboxtest

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

// Serve opens a world in a folder of the test's own, and serves it until the test ends.
func Serve(t *testing.T, o sandbox.Options) (world *sandbox.World, registry *url.URL) {
	t.Helper()
	g := gomega.NewWithT(t)
	o.Dir = t.TempDir()
	world, err := sandbox.Open(o)
	g.Expect(err).NotTo(gomega.HaveOccurred())
	server := httptest.NewServer(world.Handler())
	t.Cleanup(server.Close)
	registry, err = url.Parse(server.URL)
	g.Expect(err).NotTo(gomega.HaveOccurred())
	return world, registry
}

const stateFile = `
apiVersion: reconcile.agentfacets.io/v1alpha1
kind: DesiredState
metadata: {name: test}
spec:
  trustedPublisher:
    circleci:
      organizationID: 00000000-0000-4000-8000-000000000001
      projectID: 00000000-0000-4000-8000-000000000002
      pipelineDefinitionID: 00000000-0000-4000-8000-000000000003
      contextIDs: [00000000-0000-4000-8000-000000000004]
      vcsOrigin: github.com/o/r
    permissions: [publish]
  groups:
`

// State is a state file with these groups, and with one trusted publisher, a pipeline of CircleCI.
func State(t *testing.T, groups string) *desired.State {
	t.Helper()
	state, err := desired.Parse([]byte(stateFile+strings.TrimPrefix(groups, "\n")), "test")
	gomega.NewWithT(t).Expect(err).NotTo(gomega.HaveOccurred())
	return state
}

// Clock stands still until time passes by Pass. It is safe for concurrent use.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock is a clock that shows a time.
func NewClock(now time.Time) *Clock { return &Clock{now: now} }

// Now is what it shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Pass sets it forward.
func (c *Clock) Pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Client is a client whose connections end with the test.
func Client(t *testing.T, o npm.Options) *npm.Client {
	t.Helper()
	client, err := npm.New(o)
	gomega.NewWithT(t).Expect(err).NotTo(gomega.HaveOccurred())
	t.Cleanup(client.CloseIdleConnections)
	return client
}
