package e2e_test

import (
	"bytes"
	"encoding/base64"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"
)

// place is a folder to run programs in, with a home and a temporary folder of its own and nothing of this machine's
// environment but PATH.
type place struct {
	dir, home, temp string
	repository      string // that packages which are built here name, as a git URL; "": none
	env             map[string]string
}

func newPlace() *place {
	GinkgoHelper()
	root := GinkgoT().TempDir()
	p := &place{
		dir: filepath.Join(root, "project"), home: filepath.Join(root, "home"), temp: filepath.Join(root, "tmp"),
		env: map[string]string{},
	}
	for _, dir := range []string{p.dir, p.home, p.temp} {
		Expect(os.Mkdir(dir, 0o750)).To(Succeed())
	}
	DeferCleanup(holdNoToken, root)
	return p
}

// holdNoToken fails where a program has left a token in a file, other than the one where npm keeps them.
func holdNoToken(root string) {
	GinkgoHelper()
	Expect(filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || entry.Name() == ".npmrc" {
			return err
		}
		content, err := os.ReadFile(path)
		Expect(holdsToken(content)).To(BeFalse(), "a token is in %s", path)
		return err
	})).To(Succeed())
}

// holdsToken looks with the expression only where one may begin: of executables it would take seconds. None begins amid what may be
// base64, as "eyJ" is in one of a few thousand integrities, of which npm's cache is full.
func holdsToken(content []byte) bool {
	for _, start := range []string{"eyJ", "npm_"} {
		for at := 0; ; at++ {
			i := bytes.Index(content[at:], []byte(start))
			if i < 0 {
				break
			}
			at += i
			amid := at > 0 && isBase64(content[at-1])
			if !amid && !isProvenance(content[at:]) && anyToken.Match(content[at:min(len(content), at+64)]) {
				return true
			}
		}
	}
	return false
}

// isProvenance knows how the JSON of a bundle begins that is base64 in it: a statement, and an entry of the log. Tokens begin otherwise.
func isProvenance(content []byte) bool {
	return slices.ContainsFunc([]string{`{"_type":`, `{"apiVersion":`}, func(begins string) bool {
		return bytes.HasPrefix(content, []byte(base64.StdEncoding.EncodeToString([]byte(begins)[:len(begins)/3*3])))
	})
}

func isBase64(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' || b == '+' || b == '/'
}

// with returns the same place with further variables: "NAME", "value", …
func (p *place) with(variables ...string) *place {
	other := *p
	other.env = maps.Clone(p.env)
	for i := 0; i < len(variables); i += 2 {
		other.env[variables[i]] = variables[i+1]
	}
	return &other
}

func (p *place) path(elements ...string) string {
	return filepath.Join(append([]string{p.dir}, elements...)...)
}

func (p *place) write(path, content string) {
	GinkgoHelper()
	Expect(os.MkdirAll(filepath.Dir(p.path(path)), 0o750)).To(Succeed())
	Expect(os.WriteFile(p.path(path), []byte(content), 0o600)).To(Succeed())
}

func (p *place) read(path string) string {
	GinkgoHelper()
	data, err := os.ReadFile(p.path(path))
	Expect(err).NotTo(HaveOccurred())
	return string(data)
}

// copy puts a file of this repository, given from here, into the place.
func (p *place) copy(from, to string) {
	GinkgoHelper()
	data, err := os.ReadFile(from)
	Expect(err).NotTo(HaveOccurred())
	p.write(to, string(data))
}

// edit replaces what must stand in a file exactly once.
func (p *place) edit(path, before, after string) {
	GinkgoHelper()
	text := p.read(path)
	Expect(strings.Count(text, before)).To(Equal(1), "%q in %s", before, path)
	p.write(path, strings.Replace(text, before, after, 1))
}

func (p *place) start(program string, args ...string) *gexec.Session {
	GinkgoHelper()
	return p.startIn(program, nil, args...)
}

// startIn starts a program with a standard input, nil for an empty one.
func (p *place) startIn(program string, in *os.File, args ...string) *gexec.Session {
	GinkgoHelper()
	command := exec.Command(program, args...)
	command.Dir = p.dir
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + p.home, "TMPDIR=" + p.temp, "NO_COLOR=1"}
	for name, value := range p.env {
		command.Env = append(command.Env, name+"="+value)
	}
	if in != nil {
		command.Stdin = in
	}
	session, err := gexec.Start(command, GinkgoWriter, GinkgoWriter)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { session.Kill().Wait(soon) })
	return session
}

// run runs the program.
func (p *place) run(args ...string) outcome {
	GinkgoHelper()
	return finish(p.start(binary, args...))
}

func (p *place) remove(path string) {
	GinkgoHelper()
	Expect(os.RemoveAll(p.path(path))).To(Succeed())
}
