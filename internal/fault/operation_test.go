package fault_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/fault"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func TestDescribe(t *testing.T) {
	for _, c := range []struct {
		method, path string
		want         fault.Operation
		name         spec.Name
		version      spec.Version
	}{
		{"GET", "/-/package/@s%2fp/dist-tags?write=true", fault.Tags, "@s/p", ""},
		{"PUT", "/-/package/@s%2fp/dist-tags/latest", fault.Tag, "@s/p", ""},
		{"DELETE", "/-/package/p/dist-tags/latest", fault.Tag, "p", ""},
		{"GET", "/@s%2fp", fault.Packument, "@s/p", ""},
		{"GET", "/@s/p", fault.Packument, "@s/p", ""},
		{"GET", "/p", fault.Packument, "p", ""},
		{"GET", "/@s%2Fp/1.0.0", fault.Manifest, "@s/p", "1.0.0"},
		{"HEAD", "/p/latest", fault.Manifest, "p", "latest"},
		{"HEAD", "/@s/p/-/p-1.0.0-rc.1.tgz", fault.Tarball, "@s/p", "1.0.0-rc.1"},
		{"GET", "/@s%2fp/-/@s%2fp-1.0.0.tgz", fault.Tarball, "@s/p", "1.0.0"},
		{"GET", "/p/-/q-1.0.0.tgz", fault.Tarball, "p", ""},
		{"PUT", "/@s%2fp", fault.Publish, "@s/p", ""},
		{"PUT", "/p/-rev/1", fault.Other, "p", ""},
		{"DELETE", "/p/-/p-1.0.0.tgz/-rev/1", fault.Other, "p", ""},
		{"POST", "/-/npm/v1/oidc/token/exchange/package/@s%2fp", fault.Exchange, "@s/p", ""},
		{"GET", "/-/package/@s%2fp/trust", fault.Trust, "@s/p", ""},
		{"DELETE", "/-/package/p/trust/1", fault.Trust, "p", ""},
		{"GET", "/-/package/p/visibility", fault.Other, "p", ""},
		{"GET", "/-/whoami", fault.Login, "", ""},
		{"PUT", "/-/user/org.couchdb.user:u", fault.Login, "", ""},
		{"POST", "/-/v1/login", fault.Login, "", ""},
		{"GET", "/-/v1/done?authId=1", fault.Login, "", ""},
		{"GET", "/auth/cli/1", fault.Login, "", ""},
		{"GET", "/-/ping", fault.Other, "", ""},
		{"GET", "/github/repos/o/r/git/matching-refs/tags/v", fault.Other, "", ""},
		{"GET", "/circleci/oidc?aud=x", fault.Other, "", ""},
		{"GET", "/", fault.Other, "", ""},
		{"POST", "/-/stage/package/@s%2fp", fault.Stage, "@s/p", ""},
		{"GET", "/-/stage/package/p", fault.Other, "", ""},
		{"GET", "/-/stage?package=p&page=0", fault.Stages, "", ""},
		{"GET", "/-/stage/1de6f3db", fault.Stages, "", ""},
		{"GET", "/-/stage/1de6f3db/tarball", fault.StageTarball, "", ""},
		{"POST", "/-/stage/1de6f3db/approve", fault.Approve, "", ""},
		{"DELETE", "/-/stage/1de6f3db", fault.Reject, "", ""},
		{"GET", "/-/stages", fault.Other, "", ""},
	} {
		t.Run(c.method+" "+c.path, func(t *testing.T) {
			g := NewWithT(t)
			operation, name, version := fault.Describe(httptest.NewRequest(c.method, c.path, http.NoBody))
			g.Expect(operation).To(Equal(c.want))
			g.Expect(name).To(Equal(c.name))
			g.Expect(version).To(Equal(c.version))
		})
	}
}
