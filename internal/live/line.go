package live

import (
	"fmt"
	"strings"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/words"
	"github.com/agent-facets/facets-reconcile/reconcile"
)

// Line returns the log line of an event: what was done, noted or is waited for. Other events have none.
func Line(e reconcile.Event) string {
	line := ""
	switch e.Type {
	case reconcile.Finished:
		became := string(e.Outcome)
		if e.Outcome == reconcile.Done && reconcile.KindOf(e.Action).Uploads && e.Message == "" {
			became = "accepted"
		}
		line = fmt.Sprintf("%-8s %s: %s (%s)", e.Action, subject(e), became, e.Elapsed.Round(time.Millisecond))
		if e.Message != "" {
			line += ": " + e.Message
		}
	case reconcile.Noted:
		line = "note     " + e.Message
	case reconcile.Waiting:
		line = fmt.Sprintf("waiting  %s; %s so far, next look in %s",
			e.Message, e.Elapsed.Round(time.Second), e.Next.Round(100*time.Millisecond))
	}
	return words.Plain(line)
}

// scrolledLine returns the line that scrolls by above the frame when a package has left it, or "". Success takes one line of at most so
// many columns; a failure may take more.
func scrolledLine(e reconcile.Event, columns int, paint painter) string {
	switch {
	case e.Type == reconcile.NowServed && e.Elapsed > 0:
		return paint.green(oneLine("served", e, " after "+span(e.Elapsed), columns))
	case e.Type == reconcile.NowServed:
		return paint.green(oneLine("served", e, "", columns))
	case e.Type == reconcile.Noted:
		return paintAll(Line(e), paint.yellow)
	case e.Type != reconcile.Finished, e.Outcome == reconcile.Done && (e.Action == reconcile.Publish || e.Action == reconcile.Approve):
		return "" // an accepted version stays in the frame until it is served
	case e.Outcome == reconcile.Failed:
		return paintAll(Line(e), paint.red)
	case e.Outcome != reconcile.Done:
		return paintAll(Line(e), paint.yellow)
	case e.Message == "":
		return oneLine(string(e.Action), e, fmt.Sprintf(": done (%s)", e.Elapsed.Round(time.Millisecond)), columns)
	}
	return Line(e)
}

// oneLine returns a line without the version or the scope where they do not fit.
func oneLine(word string, e reconcile.Event, rest string, columns int) string {
	room := max(columns-9-len(rest), 8)
	name := subject(e)
	if len(name) > room {
		name = string(e.Package)
	}
	if len(name) > room {
		name = e.Package.Base()
	}
	return fmt.Sprintf("%-8s %s%s", word, fit(name, room), rest)
}

// paintAll paints each line by itself.
func paintAll(text string, paint func(string) string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = paint(lines[i])
	}
	return strings.Join(lines, "\n")
}

// subject returns what an event is about. Trusted publishers and settings belong to the package, not to a version.
func subject(e reconcile.Event) string {
	if e.Version == "" || e.Action == reconcile.Trust || e.Action == reconcile.Settings {
		return string(e.Package)
	}
	return string(e.Package) + "@" + string(e.Version)
}
