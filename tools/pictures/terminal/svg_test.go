package terminal_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/tools/pictures/terminal"
)

var update = flag.Bool("update", false, "write the golden file anew")

func draw(t *testing.T, frames ...terminal.Frame) string {
	t.Helper()
	var b bytes.Buffer
	caption := terminal.Caption{Title: "a <command> & more", Description: "what it does"}
	NewWithT(t).Expect(terminal.SVG(&b, 40, 3, 2*time.Second, frames, caption)).To(Succeed())
	return b.String()
}

func TestSVG(t *testing.T) {
	g := NewWithT(t)
	svg := draw(t,
		terminal.Frame{At: 10 * time.Millisecond, Text: "$ \n\n\n"},
		terminal.Frame{At: 500 * time.Millisecond, Text: "$ run <it>\n\x1b[32mserved  a\nserved  b\n"},
		terminal.Frame{At: 2 * time.Second, Text: "$ run <it>\n\x1b[32mserved  a\n\x1b[0;1mdone\x1b[22m; 2s\n"},
	)
	const file = "testdata/film.svg.golden"
	if *update {
		g.Expect(os.WriteFile(file, []byte(svg), 0o600)).To(Succeed())
	}
	want, err := os.ReadFile(file)
	g.Expect(err).NotTo(HaveOccurred(), "run with -update to write it")
	g.Expect(svg).To(Equal(string(want)))
}

func TestSVGIsWellFormedAndHoldsEachRowOnce(t *testing.T) {
	g := NewWithT(t)
	svg := draw(t, terminal.Frame{Text: "same & <b>\n"}, terminal.Frame{At: time.Second, Text: "other\nsame & <b>\n"})
	g.Expect(strings.Count(svg, "same &amp; &lt;b&gt;")).To(Equal(1))
	g.Expect(strings.Count(svg, `<use href="#r0"`)).To(Equal(2))
	decoder := xml.NewDecoder(strings.NewReader(svg))
	for {
		_, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		g.Expect(err).NotTo(HaveOccurred())
	}
}

func TestColoursOfATerminal(t *testing.T) {
	for codes, class := range map[string]string{
		"\x1b[31m": "red", "\x1b[92m": "green", "\x1b[1;33m": "bold yellow", "\x1b[2m": "dim", "\x1b[1m\x1b[22m": "", "\x1b[36m\x1b[39m": "",
		"\x1b[34m\x1b[0m": "", "\x1b[35m\x1b[m": "", "\x1b[45m": "", "\x1b[90m": "dim",
	} {
		svg := draw(t, terminal.Frame{Text: codes + "word\n"})
		want := `textLength="33.7">word<`
		if class != "" {
			want = `textLength="33.7" class="` + class + `">word<`
		}
		NewWithT(t).Expect(svg).To(ContainSubstring(want), "%q", codes)
	}
}

func TestRecordingOfACommand(t *testing.T) {
	g := NewWithT(t)
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skip("tmux is not here")
	}
	session := terminal.Session{
		Columns: 40, Rows: 4, Dir: t.TempDir(), Env: []string{"PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8"}, Command: `printf 'a \033[32mb\033[m\n'`,
	}
	frames, err := session.Record(t.Context())
	session.Columns = 30
	_, narrow := session.Record(t.Context())
	g.Expect(narrow).To(MatchError(ContainSubstring("does not fit into 30 columns")))
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(frames[0].Text).To(Equal("$\n\n\n\n"))
	g.Expect(frames[len(frames)-1].Text).To(HavePrefix("$ printf"))
	g.Expect(frames[len(frames)-1].Text).To(MatchRegexp(`a \x1b\[32mb\n?\x1b\[39m\n?\$`))
}
