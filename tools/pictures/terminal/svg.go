package terminal

import (
	"bytes"
	"embed"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/template"
	"time"
	"unicode/utf8"
)

//go:embed film.svg
var files embed.FS

// The measures, in the SVG's own units: those of a cell, and the margin around all of them.
const (
	cellWidth  = 8.43 // of most monospaced fonts at 14; other fonts are spaced to it
	lineHeight = 19
	margin     = 16
)

// Caption is what a recording shows, for those who do not see it.
type Caption struct{ Title, Description string }

// drawing is what the template shows.
type drawing struct {
	Caption
	Width, Height float64
	Margin        int
	Screen        int      // the height of what the terminal shows
	Rows          []string // each different row once
	Frames        [][]used
	Keys          []key
	Seconds       string
	Last          int
}

// used is a row at a height.
type used struct{ Row, Y int }

// key says which frame is shown from a moment on.
type key struct {
	Percent string
	Offset  int
}

// SVG writes the frames of a terminal with so many columns and rows, to be played over and over with a rest at the end.
func SVG(w io.Writer, columns, rowsHigh int, rest time.Duration, frames []Frame, caption Caption) error {
	height := rowsHigh * lineHeight
	d := drawing{
		Caption: Caption{escape(caption.Title), escape(caption.Description)},
		Width:   float64(columns)*cellWidth + 2*margin, Height: float64(height + 2*margin), Margin: margin, Screen: height,
		Last: -(len(frames) - 1) * height,
	}
	whole := frames[len(frames)-1].At + rest
	d.Seconds = strconv.FormatFloat(whole.Seconds(), 'f', 2, 64)
	numbers := map[string]int{}
	for i, frame := range frames {
		var uses []used
		for y, row := range rows(frame.Text) {
			if len(row) == 0 {
				continue
			}
			drawn := draw(row)
			number, ok := numbers[drawn]
			if !ok {
				number = len(d.Rows)
				numbers[drawn] = number
				d.Rows = append(d.Rows, drawn)
			}
			uses = append(uses, used{number, i*height + (y+1)*lineHeight - 5})
		}
		d.Frames = append(d.Frames, uses)
		at := 100 * frame.At.Seconds() / whole.Seconds()
		if i == 0 {
			at = 0
		}
		d.Keys = append(d.Keys, key{strconv.FormatFloat(at, 'f', 3, 64), -i * height})
	}
	t, err := template.ParseFS(files, "film.svg")
	if err != nil {
		return err
	}
	return t.Execute(w, d)
}

// draw writes a row's spans.
func draw(row []span) string {
	var b strings.Builder
	for _, s := range row {
		_, _ = fmt.Fprintf(&b, `<tspan x="%.1f"`, float64(s.column)*cellWidth) // a Builder takes everything
		if n := utf8.RuneCountInString(s.text); n > 1 {
			_, _ = fmt.Fprintf(&b, ` textLength="%.1f"`, float64(n)*cellWidth)
		}
		if s.class != "" {
			_, _ = fmt.Fprintf(&b, ` class="%s"`, s.class)
		}
		_, _ = fmt.Fprintf(&b, `>%s</tspan>`, escape(s.text))
	}
	return b.String()
}

func escape(text string) string {
	var b bytes.Buffer
	template.HTMLEscape(&b, []byte(text))
	return b.String()
}
