package e2e_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// npmsOwn is the section of what npm prints, not this program.
const npmsOwn = "What npm itself says"

var _ = Describe("the page about what is said when something goes wrong", func() {
	It("quotes only what is said", func() {
		text, err := os.ReadFile("../docs/troubleshooting.md")
		Expect(err).NotTo(HaveOccurred())
		ours := wordings(goStrings, "../cmd", "../desired", "../internal", "../observed", "../reconcile")
		ours = append(ours, wordings(goldenLines, "testdata", "../internal")...)
		npms := wordings(scriptLines, clientsFile("node_modules", "npm"))

		var unknown []string
		quoted, said := 0, ours
		for line := range strings.Lines(string(text)) {
			if section, ok := strings.CutPrefix(line, "## "); ok && strings.TrimSpace(section) == npmsOwn {
				said = append(npms, ours...) // the sandbox's words are the registry's
			}
			if !strings.HasPrefix(line, "### ") {
				continue
			}
			for _, message := range codeSpan.FindAllStringSubmatch(line, -1) {
				quoted++
				if !occurs(message[1], said) {
					unknown = append(unknown, message[1])
				}
			}
		}
		Expect(quoted).To(BeNumerically(">", 60))
		Expect(unknown).To(BeEmpty(), "nothing says so any more: correct docs/troubleshooting.md")
	})

	It("could not quote anything else", func() {
		said := []string{"the artifact of ", ": the registry answered %d (%s)", "a and b"}
		Expect(occurs("the registry answered …", said)).To(BeTrue())
		Expect(occurs("a … b", said)).To(BeTrue())
		Expect(occurs("b … a", said)).To(BeFalse())
		Expect(occurs("the registry answers …", said)).To(BeFalse())
		Expect(occurs("…", said)).To(BeFalse())
	})
})

var codeSpan = regexp.MustCompile("`([^`]+)`")

// occurs tells whether the parts of a message that do not change stand, in this order, in one of the wordings.
func occurs(message string, wordings []string) bool {
	var parts []string
	for _, part := range strings.Split(message, "…") {
		if part = strings.TrimSpace(part); strings.Trim(part, " ,;:()[].") != "" {
			parts = append(parts, regexp.QuoteMeta(part))
		}
	}
	if len(parts) == 0 {
		return false
	}
	like := regexp.MustCompile(strings.Join(parts, `.*`))
	for _, wording := range wordings {
		if like.MatchString(wording) {
			return true
		}
	}
	return false
}

// wordings collects what may be said from the files below some folders.
func wordings(of func(path string, text []byte) []string, dirs ...string) []string {
	GinkgoHelper()
	var all []string
	for _, dir := range dirs {
		Expect(filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() {
				return err
			}
			text, err := os.ReadFile(path)
			if err == nil {
				all = append(all, of(path, text)...)
			}
			return err
		})).To(Succeed())
	}
	Expect(all).NotTo(BeEmpty())
	return all
}

// goStrings returns the strings of a Go file that is no test; those that are joined by + are one.
func goStrings(path string, text []byte) []string {
	GinkgoHelper()
	if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
		return nil
	}
	file, err := parser.ParseFile(token.NewFileSet(), path, text, parser.SkipObjectResolution)
	Expect(err).NotTo(HaveOccurred())
	var all []string
	ast.Inspect(file, func(n ast.Node) bool {
		switch e := n.(type) {
		case *ast.BinaryExpr:
			if joined := literal(e); joined != "" {
				all = append(all, joined)
				return false
			}
		case *ast.BasicLit:
			all = append(all, literal(e))
		}
		return true
	})
	return all
}

// literal is the text of an expression of strings, with a gap where a part of it is computed.
func literal(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BinaryExpr:
		if e.Op == token.ADD {
			return literal(e.X) + literal(e.Y)
		}
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return text
		}
	}
	return ""
}

// goldenLines returns the lines of a file of what was printed.
func goldenLines(path string, text []byte) []string {
	if !strings.HasSuffix(path, ".golden") {
		return nil
	}
	return strings.Split(string(text), "\n")
}

// scriptLines returns the lines of a program in JavaScript.
func scriptLines(path string, text []byte) []string {
	if !strings.HasSuffix(path, ".js") {
		return nil
	}
	return strings.Split(string(text), "\n")
}
