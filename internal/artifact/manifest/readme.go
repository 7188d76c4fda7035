package manifest

import (
	"cmp"
	"regexp"
	"strings"
)

// noReadme is what npm writes where a package has none, and what the registry knows.
const noReadme = "ERROR: No README data found!"

// IsReadme tells whether a file at the package's root, by its name, is one that npm would show.
func IsReadme(name string) bool { return name == "README" || isMarkdown(name) }

// isMarkdown goes by npm's pattern, which takes README.fr.md and README. too, and not README.txt.
func isMarkdown(name string) bool {
	return regexp.MustCompile(`(?i)^readme\.(.*\.)?m?a?r?k?d?o?w?n?$`).MatchString(name)
}

// PrefersReadme tells whether npm shows the first of two readmes rather than the second: Markdown, and of several the last one by the
// bytes of its name. README.md comes before README.fr.md, and readme.md before both.
func PrefersReadme(name, other string) bool {
	if isMarkdown(name) != isMarkdown(other) {
		return isMarkdown(name)
	}
	return name > other
}

func addReadme(m map[string]any, readme File) {
	if truthy(m["readme"]) {
		return
	}
	m["readme"] = cmp.Or(readme.Text, noReadme)
	if readme.Name != "" {
		m["readmeFilename"] = readme.Name
	}
}

// mendDescription takes the readme's first paragraph where there is no description.
func mendDescription(m map[string]any) {
	if _, isText := m["description"].(string); !isText && truthy(m["description"]) {
		delete(m, "description")
	}
	if readme := text(m["readme"]); !truthy(m["description"]) && readme != noReadme && readme != "" {
		m["description"] = firstParagraph(readme)
	}
}

// firstParagraph is a readme's first block of text below its headings, in one line.
func firstParagraph(readme string) string {
	var paragraph []string
	for line := range strings.SplitSeq(trimmed(readme), "\n") {
		bare := trimmed(line)
		switch {
		case len(paragraph) == 0 && (bare == "" || strings.HasPrefix(bare, "#")):
		case bare == "":
			return trimmed(strings.Join(paragraph, " "))
		default:
			paragraph = append(paragraph, line)
		}
	}
	return trimmed(strings.Join(paragraph, " "))
}
