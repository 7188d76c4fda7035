package e2e_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"
)

// These read, and only read, the registry that npm is configured for on this machine, with its whole environment.
var _ = Describe("esbuild on the configured registry", Label("registry"), func() {
	var asked atomic.Int64

	plan := func(tag string, flags ...string) outcome {
		GinkgoHelper()
		file, err := filepath.Abs("testdata/esbuild/desired-state.yaml")
		Expect(err).NotTo(HaveOccurred())
		github := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
			asked.Add(1)
			http.NotFound(rw, nil)
		}))
		DeferCleanup(github.Close)
		command := exec.Command(binary, append([]string{"plan", "-f", file, "--tag", tag, "-o", "json"}, flags...)...)
		command.Env = append(os.Environ(), "GITHUB_API_URL="+github.URL)
		session, err := gexec.Start(command, GinkgoWriter, GinkgoWriter)
		Expect(err).NotTo(HaveOccurred())
		return finish(session)
	}

	BeforeEach(func() {
		if os.Getenv("FACETS_E2E_REGISTRY") != "1" {
			Skip("FACETS_E2E_REGISTRY=1 runs this")
		}
		asked.Store(0)
	})

	It("is all served, and complete", func() {
		d := plan("v0.25.0", "--detailed-exitcode").ends(0).document()
		Expect(d.packages()).To(HaveLen(26))
		for _, p := range d.packages() {
			Expect(p.is("Served")).To(HavePrefix("True "), p.Name)
		}
		Expect(d.pkg("esbuild").is("Complete")).To(Equal("True Complete"))
		Expect(d.Summary.Converged).To(BeTrue())
		Expect(asked.Load()).To(BeZero(), "GitHub was asked although the tag was given")
	})

	It("would be published whole at a version that is not there", func() {
		d := plan("v0.25.99999").ends(0).document()
		Expect(d.Summary.Publish).To(Equal(26))
		Expect(asked.Load()).To(BeZero())
	})
})
