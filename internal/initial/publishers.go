package initial

import (
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/ci"
	"github.com/agent-facets/facets-reconcile/internal/ci/providers"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// addPublishers finds the pipelines that publish among the files of the CI systems. repository is where the project is, as host and path.
func (d *Draft) addPublishers(root, repository string) {
	var from, blank []string
	for _, p := range providers.All() {
		project := ci.Project{Files: d.readFiles(os.DirFS(root), p.Facts().Files), Repository: repository}
		for _, draft := range p.Drafts(project) {
			d.publishers, from = append(d.publishers, draft), append(from, draft.From)
		}
		if len(project.Files) > 0 && blank == nil { // the first that is at home here
			blank = p.Blank(project)
		}
	}
	if blank != nil {
		d.blank = blank
	}
	if len(from) > 1 {
		d.note("several pipelines may publish, by %s: leave in the state file those that are to", strings.Join(from, ", "))
	}
}

// publishes has the form of a trusted publisher for what the registry says that an entry was published by.
func (d *Draft) publishes(entry spec.Manifest) {
	by, project := entry.Publisher, ci.Project{}
	if repository := entry.Repository.GitHub(); repository != "" {
		project.Repository = "github.com/" + repository
	}
	for _, p := range providers.All() {
		if by != nil && by.TrustedPublisher != nil && by.TrustedPublisher.ID == p.Facts().Type {
			d.blank = p.Blank(project)
			d.note("%s was published by a trusted publisher of %s: fill its values in", entry.Name, p.Facts().Name)
		}
	}
}

func (d *Draft) readFiles(tree fs.FS, patterns []string) map[string][]byte {
	files := map[string][]byte{}
	for _, pattern := range patterns {
		found, err := fs.Glob(tree, pattern)
		if err != nil {
			d.Notes = append(d.Notes, asNotes(err)...)
		}
		for _, file := range found {
			if data, err := readFile(tree, file); err == nil {
				files[file] = data
			} else {
				d.Notes = append(d.Notes, asNotes(err)...)
			}
		}
	}
	return files
}

// readFile reads no more of a file than a pipeline's has.
func readFile(tree fs.FS, file string) ([]byte, error) {
	const most = 1 << 20 // bytes
	f, err := tree.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // nothing was written
	return io.ReadAll(io.LimitReader(f, most))
}

// trustedPublishers writes those that were found; those as comments in which values have to be filled in that only humans can find out.
func (p *page) trustedPublishers(found []ci.Draft, blank []string) {
	open, whole := false, false
	for _, draft := range found {
		open, whole = open || draft.Open, whole || !draft.Open
	}
	if len(found) == 0 {
		p.line(1, "# The pipeline that may publish without a stored token: under circleci, github or gitlab (docs/state-file.md).")
		p.line(1, "# Fill in the values and take the # away; until then nothing looks at trusted publishers.")
		found = []ci.Draft{{Lines: blank, Open: true}}
	} else {
		p.line(1, "# Who may publish without a stored token, by %s.", sources(found))
	}
	if open {
		p.line(1, "# Fill in the values that are in CAPITALS, and take the # away; until then nothing looks at them.")
	}
	list := len(found) > 1
	p.line(1, "%strustedPublisher%s:", commented(!whole), map[bool]string{true: "s"}[list])
	for _, draft := range found {
		for i, line := range append(draft.Lines, "permissions: [publish]") {
			switch {
			case list && i == 0:
				line = "- " + line
			case list:
				line = "  " + line
			}
			p.line(1, "%s  %s", commented(draft.Open), line)
		}
	}
	p.line(0, "")
}

// commented is what a comment begins with.
func commented(is bool) string {
	if is {
		return "# "
	}
	return ""
}

func sources(found []ci.Draft) string {
	var from []string
	for _, draft := range found {
		from = append(from, draft.From)
	}
	return strings.Join(from, ", ")
}
