package e2e_test

import (
	"os"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"

	"github.com/agent-facets/facets-reconcile/e2e/clients"
)

// clientsFile returns the path of a file of e2e/clients.
func clientsFile(elements ...string) string {
	GinkgoHelper()
	path, err := clients.File(elements...)
	Expect(err).NotTo(HaveOccurred())
	return path
}

// startNPM starts the pinned npm client in the place.
func (p *place) startNPM(args ...string) *gexec.Session {
	GinkgoHelper()
	return p.startNPMWith(nil, args...)
}

// startNPMWith starts it with a standard input.
func (p *place) startNPMWith(in *os.File, args ...string) *gexec.Session {
	GinkgoHelper()
	arguments := append([]string{clientsFile("node_modules", "npm", "bin", "npm-cli.js")}, args...)
	return p.startIn("node", in, append(arguments, // npm takes options anywhere, but subcommands only in front of them
		"--globalconfig="+filepath.Join(p.home, "global.npmrc"),
		"--audit=false", "--fund=false", "--update-notifier=false", "--browser=false")...)
}

// npm runs the pinned npm client in the place, which must succeed, and returns what it printed.
func (p *place) npm(args ...string) string {
	GinkgoHelper()
	o := finish(p.startNPM(args...))
	Expect(o.code).To(Equal(0), "npm %v\n%s\n%s", args, o.out, o.err)
	return o.out
}
