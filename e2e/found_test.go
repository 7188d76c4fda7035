package e2e_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// The page's table is of use only while the tests that it names are there.
var _ = Describe("what was found", func() {
	It("is held by tests that are there", func() {
		page, err := os.ReadFile("../docs/reliability.md")
		Expect(err).NotTo(HaveOccurred())
		_, table, _ := strings.Cut(string(page), "\n## What was found, and how\n")
		quoted := regexp.MustCompile("`([^`]+)`")
		rows := 0
		for _, block := range strings.Split(table, "\n**")[1:] {
			heading, rest, _ := strings.Cut(block, "\n")
			_, named, _ := strings.Cut(heading, "**")
			folders := []string{""}
			for _, folder := range quoted.FindAllStringSubmatch(named, -1) {
				folders = append(folders, folder[1])
			}
			for line := range strings.Lines(rest) {
				cells := strings.Split(strings.TrimSpace(line), "|")
				if len(cells) < 5 || !strings.Contains(cells[3], "`") {
					continue
				}
				rows++
				folder := ""
				for _, quote := range quoted.FindAllStringSubmatch(cells[3], -1) {
					if strings.HasPrefix(quote[1], "Test") {
						Expect(hasTest(folders, folder, quote[1])).To(BeTrue(), "%s of %s", quote[1], line)
						continue
					}
					folder = quote[1]
					Expect(folders).To(ContainElement(WithTransform(func(below string) bool {
						return exists(filepath.Join("..", below, folder))
					}, BeTrue())), "%s of %s", folder, line)
				}
			}
		}
		Expect(rows).To(BeNumerically(">", 50))
	})
})

// hasTest looks for a test in the folder, or the folder of the file, that was named before it, else in those of its block.
func hasTest(folders []string, named, test string) bool {
	for _, below := range folders {
		at := filepath.Join("..", below, named)
		if info, err := os.Stat(at); err == nil && !info.IsDir() {
			at = filepath.Dir(at)
		}
		files, _ := filepath.Glob(filepath.Join(at, "*_test.go")) // an error is of the pattern
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err == nil && strings.Contains(string(text), "func "+test+"(") {
				return true
			}
		}
	}
	return false
}
