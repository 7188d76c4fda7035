package live

import (
	"strings"
	"time"

	"github.com/agent-facets/facets-reconcile/reconcile"
)

// doing names the change under way, in one word.
func (r *row) doing() string {
	if r.phase == sending {
		return "uploading"
	}
	return reconcile.KindOf(r.action).Doing
}

// detail is how much of a state there is room for.
type detail int

const (
	brief detail = iota // in 20 columns
	usual               // in 34
	full
)

// state says where the package is.
func (r *row) state(now time.Time, d detail) string {
	switch r.phase {
	case sending:
		return r.uploading(now, d)
	case working:
		return r.lasting(r.doing(), now)
	case scanning:
		if d == brief {
			return r.lasting("scanning", now)
		}
		return r.lasting("accepted, scanning", now)
	case doubted:
		if d == brief {
			return "in doubt"
		}
		return "sent, in doubt: it is looked for"
	case stopped:
		if r.waits == "" {
			return r.ending
		}
	case blocked:
		if d > brief {
			return "waiting for platforms"
		}
	case served:
		return "served"
	}
	if r.waits == "" || d == brief {
		return "waiting"
	}
	return "waiting " + r.waits
}

func (r *row) uploading(now time.Time, d detail) string {
	u := &r.upload
	switch {
	case u.complete():
		return "sent, no answer " + span(u.still(now))
	case u.still(now) >= stall && d == brief:
		return "stalled " + span(u.still(now))
	case u.still(now) >= stall:
		return "stalled " + span(u.still(now)) + ", " + share(u.sent, u.size, " of ") + " sent"
	case d == brief:
		return strings.TrimSpace(share(u.sent, u.size, "/") + " " + u.pace())
	}
	parts := []string{"uploading " + share(u.sent, u.size, " of ")}
	if pace := u.pace(); pace != "" {
		parts = append(parts, pace)
	}
	if left := u.left(); d == full && left >= time.Second {
		parts = append(parts, span(left)+" left")
	}
	return strings.Join(parts, ", ")
}

// lasting appends how long the phase has lasted, from one second on.
func (r *row) lasting(what string, now time.Time) string {
	if d := now.Sub(r.since); !r.since.IsZero() && d >= time.Second {
		return what + " " + span(d)
	}
	return what
}

// id is the package with the version that its row is about.
func (r *row) id() string {
	version := r.version
	if r.underWay() {
		version = r.what
	}
	if version == "" || r.underWay() && (r.action == reconcile.Trust || r.action == reconcile.Settings) {
		return string(r.name)
	}
	return string(r.name) + "@" + string(version)
}
