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

// Screen is a terminal at whose bottom some lines change in their place. What is written to it in the ordinary way scrolls by
// above them. All of it goes out in one Write each, so that no half of a picture is ever seen, and the cursor is never hidden:
// whatever ends the program leaves a terminal as it should be. A Screen is safe for concurrent use; where nothing is drawn, it
// is the device, terminal or not.
type Screen struct {
	device Device
	size   func() Size

	mu    sync.Mutex
	drawn []string // that stand at the bottom now
	at    Size     // of the terminal when they were drawn
	open  bool     // the last line that was written has not ended: somebody is being asked
	later []string // what is to scroll by once that is over
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
	s.open = text[len(text)-1] != '\n'
	if !s.open && len(lines) > 0 {
		out += s.place(lines)
	}
	if _, err := io.WriteString(s.device, out); err != nil {
		return 0, err
	}
	return len(text), nil
}

// Draw asks picture for lines that scroll by and for those that take the place of what is drawn. Where nothing has changed,
// nothing is written.
func (s *Screen) Draw(picture func(Size) (above, lines []string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	size := s.size()
	above, lines := picture(size)
	s.later = append(s.later, above...)
	if s.open || s.busy() || len(s.later) == 0 && size == s.at && slices.Equal(lines, s.drawn) {
		return
	}
	out := s.up()
	if len(s.later) > 0 || size != s.at {
		out = s.erase() + s.passing()
	}
	_, _ = io.WriteString(s.device, out+s.place(lines)) // a run does not end because nobody reads along
	s.at = size
}

// busy tells whether the device has yet to take what was written: then a picture more would only be waited for.
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
		_, _ = io.WriteString(s.device, "\n"+s.passing()) // as in Draw
	}
	s.open = false
}

// passing returns what scrolls by.
func (s *Screen) passing() string {
	text := ""
	for _, line := range s.later {
		text += line + "\n"
	}
	s.later = nil
	return text
}

// erase returns what takes away what is drawn.
func (s *Screen) erase() string {
	if len(s.drawn) == 0 {
		return ""
	}
	up := s.up()
	s.drawn = nil
	return up + "\x1b[J"
}

// up returns what takes the cursor to the first of the drawn lines. A terminal that has become narrower since has broken some
// of them in two.
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

// place returns what draws the lines from the cursor on, over what is there.
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
