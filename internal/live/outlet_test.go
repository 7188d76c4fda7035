package live_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/live"
)

// stopped is a terminal after Ctrl-S: it takes nothing until it is let go.
type stopped struct {
	begun chan struct{} // told once a write has come
	goOn  chan struct{}
	taken bytes.Buffer
}

func (s *stopped) Fd() uintptr { return ^uintptr(0) }

func (s *stopped) Write(text []byte) (int, error) {
	select {
	case s.begun <- struct{}{}:
	default:
	}
	<-s.goOn
	return s.taken.Write(text)
}

func newStopped() *stopped { return &stopped{begun: make(chan struct{}, 1), goOn: make(chan struct{})} }

func TestOutletNeverMakesAWriterWait(t *testing.T) {
	g := NewWithT(t)
	device := newStopped()
	outlet := live.NewOutlet(device)
	line := strings.Repeat("x", 1023) + "\n"
	for i := range 3000 { // three times what is held
		if i == 1 {
			<-device.begun
		}
		n, err := fmt.Fprintf(outlet, "%4d %s", i, line)
		g.Expect(n, err).To(Equal(5 + len(line)))
	}
	g.Expect(outlet.Busy()).To(BeTrue())
	close(device.goOn)
	outlet.Flush()
	g.Expect(outlet.Busy()).To(BeFalse())
	_, _ = fmt.Fprintln(outlet, "and on")
	outlet.Close()

	lines := strings.Split(strings.TrimSuffix(device.taken.String(), "\n"), "\n")
	g.Expect(lines[0]).To(HavePrefix("   0 x"))
	kept := len(lines) - 2
	g.Expect(kept).To(Equal(1+(1<<20)/(5+len(line))), "a megabyte of them, and what the device was given already")
	g.Expect(lines[kept]).To(Equal(fmt.Sprintf("(%d lines were left out here, as nobody read them in time)", 3000-kept)))
	g.Expect(lines[kept+1]).To(Equal("and on"))
}

func TestOutletTakesOneTextOfAnySize(t *testing.T) {
	g := NewWithT(t)
	device := newStopped()
	close(device.goOn)
	outlet := live.NewOutlet(device)
	_, _ = fmt.Fprint(outlet, strings.Repeat("x", 3<<20))
	outlet.Close()
	g.Expect(device.taken.Len()).To(Equal(3 << 20))
}

func TestScreenDropsPicturesForADeviceThatTakesNothing(t *testing.T) {
	g := NewWithT(t)
	device := newStopped()
	outlet := live.NewOutlet(device)
	screen := live.NewScreenOf(outlet, func() live.Size { return live.Size{Width: 80, Height: 24} })
	draw := func(picture string) {
		screen.Draw(func(live.Size) (above, lines []string) { return []string{"done " + picture}, []string{picture} })
	}
	draw("first")
	<-device.begun
	draw("second")
	draw("third")
	close(device.goOn)
	screen.Flush()
	draw("fourth")
	screen.Flush()
	outlet.Close()
	g.Expect(device.taken.String()).NotTo(ContainSubstring("second\x1b[K"))
	g.Expect(device.taken.String()).To(HaveSuffix("done second\ndone third\ndone fourth\nfourth\x1b[K\n\x1b[J"), "what scrolls by is kept")
}
