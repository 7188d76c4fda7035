package live_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/live"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/observed"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// scenes are moments of a run.
func scenes() map[string]func(*story) {
	return map[string]func(*story){
		"begun":   func(s *story) { s.begin(); s.pass(3 * time.Second) },
		"middle":  (*story).middle,
		"trouble": (*story).trouble,
		"waiting": func(s *story) {
			s.middle()
			s.upload(linux, 10)
			s.finish(reconcile.Publish, linux, reconcile.Done, "")
			s.pass(3 * time.Minute)
			s.find(observed.Accepted, linux)
			s.find(observed.Served, mac)
			s.wait(30*time.Second, map[spec.Name]string{
				linux: "to be served", windows: "for the registry to take requests again", entry: "for platforms to be served"})
		},
		"seeding": func(s *story) {
			s.begin()
			s.look()
			s.start(reconcile.Seed, mac)
			s.start(reconcile.Trust, linux)
			s.start(reconcile.Tag, musl)
			s.start(reconcile.Prove, windows)
			s.pass(1500 * time.Millisecond)
		},
		"converged": func(s *story) {
			s.middle()
			s.find(observed.Served, mac, linux, musl, windows)
			s.pass(time.Hour)
			s.finish(reconcile.Publish, musl, reconcile.Done, "")
			s.finish(reconcile.Publish, linux, reconcile.Done, "")
			s.find(observed.Served, linux, musl, entry)
		},
	}
}

func TestFrames(t *testing.T) {
	for name, scene := range scenes() {
		t.Run(name, func(t *testing.T) {
			var text strings.Builder
			for _, size := range []live.Size{{Width: 120, Height: 30}, {Width: 80, Height: 24}, {Width: 40, Height: 24}, {Width: 80, Height: 6}} {
				for _, colour := range []bool{false, true} {
					if colour && size.Width != 80 {
						continue
					}
					b, s := board(t)
					scene(s)
					lines := strings.Join(b.Frame(size, s.now, colour), "\n")
					_, _ = fmt.Fprintf(&text, "# %d x %d\n%s\n\n", size.Width, size.Height, strings.ReplaceAll(lines, "\x1b", "ESC"))
				}
			}
			golden(t, name, text.String())
		})
	}
}

func TestFramesFitEveryTerminal(t *testing.T) {
	colours := regexp.MustCompile("\x1b\\[[0-9]+m")
	for name, scene := range scenes() {
		b, s := board(t)
		scene(s)
		for width := 1; width < 130; width += 3 {
			for height := 1; height < 12; height++ {
				lines := b.Frame(live.Size{Width: width, Height: height}, s.now, true)
				g := NewWithT(t)
				g.Expect(len(lines)).To(BeNumerically("<=", max(height-2, 1)), "%s at %d x %d", name, width, height)
				for _, line := range lines {
					g.Expect(utf8.RuneCountInString(colours.ReplaceAllString(line, ""))).To(BeNumerically("<", max(width, 2)), line)
				}
			}
		}
	}
}

func TestAnUploadThatStartsAnewIsMeasuredAnew(t *testing.T) {
	g := NewWithT(t)
	b, s := board(t)
	s.begin()
	s.look()
	s.start(reconcile.Publish, mac)
	s.upload(mac, 5)
	frame := func() string { return strings.Join(b.Frame(live.Size{Width: 120, Height: 20}, s.now, false), "\n") }
	g.Expect(frame()).To(ContainSubstring("uploading 60 of 120 MB, 12 MB/s, 5s left"))
	s.send(mac, 0)
	g.Expect(frame()).To(ContainSubstring("uploading 0 of 120 MB\n"))
	s.pass(time.Minute)
	g.Expect(frame()).To(ContainSubstring("stalled 1m0s, 0 of 120 MB sent"))
	s.upload(mac, 10)
	g.Expect(frame()).To(ContainSubstring("sent, no answer 0s"))
}

func TestWhatComesLateChangesNothing(t *testing.T) {
	g := NewWithT(t)
	b, s := board(t)
	s.middle()
	s.send(mac, size)
	g.Expect(b.Summary(s.now)).To(Equal("0 of 5 served, 1 uploading, 1 packing, 1 scanning, 1 waiting for platforms, 1 to go; 14s"))
}
