package fault

import (
	"path"
	"strings"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Fault is one thing that goes wrong. The zero value of each field, except Kind, is its default.
type Fault struct {
	Kind Kind
	On   []Operation // what it breaks; empty: what the kind is about
	// Of selects packages: a pattern as path.Match has them, in which * also stands for slashes ("@demo/*"); empty: all. Behind
	// a further @ it may select versions ("demo@1.*"), where a request or an answer names one.
	Of    string
	After int // so many requests that it concerns pass first
	Times int // so many are broken; 0: all from then on
	// RetryAfter is the header of 429 and 503: seconds, an HTTP date, nonsense, or nothing; "date:+30m" is the date in 30 minutes,
	// by the layer's clock.
	RetryAfter string
	// For is how long it lasts, by the layer's clock; 0: for ever. It counts from the first request broken, and of lasting kinds
	// for each address or version apart: from when it was kept, seen, changed or accepted.
	For   time.Duration
	Bytes int64  // how much passes before it acts, where the kind says so; of Flood how much comes
	To    string // where RedirectAway leads: an origin such as http://127.0.0.1:1, which is the usual
}

// covers tells whether the fault is about a package and, where one is known, a version.
func (f Fault) covers(name spec.Name, version spec.Version) bool {
	names, versions := f.patterns()
	return fits(names, name.String()) && (version == "" || fits(versions, version.String()))
}

// patterns parts Of into those of names and of versions.
func (f Fault) patterns() (names, versions string) {
	if at := strings.LastIndex(f.Of, "@"); at > 0 {
		return f.Of[:at], f.Of[at+1:]
	}
	return f.Of, ""
}

func fits(pattern, text string) bool {
	if pattern == "" {
		return true
	}
	ok, err := path.Match(slashless(pattern), slashless(text))
	return ok && err == nil
}

// slashless takes the slash's meaning from it: path.Match ends a * there.
func slashless(s string) string { return strings.ReplaceAll(s, "/", "\x00") }
