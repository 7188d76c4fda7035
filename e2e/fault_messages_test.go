package e2e_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// messages are what users are told, by the name of the spec: testdata/messages.golden, which is there to be read. Specs in which
// they are told the same stand together.
type messages map[string]string

const messagesFile = "messages.golden"

func readMessages() messages {
	GinkgoHelper()
	data, err := os.ReadFile(filepath.Join("testdata", messagesFile))
	if err != nil {
		Expect(*update).To(BeTrue(), "run with -update to write it: %v", err)
	}
	m := messages{}
	for section := range strings.SplitSeq(string(data), "\n\n") {
		var names, text []string
		for line := range strings.Lines(section) {
			if name, ok := strings.CutPrefix(line, "# "); ok {
				names = append(names, strings.TrimSpace(name))
			} else {
				text = append(text, line)
			}
		}
		for _, name := range names {
			m[name] = strings.Trim(strings.Join(text, ""), "\n")
		}
	}
	return m
}

// write replaces the golden file, less what is no spec of those that ran any more.
func (m messages) write(ran map[string]bool) {
	GinkgoHelper()
	specs := map[string][]string{} // by what is told
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if ran[name] {
			specs[m[name]] = append(specs[m[name]], "# "+name+"\n")
		}
	}
	var sections []string
	for text, names := range specs {
		sections = append(sections, strings.Join(names, "")+text+"\n")
	}
	slices.Sort(sections)
	Expect(os.WriteFile(filepath.Join("testdata", messagesFile), []byte(strings.Join(sections, "\n")), 0o600)).To(Succeed())
}

// tells compares what users are told by these runs with the golden file.
func (s *stage) tells(runs ...ran) {
	GinkgoHelper()
	name := CurrentSpecReport().LeafNodeText
	var told []string
	for _, r := range runs {
		told = append(told, s.told(r))
	}
	text := strings.Join(told, "\n- then\n")
	if *update {
		s.messages[name] = text
		return
	}
	Expect(text).To(Equal(s.messages[name]), "see %s; -update writes it", messagesFile)
}

// told is what one process said, less its progress and the rows of its table, and with names for what differs from run to run.
func (s *stage) told(r ran) string {
	var lines []string
	for line := range strings.Lines(r.err + r.out) {
		line = strings.TrimRight(line, " \n")
		if line != "" && !anyProgress.MatchString(line) && !anyRow.MatchString(line) {
			lines = append(lines, line)
		}
	}
	for first, line := range lines { // those that go on at once end in any order
		if last := first + 1; anyDecision.MatchString(line) {
			for last < len(lines) && anyDecision.MatchString(lines[last]) {
				last++
			}
			slices.Sort(lines[first:last])
		}
	}
	text := strings.Join(lines, "\n")
	for _, place := range [][2]string{{s.dir, "PROJECT"}, {s.home, "HOME"}} {
		text = strings.ReplaceAll(text, place[0], place[1])
	}
	for _, one := range passing {
		text = one.what.ReplaceAllString(text, one.name)
	}
	return text
}

// What is left out of the list, and what differs from run to run.
var (
	anyProgress = regexp.MustCompile(`^(waiting|(seed|trust|publish|stage|approve|reject|tag) +\S+: (accepted|done) \()`)
	anyRow      = regexp.MustCompile(`^(cli|libraries)  |^  (PACKAGE|STAGED|@?[\w/-]+(@[\d.]+)?) {2,}`)
	anyDecision = regexp.MustCompile(`^(stage|approve|reject) `)
	passing     = []struct {
		what *regexp.Regexp
		name string
	}{
		{regexp.MustCompile(`127\.0\.0\.1:\d{2,}`), "REGISTRY"},
		{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*Z?`), "TIME"},
		{regexp.MustCompile(`\([\d.]+(ms|µs|s)\)`), "(ELAPSED)"},
		{regexp.MustCompile(`\b10m\d?s? old\b`), "10m old"}, // a busy machine takes a second to ask
		{regexp.MustCompile(`reject [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`), "reject ID"},
		{regexp.MustCompile(`sha512-[\w+/=]+`), "sha512-…"},
		{regexp.MustCompile(`\b[0-9a-f]{40}\b`), "COMMIT"},
	}
)
