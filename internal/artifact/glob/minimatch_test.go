package glob_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/e2e/clients"
	"github.com/agent-facets/facets-reconcile/internal/artifact/glob"
)

// question is what npm's own minimatch is asked, and its answer: for each path, whether it matches, and whether it may be above
// something that does. An answer is null where minimatch gave up.
type question struct {
	Pattern string
	Options glob.Options
	Paths   []string
}

type answer struct {
	Relative bool
	Match    []bool
	Below    []bool
}

const script = `
const { Minimatch } = require(process.argv[2])
let text = ''
process.stdin.setEncoding('utf8').on('data', piece => { text += piece }).on('end', () => {
  console.log(JSON.stringify(JSON.parse(text).map(q => {
    try {
      const m = new Minimatch(q.Pattern, { matchBase: q.Options.Base, dot: q.Options.Dots, nocase: q.Options.IgnoreCase, nonegate: true, nocomment: true })
      if (m.empty) return null
      return {
        Relative: m.globParts.some(part => part.length <= (part.slice(-1)[0] ? 1 : 2)),
        Match: q.Paths.map(p => m.match(p)), Below: q.Paths.map(p => m.match(p, true)),
      }
    } catch { return null }
  })))
})`

// ask asks the minimatch of npm 11.
func ask(t *testing.T, questions []question) []*answer {
	t.Helper()
	g := NewWithT(t)
	g.Expect(clients.Install(t.Context())).To(Succeed())
	module, err := clients.File("node_modules", "npm", "node_modules", "minimatch")
	g.Expect(err).NotTo(HaveOccurred())
	sent, err := json.Marshal(questions)
	g.Expect(err).NotTo(HaveOccurred())
	node := exec.CommandContext(t.Context(), "node", "-e", script, "-", module)
	node.Stdin = strings.NewReader(string(sent))
	output, err := node.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		t.Log(string(exit.Stderr))
	}
	g.Expect(err).NotTo(HaveOccurred())
	var answers []*answer
	g.Expect(json.Unmarshal(output, &answers)).To(Succeed())
	g.Expect(answers).To(HaveLen(len(questions)))
	return answers
}

// TestAsMinimatch draws patterns and paths of the characters that mean something in patterns, and compares every answer with
// that of npm's own minimatch. FACETS_DIFFERENTIAL_PATTERNS says how many hundreds of patterns, FACETS_DIFFERENTIAL_SEED where to begin.
func TestAsMinimatch(t *testing.T) {
	hundreds, seed := 30, uint64(1)
	if given, err := strconv.Atoi(os.Getenv("FACETS_DIFFERENTIAL_PATTERNS")); err == nil {
		hundreds = given
	}
	if given, err := strconv.ParseUint(os.Getenv("FACETS_DIFFERENTIAL_SEED"), 10, 64); err == nil {
		seed = given
	}
	random := rand.New(rand.NewPCG(seed, 1))
	questions := make([]question, hundreds*100)
	for i := range questions {
		questions[i] = draw(random)
	}
	refused := 0
	for i, want := range ask(t, questions) {
		q := questions[i]
		p, err := glob.New(q.Pattern, q.Options)
		if err != nil {
			refused++
			continue
		}
		if want == nil {
			t.Errorf("minimatch gives up on %q", q.Pattern)
			continue
		}
		if p.Relative() != want.Relative {
			t.Errorf("%q: relative is %v", q.Pattern, p.Relative())
		}
		for n, path := range q.Paths {
			if p.Match(path) != want.Match[n] || p.MatchBelow(path) != want.Below[n] {
				t.Errorf("%q %+v takes %+q: %v, below it %v; minimatch says %v and %v", q.Pattern, q.Options, path, p.Match(path), p.MatchBelow(path),
					want.Match[n], want.Below[n])
			}
		}
	}
	if t.Failed() {
		t.Logf("again: FACETS_DIFFERENTIAL_PATTERNS=%d FACETS_DIFFERENTIAL_SEED=%d go test -run %s ./internal/artifact/glob", hundreds, seed, t.Name())
	}
	NewWithT(t).Expect(refused).To(BeNumerically("<", len(questions)/10), "patterns that are refused")
}

func draw(random *rand.Rand) question {
	pick := func(from []string) string { return from[random.IntN(len(from))] }
	letters := strings.Split("abAB.-é", "")
	pieces := append(strings.Split("aabbABc..//**??[]{},!@+()|\\-^1é", ""), "**", "**/", "[a-b]", "[!a]", "[^b]", "[z-a]", "[[:alpha:]]", `[\d]`,
		"{a,b}", "{1..3}", "{b..a}", "@(a|b)", "!(a)", "+(a)", "*(a|b)", "?(a)", "!(a|b)", "*.", "..", "./", "/", "/", `\\`, "[[:upper:]", "[]a]", "[a-]",
		"😀", "{,a}", "{a}", "${a,b}", "{}", "[", "(", "|", "[/]", " ", "#", "{-2..2..2}", "{01..3}", "_", "K", "ß", "[à-é]", "[[:graph:]-]", "[\\^a]")
	q := question{Options: glob.Options{IgnoreCase: true, Dots: true, Base: random.IntN(4) > 0}}
	for range 1 + random.IntN(7) {
		q.Pattern += pick(pieces)
	}
	for range 12 {
		var path strings.Builder
		for range 1 + random.IntN(6) {
			path.WriteString(pick(append(letters, "/", "1", "2", "d", "x", "😀", "(", ")", "|", "]", "[", "\\", "É", "ẞ")))
		}
		for _, drawn := range []string{path.String(), derive(random, q.Pattern)} {
			if strings.Trim(drawn, "/") != "" && !regexp.MustCompile(`(^|/)\.\.?(/|$)`).MatchString(drawn) { // which are no paths of files
				q.Paths = append(q.Paths, drawn)
			}
		}
	}
	return q
}

// derive makes a path that resembles the pattern, so that many match.
func derive(random *rand.Rand, pattern string) string {
	var path strings.Builder
	for _, r := range pattern {
		switch {
		case random.IntN(12) == 0:
		case strings.ContainsRune("*?", r):
			path.WriteString([]string{"a", "", "b/a", "B", ".a"}[random.IntN(5)])
		case strings.ContainsRune(`[]{}()!@+|,\^`, r) && random.IntN(5) > 0:
		default:
			path.WriteRune(r)
		}
	}
	return fmt.Sprint(strings.ReplaceAll(path.String(), "..", "x"), []string{"", "", "/", "a"}[random.IntN(4)])
}
