package e2e_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/sandbox"
)

// standInCurl answers for the releases of this project from the folder $RELEASES, and for nothing else. It takes the flags that keep a
// download from being an error page, or from going unencrypted.
const standInCurl = `#!/bin/bash -eu
[ "${*:1:9}" = "--fail --silent --show-error --location --proto =https --retry 3 --output" ] || exit 64
from="${11#https://github.com/agent-facets/facets-reconcile/releases/download/v1.2.3/}"
[ "$from" != "${11}" ] || exit 64
cp "$RELEASES/$from" "${10}"
`

var _ = Describe("the action", func() {
	const archive = "facets-reconcile_1.2.3_linux_amd64.tar.gz"
	var run *githubRun
	var releases string

	BeforeEach(func() {
		p := trusting("github: {repository: agent-facets/facets, workflow: release.yml, environment: npm}")
		run = p.newGitHubRun("drift.yml", sandbox.Job{Repository: "agent-facets/facets", Branch: "main", Event: "schedule"})
		releases = GinkgoT().TempDir()
		Expect(os.Symlink(binary, filepath.Join(releases, "facets-reconcile"))).To(Succeed())
		finish(p.start("tar", "-C", releases, "-czf", filepath.Join(releases, archive), "facets-reconcile")).ends(0)
		packed, err := os.ReadFile(filepath.Join(releases, archive))
		Expect(err).NotTo(HaveOccurred())
		sums := fmt.Sprintf("%064x  %s.sbom.json\n%x  %s\n", 0, archive, sha256.Sum256(packed), archive)
		Expect(os.WriteFile(filepath.Join(releases, "checksums.txt"), []byte(sums), 0o600)).To(Succeed())
	})

	// using runs the action in a checkout.
	using := func(with ...string) *githubMachine {
		GinkgoHelper()
		m, _ := run.machine("drift")
		m.write(stateFile, run.state)
		m.env["RELEASES"] = releases
		Expect(os.WriteFile(filepath.Join(m.home, "tools", "curl"), []byte(standInCurl), 0o700)).To(Succeed())
		s := githubStep{ID: "it", Uses: ownAction + "@v1.2.3", With: map[string]string{"version": "1.2.3"}}
		for i := 0; i < len(with); i += 2 {
			s.With[with[i]] = with[i+1]
		}
		m.step(s)
		return m
	}

	It("runs a command of the release as its page shows, with summary and annotations", func() {
		text, err := os.ReadFile("../action/README.md")
		Expect(err).NotTo(HaveOccurred())
		run.workflow, err = parseWorkflow([]byte(yamlBlocks(string(text))[0]))
		Expect(err).NotTo(HaveOccurred())
		m, j := run.machine("drift")
		m.env["RELEASES"] = releases
		Expect(os.WriteFile(filepath.Join(m.home, "tools", "curl"), []byte(standInCurl), 0o700)).To(Succeed())
		m.steps(j.Steps)
		Expect(m.failed.code).To(Equal(2))
		Expect(m.all).To(And(ContainSubstring("issue opened"), ContainSubstring("::warning file=")))
		Expect(m.summary()).To(ContainSubstring("TagWithoutRelease"))
		Expect(run.stored["reports"]).To(HaveKey("drift.html"))
	})

	It("takes arguments apart as a shell does, runs none of them, and tells the exit code", func() {
		m := using("command", "plan", "summary", "false", "annotations", "false",
			"args", "--tag 'agent-facets@1.0.0' --detailed-exitcode\n  --report \"json=$(touch ran) out.json\"\n")
		Expect(m.values).To(HaveKeyWithValue("steps.it.outputs.exit-code", "2"))
		Expect(m.failed.code).To(Equal(2))
		Expect(m.place.path("$(touch ran) out.json")).To(BeARegularFile())
		Expect(m.place.path("ran")).NotTo(BeAnExistingFile())
		Expect(m.env["GITHUB_STEP_SUMMARY"]).NotTo(BeAnExistingFile())
		Expect(m.all).NotTo(ContainSubstring("::warning"))
	})

	It("only installs it where no command is said", func() {
		m := using("version", "v1.2.3").succeeded()
		m.step(githubStep{Run: "facets-reconcile validate"})
		m.succeeded()
	})

	DescribeTable("installs nothing",
		func(says string, with []string, spoil func(folder string)) {
			if spoil != nil {
				spoil(releases)
			}
			m := using(append([]string{"command", "version"}, with...)...)
			Expect(m.failed.code).NotTo(BeZero())
			Expect(m.all).To(ContainSubstring(says))
			m.failed = nil
			m.step(githubStep{Run: "facets-reconcile validate"})
			Expect(m.failed.code).To(Equal(127), "it is on the PATH")
		},
		Entry("where the archive is not what was released", "the checksum of "+archive+" is not that of the release", nil, func(folder string) {
			Expect(os.WriteFile(filepath.Join(folder, archive), []byte("something else"), 0o600)).To(Succeed())
		}),
		Entry("where there is no checksum of it", "has no line for "+archive, nil, func(folder string) {
			Expect(os.WriteFile(filepath.Join(folder, "checksums.txt"), []byte(strings.Repeat("0", 64)+"  another.tar.gz\n"), 0o600)).To(Succeed())
		}),
		Entry("for a version that is none", `version must be a release such as 1.2.3, and is "latest???echo"`, []string{"version", "latest;\n:echo"}, nil),
	)
})
