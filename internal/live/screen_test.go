package live_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/live"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// glass is a terminal as a Screen sees it: it understands what one needs, and fails at anything else. Its lines wrap, and
// wrap anew when it is made narrower, as those of terminals do.
type glass struct {
	t      *testing.T
	size   live.Size
	lines  []string // logical ones
	row    int      // of the cursor, which is always at a beginning or an end of a line
	end    bool
	writes int
}

func newGlass(t *testing.T, size live.Size) (*glass, *live.Screen) {
	g := &glass{t: t, size: size, lines: []string{""}}
	return g, live.NewScreenOf(g, func() live.Size { return g.size })
}

func (g *glass) Fd() uintptr { return ^uintptr(0) }

func (g *glass) Write(text []byte) (int, error) {
	g.writes++
	rest := string(text)
	for rest != "" {
		var rows int
		switch {
		case rest[0] == '\r':
			g.end, rest = false, rest[1:]
		case rest[0] == '\n':
			if g.row++; g.row == len(g.lines) {
				g.lines = append(g.lines, "")
			}
			g.end, rest = false, rest[1:]
		case strings.HasPrefix(rest, "\x1b[J"):
			g.lines, rest = g.lines[:g.row+1], rest[3:]
			if !g.end {
				g.lines[g.row] = ""
			}
		case strings.HasPrefix(rest, "\x1b[K"):
			rest = rest[3:] // print has put a text in the place of the whole line
			if !g.end {
				g.lines[g.row] = ""
			}
		case scan(&rest, &rows):
			g.up(rows)
		default:
			n := strings.IndexAny(rest, "\r\n\x1b")
			if n < 0 {
				n = len(rest)
			}
			if n == 0 {
				g.t.Fatalf("the terminal is sent %q", rest)
			}
			g.print(rest[:n])
			rest = rest[n:]
		}
	}
	return len(text), nil
}

// scan reads "cursor up".
func scan(rest *string, rows *int) bool {
	after, found := strings.CutPrefix(*rest, "\x1b[")
	digits, after, ended := strings.Cut(after, "A")
	_, err := fmt.Sscan(digits, rows)
	if !found || !ended || err != nil {
		return false
	}
	*rest = after
	return true
}

// up goes by lines as they are wrapped at the present width.
func (g *glass) up(rows int) {
	for rows > 0 && g.row > 0 {
		g.row--
		rows -= max(1, (len([]rune(g.lines[g.row]))+g.size.Width-1)/g.size.Width)
	}
	if rows != 0 {
		g.t.Fatalf("the cursor went %d rows astray", rows)
	}
}

func (g *glass) print(text string) {
	if g.end {
		text = g.lines[g.row] + text
	}
	g.lines[g.row], g.end = text, true
}

func (g *glass) shown() string { return strings.Join(g.lines, "\n") }

func picture(above, lines string) func(live.Size) ([]string, []string) {
	split := func(s string) []string {
		if s == "" {
			return nil
		}
		return strings.Split(s, "\n")
	}
	return func(live.Size) ([]string, []string) { return split(above), split(lines) }
}

func TestScreenIsTheDeviceWhileNothingIsDrawn(t *testing.T) {
	g := NewWithT(t)
	glass, screen := newGlass(t, live.Size{Width: 80, Height: 24})
	g.Expect(screen.Write(nil)).To(BeZero())
	g.Expect(screen.Write([]byte("a question? "))).To(Equal(12))
	_, _ = fmt.Fprintln(screen, "and more")
	g.Expect(glass.shown()).To(Equal("a question? and more\n"))
	g.Expect(screen.Fd()).To(Equal(glass.Fd()))
}

func TestScreenDrawsInPlaceAndLetsTheRestScrollBy(t *testing.T) {
	g := NewWithT(t)
	glass, screen := newGlass(t, live.Size{Width: 80, Height: 24})
	_, _ = fmt.Fprintln(screen, "before")
	screen.Draw(picture("", "one\ntwo\nthree"))
	g.Expect(glass.shown()).To(Equal("before\none\ntwo\nthree\n"))

	glass.writes = 0
	screen.Draw(picture("", "one\ntwo\nthree"))
	g.Expect(glass.writes).To(BeZero(), "nothing has changed")
	screen.Draw(picture("", "one\n2\nthree"))
	g.Expect(glass.shown()).To(Equal("before\none\n2\nthree\n"))
	screen.Draw(picture("done", "one"))
	g.Expect(glass.shown()).To(Equal("before\ndone\none\n"))
	_, _ = fmt.Fprintln(screen, "a warning")
	g.Expect(glass.shown()).To(Equal("before\ndone\na warning\none\n"))
	screen.Draw(picture("", "one\ntwo"))
	g.Expect(glass.shown()).To(Equal("before\ndone\na warning\none\ntwo\n"))
	g.Expect(glass.writes).To(Equal(4), "each in one piece")

	screen.Keep()
	_, _ = fmt.Fprintln(screen, "after")
	screen.Draw(picture("", "again"))
	g.Expect(glass.shown()).To(Equal("before\ndone\na warning\none\ntwo\nafter\nagain\n"))
}

func TestScreenDrawsNothingOverAQuestion(t *testing.T) {
	g := NewWithT(t)
	glass, screen := newGlass(t, live.Size{Width: 80, Height: 24})
	screen.Draw(picture("", "one"))
	_, _ = fmt.Fprint(screen, "Go on? [y/N] ")
	screen.Draw(picture("done", "two"))
	g.Expect(glass.shown()).To(Equal("Go on? [y/N] "))
	_, _ = fmt.Fprintln(screen, "y")
	screen.Draw(picture("", "two"))
	g.Expect(glass.shown()).To(Equal("Go on? [y/N] y\ndone\ntwo\n"))

	_, _ = fmt.Fprint(screen, "Sure? ")
	screen.Draw(picture("more", "three"))
	screen.Keep()
	g.Expect(glass.shown()).To(Equal("Go on? [y/N] y\ndone\nSure? \nmore\n"), "what is told is not lost with the answer")
}

func TestScreenFollowsTheTerminalsSize(t *testing.T) {
	g := NewWithT(t)
	glass, screen := newGlass(t, live.Size{Width: 30, Height: 24})
	_, _ = fmt.Fprintln(screen, "before")
	screen.Draw(picture("", strings.Repeat("a", 29)+"\nb"))
	glass.size.Width = 10
	screen.Draw(picture("", "a\nb"))
	g.Expect(glass.shown()).To(Equal("before\na\nb\n"))
	glass.writes, glass.size.Width = 0, 50
	screen.Draw(picture("", "a\nb"))
	g.Expect(glass.shown()).To(Equal("before\na\nb\n"))
	g.Expect(glass.writes).To(Equal(1), "what stands there was drawn for another size")
}

type deaf struct{ glass }

func (deaf) Write([]byte) (int, error) { return 0, errors.New("nobody reads along") }

func TestScreenTellsThatNobodyReads(t *testing.T) {
	g := NewWithT(t)
	screen := live.NewScreen(&deaf{})
	_, err := screen.Write([]byte("x"))
	g.Expect(err).To(MatchError("nobody reads along"))
	screen.Draw(picture("done", "one"))
}

func TestTerminalFoldsAwayWhatIsFinished(t *testing.T) {
	for _, width := range []int{80, 40} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			g := NewWithT(t)
			glass, screen := newGlass(t, live.Size{Width: width, Height: 24})
			s := newStory(t, nil)
			terminal := live.NewTerminal(screen, s.clock, false)
			s.tell = terminal.Take
			var text strings.Builder
			show := func(moment string) {
				terminal.Tick()
				_, _ = fmt.Fprintf(&text, "# %s\n%s\n", moment, glass.shown())
			}
			s.begin()
			s.look()
			s.start(reconcile.Seed, mac)
			s.finish(reconcile.Seed, mac, reconcile.Done, "")
			show("a seed is done")
			s.start(reconcile.Publish, mac)
			s.upload(mac, 10)
			s.finish(reconcile.Publish, mac, reconcile.Done, "")
			show("a platform is accepted")
			_, _ = fmt.Fprintln(screen, "second factor: open https://registry.example.test/auth")
			s.pass(4 * time.Minute)
			s.find(observed.Served, mac)
			show("it is served")
			s.start(reconcile.Publish, linux)
			s.finish(reconcile.Publish, linux, reconcile.Failed, "the registry answered 413")
			s.start(reconcile.Tag, musl)
			s.finish(reconcile.Tag, musl, reconcile.Refused, "a human must do it")
			show("others go wrong")
			s.end()
			_, _ = fmt.Fprintln(screen, "the result")
			golden(t, fmt.Sprintf("terminal%d", width), text.String()+"# the end\n"+glass.shown())
			g.Expect(glass.shown()).To(HaveSuffix("the result\n"))
		})
	}
}
