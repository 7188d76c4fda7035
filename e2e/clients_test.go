package e2e_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"
)

// clientsFile returns the path of a file of e2e/clients.
func clientsFile(elements ...string) string {
	path, err := filepath.Abs(filepath.Join(append([]string{"clients"}, elements...)...))
	Expect(err).NotTo(HaveOccurred())
	return path
}

// installClients brings e2e/clients/node_modules to what the lock file says. It is the one step that uses the npm of this
// machine, as it is configured.
func installClients() {
	lock, err := os.ReadFile(clientsFile("package-lock.json"))
	Expect(err).NotTo(HaveOccurred())
	stamp := clientsFile("node_modules", ".installed-from") // npm ci removes the folder first, so a broken install has none
	if installed, err := os.ReadFile(stamp); err == nil && bytes.Equal(installed, lock) {
		return
	}
	install := exec.Command("npm", "ci", "--ignore-scripts")
	install.Dir = clientsFile()
	output, err := install.CombinedOutput()
	Expect(err).NotTo(HaveOccurred(), "npm ci in e2e/clients:\n%s", output)
	Expect(os.WriteFile(stamp, lock, 0o600)).To(Succeed())
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
