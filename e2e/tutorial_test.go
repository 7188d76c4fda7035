package e2e_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	"github.com/onsi/gomega/gexec"
)

// Every page that shows commands and what they print is run as it stands, in a folder of its own.
var _ = Describe("the pages that show commands and what they print", func() {
	pages, err := filepath.Glob("../docs/*.md")
	if err != nil {
		panic(err)
	}
	for _, path := range append(pages, "../README.md") {
		text, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(text), "```console") {
			continue
		}
		It(filepath.Base(path)+" shows what is printed", func() {
			steps, err := readPage(string(text))
			Expect(err).NotTo(HaveOccurred())
			newReader(string(text)).follow(steps)
		})
	}

	It("link to what is there", func() {
		texts := map[string]string{}
		for _, path := range append(pages, "../README.md", "../CONTRIBUTING.md", "../CHANGELOG.md") {
			text, err := os.ReadFile(path)
			Expect(err).NotTo(HaveOccurred())
			texts[path] = string(text)
		}
		var broken []string
		for path, text := range texts {
			for _, link := range relativeLink.FindAllStringSubmatch(text, -1) {
				to := path
				if link[1] != "" {
					to = filepath.Join(filepath.Dir(path), link[1])
				}
				_, err := os.Stat(to)
				if err != nil || link[2] != "" && !slices.Contains(anchors(texts[to]), link[2]) {
					broken = append(broken, path+": "+link[0])
				}
			}
		}
		Expect(broken).To(BeEmpty())
	})

	It("cannot show anything else", func() {
		for _, c := range []struct{ shown, printed, says string }{
			{"a\nb", "a\nb\n", ""},
			{"a\n…\nd", "a\nb\nc\nd\n", ""},
			{"…\nd\n…", "d\n", ""},
			{"done (3ms)", "done (1.2s)\n", ""},
			{"", "", ""},
			{"a", "a\nb\n", "more is printed than shown"},
			{"", "a\n", `"" is not printed`},
			{"a\n…\nd", "a\nd\ne\n", "more is printed than shown"},
			{"b\na", "a\nb\n", `"b" is not printed there`},
			{"…\nb\n…\na", "a\nb\n", `"a" is not printed there`},
		} {
			difference := pageStep{shown: strings.Split(c.shown, "\n")}.differs(c.printed)
			if c.says == "" {
				Expect(difference).To(BeEmpty())
			} else {
				Expect(difference).To(ContainSubstring(c.says), "%q, shown as %q", c.printed, c.shown)
			}
		}
	})
})

// relativeLink is a link to a file of this repository, and a heading in it.
var relativeLink = regexp.MustCompile(`\]\(([^():#]*)(?:#([^()]*))?\)`)

// anchors are what GitHub makes of a page's headings.
func anchors(text string) []string {
	var all []string
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(text, -1) {
		kept := regexp.MustCompile(`[^\pL\pN _-]`).ReplaceAllString(strings.ToLower(heading[1]), "")
		all = append(all, strings.ReplaceAll(kept, " ", "-"))
	}
	return all
}

// servedAt is where the sandbox serves when nothing else is said. Pages say so; here it is any free port.
const servedAt = "127.0.0.1:4873"

// reader is somebody who follows a page: with the program, the pinned npm client and, where the page runs the program from
// its sources, those.
type reader struct {
	*place
	code   int // of the last command
	served string
}

func newReader(text string) *reader {
	GinkgoHelper()
	commands := GinkgoT().TempDir() // node_modules/.bin has two npm clients that want to be npm, and a node
	Expect(os.Symlink(clientsFile("node_modules", "npm", "bin", "npm-cli.js"), filepath.Join(commands, "npm"))).To(Succeed())
	p := newPlace().with(
		"PATH", strings.Join([]string{filepath.Dir(binary), commands, os.Getenv("PATH")}, string(os.PathListSeparator)),
		"npm_config_update_notifier", "false", "npm_config_fund", "false")
	p.env["npm_config_globalconfig"] = filepath.Join(p.home, "global.npmrc")
	if strings.Contains(text, "$ go run ") {
		p = p.checkout()
	}
	return &reader{place: p, served: servedAt}
}

// checkout puts the program's sources into the place, and lets Go find what it has built and downloaded.
func (p *place) checkout() *place {
	GinkgoHelper()
	for _, name := range []string{"go.mod", "go.sum", "desired-state.yaml"} {
		p.copy(filepath.Join("..", name), name)
	}
	for _, dir := range []string{"cmd", "desired", "internal", "observed", "reconcile"} {
		Expect(filepath.WalkDir(filepath.Join("..", dir), func(path string, entry os.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case entry.IsDir() && entry.Name() == "testdata":
				return filepath.SkipDir
			case entry.Type().IsRegular() && !strings.HasSuffix(path, "_test.go"):
				p.copy(path, strings.TrimPrefix(path, "../"))
			}
			return nil
		})).To(Succeed())
	}
	p = p.with("CGO_ENABLED", "0", "GOFLAGS", "-mod=readonly -buildvcs=false -trimpath", "GOPROXY", "off", "GOTOOLCHAIN", "local")
	for _, name := range []string{"GOCACHE", "GOMODCACHE"} {
		value, err := exec.Command("go", "env", name).Output()
		Expect(err).NotTo(HaveOccurred())
		p.env[name] = strings.TrimSpace(string(value))
	}
	return p
}

// follow does what the page says, step by step, and compares.
func (r *reader) follow(steps page) {
	GinkgoHelper()
	for i, s := range steps {
		at := fmt.Sprintf("line %d: $ %s", s.line, s.command)
		var printed string
		switch {
		case s.file != "":
			r.write(s.file, strings.Join(s.shown, "\n")+"\n")
			continue
		case s.background:
			printed = r.begin(s)
		default:
			printed = r.do(s.command)
		}
		Expect(s.differs(printed)).To(BeEmpty(), at)
		if r.code != 0 {
			Expect(i+1 < len(steps) && steps[i+1].command == "echo $?").To(BeTrue(), "%s: ends with %d, which the page has to show: echo $?", at, r.code)
		}
	}
}

// do runs a command of the page, and returns what it printed to stdout and stderr.
func (r *reader) do(command string) string {
	GinkgoHelper()
	command = strings.ReplaceAll(command, servedAt, r.served)
	session := r.start("sh", "-c", fmt.Sprintf("exec 2>&1; (exit %d); %s", r.code, command))
	o := finish(session)
	r.code = o.code
	return o.out
}

// begin starts a command that goes on, and returns what it printed until it was ready.
func (r *reader) begin(s pageStep) string {
	GinkgoHelper()
	session := r.start("sh", "-c", "exec 2>&1; exec "+s.command+" --addr 127.0.0.1:0")
	Eventually(session.Out, soon).Should(gbytes.Say("Ctrl-C.*\n"))
	DeferCleanup(func() {
		session.Interrupt()
		Eventually(session, soon).Should(gexec.Exit(0))
	})
	printed := string(session.Out.Contents())
	_, err := fmt.Sscanf(printed, "registry  http://%s", &r.served)
	Expect(err).NotTo(HaveOccurred())
	r.served = strings.TrimSuffix(r.served, "/")
	return printed
}
