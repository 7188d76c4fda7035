//go:build linux

package e2e_test

import (
	"debug/elf"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"
)

// What the image's Dockerfile says: its user, and where it puts the certificates of the public authorities.
const (
	unprivileged = 65532
	certificates = "/etc/ssl/certs/ca-certificates.crt"
)

// emptyRoot is a root folder that holds the program and /work, and that only /work can be written to: what a container from
// scratch has when its root is mounted read-only.
type emptyRoot struct{ dir string }

func newEmptyRoot(program string) emptyRoot {
	GinkgoHelper()
	r := emptyRoot{GinkgoT().TempDir()}
	content, err := os.ReadFile(program)
	Expect(err).NotTo(HaveOccurred())
	Expect(os.WriteFile(filepath.Join(r.dir, "facets-reconcile"), content, 0o755)).To(Succeed())
	r.folder("work")
	Expect(os.Chmod(r.dir, 0o555)).To(Succeed())
	DeferCleanup(os.Chmod, r.dir, os.FileMode(0o755))
	return r
}

// change is what only whoever builds the image may do.
func (r emptyRoot) change(do func()) {
	GinkgoHelper()
	Expect(os.Chmod(r.dir, 0o755)).To(Succeed())
	do()
	Expect(os.Chmod(r.dir, 0o555)).To(Succeed())
}

// folder makes one that the program may write to.
func (r emptyRoot) folder(name string) {
	GinkgoHelper()
	Expect(os.Mkdir(filepath.Join(r.dir, name), 0o755)).To(Succeed())
	if os.Getuid() == 0 {
		Expect(os.Chown(filepath.Join(r.dir, name), unprivileged, unprivileged)).To(Succeed())
	}
}

func (r emptyRoot) write(name, content string) {
	GinkgoHelper()
	Expect(os.WriteFile(filepath.Join(r.dir, "work", name), []byte(content), 0o644)).To(Succeed())
}

// start runs the program in there with no environment but what is given: no HOME, no PATH.
func (r emptyRoot) start(environment []string, args ...string) (*gexec.Session, error) {
	command := exec.Command("/facets-reconcile", args...)
	command.Dir = "/work"
	command.Env = append([]string{}, environment...)
	command.SysProcAttr = &syscall.SysProcAttr{Chroot: r.dir}
	if os.Getuid() == 0 {
		command.SysProcAttr.Credential = &syscall.Credential{Uid: unprivileged, Gid: unprivileged}
	} else { // to change the root needs a namespace in which we may
		command.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER
		command.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: unprivileged, HostID: os.Getuid(), Size: 1}}
		command.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: unprivileged, HostID: os.Getgid(), Size: 1}}
	}
	return gexec.Start(command, GinkgoWriter, GinkgoWriter)
}

func (r emptyRoot) run(environment []string, args ...string) outcome {
	GinkgoHelper()
	session, err := r.start(environment, args...)
	for _, forbidden := range []error{syscall.EPERM, syscall.EACCES, syscall.ENOSPC, syscall.EINVAL} {
		if errors.Is(err, forbidden) {
			Skip("to change the root is not permitted here, neither by root nor in a user namespace: " + err.Error())
		}
	}
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { session.Kill().Wait(soon) })
	return finish(session)
}

var _ = Describe("the binary of a release, alone in an empty root", Ordered, func() {
	var program, commit string
	var root emptyRoot

	BeforeAll(func() {
		stamp := "-buildvcs=false"
		if head, err := exec.Command("git", "rev-parse", "HEAD").Output(); err == nil {
			stamp, commit = "-buildvcs=true", strings.TrimSpace(string(head))
		}
		program = build(stamp, "-ldflags=-s -w")
	})

	BeforeEach(func() {
		root = newEmptyRoot(program)
		text, err := os.ReadFile("../desired-state.yaml")
		Expect(err).NotTo(HaveOccurred())
		root.write(stateFile, string(text))
	})

	It("is in the image as it is here", func() {
		text, err := os.ReadFile("../Dockerfile")
		Expect(err).NotTo(HaveOccurred())
		Expect(string(text)).To(And(ContainSubstring("USER %d:%d\n", unprivileged, unprivileged), ContainSubstring("WORKDIR /work\n"),
			ContainSubstring("cp "+certificates+" /image/etc/ssl/certs/\n"), ContainSubstring("chmod 1777 /image/tmp ")))
	})

	It("needs no loader and no libraries", func() {
		file, err := elf.Open(program)
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(file.Close)
		for _, segment := range file.Progs {
			Expect(segment.Type).NotTo(Or(Equal(elf.PT_INTERP), Equal(elf.PT_DYNAMIC)))
		}
	})

	It("tells its version, with the commit and its date", func() {
		o := root.run(nil, "version").ends(0)
		Expect(o.out).To(MatchRegexp(`^facets-reconcile \S+ \(commit .+, go1\.\d+\S*\)\n$`))
		if commit != "" {
			Expect(o.out).To(MatchRegexp(`\(commit %s of \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ, `, commit))
		}
	})

	It("validates a state file", func() {
		Expect(root.run(nil, "validate").ends(0).out).To(ContainSubstring("groups: 2, packages: 22"))
	})

	It("rehearses the whole of it, as an image does that has a /tmp", func() {
		root.change(func() { root.folder("tmp") })
		o := root.run(nil, "apply", "--sandbox", "--scan-delay", "0s", "--yes", "--report", "html=reports/release.html").ends(0)
		Expect(o.out).To(ContainSubstring("Converged: 22 versions published"))
		Expect(root.run(nil, "plan", "--sandbox", "--detailed-exitcode").ends(0).out).To(ContainSubstring("as it should be"))
		Expect(filepath.Glob(filepath.Join(root.dir, "tmp", "*"))).To(BeEmpty())
		Expect(filepath.Join(root.dir, "work", "reports", "release.html")).To(BeARegularFile())
	})

	It("says what to do where there is no folder for temporary files, and takes another", func() {
		o := root.run(nil, "apply", "--sandbox", "--yes").ends(1)
		Expect(o.err).To(And(ContainSubstring("no folder for temporary files"), ContainSubstring("TMPDIR")))
		o = root.run([]string{"TMPDIR=/work"}, "apply", "--sandbox", "--scan-delay", "0s", "--yes").ends(0)
		Expect(o.out).To(ContainSubstring("Converged"))
	})

	It("names the ways to say which registry, where there is neither home nor npm", func() {
		o := root.run(nil, "plan", "--tag", "agent-facets@1.0.0").ends(1)
		Expect(o.err).To(And(ContainSubstring("no registry is known"), ContainSubstring("npm_config_registry")))
	})

	It("trusts no registry without certificates, and one whose authority is where the image has them, or SSL_CERT_FILE", func() {
		registry := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
			rw.WriteHeader(http.StatusNotFound)
			_, _ = rw.Write([]byte(`"Not Found"`))
		}))
		registry.Config.ErrorLog = log.New(io.Discard, "", 0) // of the handshakes that fail
		registry.StartTLS()
		DeferCleanup(registry.Close)
		plain, err := os.ReadFile("testdata/plain/desired-state.yaml")
		Expect(err).NotTo(HaveOccurred())
		root.write(stateFile, string(plain))
		plan := []string{"plan", "--tag", "agent-facets@1.0.0", "--registry", registry.URL}

		o := root.run(nil, plan...).ends(1)
		Expect(o.out + o.err).To(And(ContainSubstring("certificate signed by unknown authority"), ContainSubstring("agent-facets")))

		authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: registry.Certificate().Raw})
		root.write("authority.pem", string(authority))
		o = root.run([]string{"SSL_CERT_FILE=/work/authority.pem"}, plan...).ends(0)
		Expect(o.out).To(ContainSubstring("Plan: 13 to seed"))

		root.change(func() {
			file := filepath.Join(root.dir, certificates)
			Expect(os.MkdirAll(filepath.Dir(file), 0o755)).To(Succeed())
			Expect(os.WriteFile(file, authority, 0o644)).To(Succeed())
		})
		Expect(root.run(nil, plan...).ends(0).out).To(ContainSubstring("Plan: 13 to seed"))
	})
})
