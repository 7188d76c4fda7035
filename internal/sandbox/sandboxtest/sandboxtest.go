// Package sandboxtest serves a sandbox to the tests of other rooms, with real requests over loopback. What a room's tests have besides,
// such as a clock or actors, stays with them.
package sandboxtest

import (
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/onsi/gomega"

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

// Client is a client whose connections end with the test.
func Client(t *testing.T, o npm.Options) *npm.Client {
	t.Helper()
	client, err := npm.New(o)
	gomega.NewWithT(t).Expect(err).NotTo(gomega.HaveOccurred())
	t.Cleanup(client.CloseIdleConnections)
	return client
}
