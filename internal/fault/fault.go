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
	// Of selects packages: a pattern as path.Match has them, in which * also stands for slashes ("@demo/*"); empty: all. After another @ it
	// may select versions ("demo@1.*"), where a request or an answer names one.
	Of    string
	After int // how many matching requests pass before it acts
	Times int // how many requests it breaks; 0: all from then on
	// RetryAfter is the header of 429 and 503: seconds, an HTTP date, nonsense, or nothing; "date:+30m" is the date in 30 minutes,
	// by the layer's clock.
	RetryAfter string
	// For is how long it lasts, by the layer's clock; 0: for ever. It is counted from the first request that was broken; for lasting kinds
	// it is counted for each address or version, from when it was cached, seen, changed or accepted.
	For   time.Duration
	Bytes int64  // bytes that pass before it acts, where the kind says so; for Flood, the bytes that come
	To    string // where RedirectAway leads: an origin; http://127.0.0.1:1 if empty
}

// covers tells whether the fault selects a package and, where a version is known, that version.
func (f Fault) covers(name spec.Name, version spec.Version) bool {
	names, versions := f.patterns()
	return fits(names, name.String()) && (version == "" || fits(versions, version.String()))
}

// patterns splits Of into the pattern of names and that of versions.
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

// slashless replaces slashes, at which a * of path.Match would end.
func slashless(s string) string { return strings.ReplaceAll(s, "/", "\x00") }
