package live

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/term"
)

// Device is what a Screen writes to, as an *os.File is.
type Device interface {
	io.Writer
	Fd() uintptr
}

// Screen is a terminal with some lines at its bottom that change in place. Text that is written to it scrolls by above them. Each picture
// goes out in one Write, so that nobody sees half of one. The cursor is never hidden: so the terminal is left in order even where the
// program is killed. A Screen is safe for concurrent use. While nothing is drawn, it behaves as the device does.
type Screen struct {
	device Device
	size   func() Size

	mu       sync.Mutex
	drawn    []string // that stand at the bottom now
	at       Size     // of the terminal when they were drawn
	lineOpen bool     // the last line that was written has not ended: somebody is being asked
	later    []string // what is to scroll by once that is over
}

// NewScreen returns the screen of a device.
func NewScreen(d Device) *Screen {
	return &Screen{device: d, size: func() Size {
		width, height, err := term.GetSize(int(d.Fd()))
		if err != nil || width <= 0 || height <= 0 {
			width, height = 80, 24 // a terminal that does not know is taken for the usual one
		}
		return Size{width, height}
	}}
}

// Fd is the device's file descriptor.
func (s *Screen) Fd() uintptr { return s.device.Fd() }

// Write writes above what is drawn. A text that does not end with its line, such as a question, stops the drawing until the
// next one does.
func (s *Screen) Write(text []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(text) == 0 {
		return 0, nil
	}
	lines := s.drawn
	out := s.erase() + string(text)
	s.lineOpen = text[len(text)-1] != '\n'
	if !s.lineOpen && len(lines) > 0 {
		out += s.place(lines)
	}
	if _, err := io.WriteString(s.device, out); err != nil {
		return 0, err
	}
	return len(text), nil
}

// Draw calls picture for the lines that scroll by, and for those that replace what is drawn. Nothing is written where nothing has changed.
func (s *Screen) Draw(picture func(Size) (above, lines []string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	size := s.size()
	above, lines := picture(size)
	s.later = append(s.later, above...)
	if s.lineOpen || s.busy() || len(s.later) == 0 && size == s.at && slices.Equal(lines, s.drawn) {
		return
	}
	out := s.up()
	if len(s.later) > 0 || size != s.at {
		out = s.erase() + s.takeLater()
	}
	_, _ = io.WriteString(s.device, out+s.place(lines)) // a run must not fail because its display does
	s.at = size
}

// busy tells whether the device has not yet taken what was written. Another picture would only wait then.
func (s *Screen) busy() bool {
	o, ok := s.device.(*Outlet)
	return ok && o.Busy()
}

// Flush waits until the device has taken everything.
func (s *Screen) Flush() {
	if o, ok := s.device.(*Outlet); ok {
		o.Flush()
	}
}

// Keep leaves what is drawn where it is. What comes next is written, or drawn, below it.
func (s *Screen) Keep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.drawn = nil; len(s.later) > 0 { // the question was never answered
		_, _ = io.WriteString(s.device, "\n"+s.takeLater()) // as in Draw
	}
	s.lineOpen = false
}

// takeLater returns the lines that scroll by, and forgets them.
func (s *Screen) takeLater() string {
	text := ""
	for _, line := range s.later {
		text += line + "\n"
	}
	s.later = nil
	return text
}

// erase returns the control sequence that removes what is drawn.
func (s *Screen) erase() string {
	if len(s.drawn) == 0 {
		return ""
	}
	up := s.up()
	s.drawn = nil
	return up + "\x1b[J"
}

// up returns the control sequence that moves the cursor to the first drawn line. A terminal that was made narrower since has broken long
// lines in two.
func (s *Screen) up() string {
	if len(s.drawn) == 0 {
		return ""
	}
	width, rows := s.size().Width, 0
	for _, line := range s.drawn {
		rows += max(1, (printed(line)+width-1)/width)
	}
	return fmt.Sprintf("\r\x1b[%dA", rows)
}

// place returns the text that draws the lines from the cursor on, over what is there.
func (s *Screen) place(lines []string) string {
	s.drawn = lines
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(line + "\x1b[K\n")
	}
	return b.String() + "\x1b[J"
}

// printed is the number of columns that a line takes, its colours not counted.
func printed(line string) int {
	columns := 0
	for i, part := range strings.Split(line, "\x1b[") {
		if i > 0 {
			_, part, _ = strings.Cut(part, "m")
		}
		columns += utf8.RuneCountInString(part)
	}
	return columns
}
