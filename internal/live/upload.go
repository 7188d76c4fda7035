package live

import (
	"fmt"
	"time"
)

const (
	sample = time.Second      // how often the rate is measured
	stall  = 10 * time.Second // after this time without a byte sent, the upload is shown as stalled
)

// upload is how far a tarball has got.
type upload struct {
	sent, size int64
	moved      time.Time // when more had last been sent
	rate       float64   // bytes a second, smoothed; 0: not known yet

	sampled   time.Time
	sampledAt int64
}

// take records how much has been sent. An upload that starts again is measured from its new start.
func (u *upload) take(sent, size int64, now time.Time) {
	if sent < u.sent || u.moved.IsZero() {
		*u = upload{moved: now, sampled: now}
	}
	if sent > u.sent {
		u.moved = now
	}
	if u.sent == 0 { // the time before the first byte went into connecting and credentials
		u.sampled, u.sampledAt = now, sent
	}
	u.sent, u.size = sent, size
	if d := now.Sub(u.sampled); d >= sample {
		rate := float64(sent-u.sampledAt) / d.Seconds()
		if u.rate > 0 {
			rate = 0.6*u.rate + 0.4*rate
		}
		u.rate, u.sampled, u.sampledAt = rate, now, sent
	}
}

// complete tells whether everything has been sent. Only the answer is missing then.
func (u *upload) complete() bool { return u.size > 0 && u.sent >= u.size }

// still returns for how long nothing has been sent.
func (u *upload) still(now time.Time) time.Duration { return now.Sub(u.moved) }

// pace says how fast it goes, or "".
func (u *upload) pace() string {
	if u.rate <= 0 {
		return ""
	}
	return amount(int64(u.rate)) + "/s"
}

// left returns how long it will take at this rate, or 0 where that is not known.
func (u *upload) left() time.Duration {
	if u.rate <= 0 {
		return 0
	}
	return time.Duration(float64(u.size-u.sent) / u.rate * float64(time.Second))
}

// amount writes bytes as people do: "840 kB", "3.4 MB", "120 MB".
func amount(bytes int64) string {
	number, unit := scale(bytes, bytes)
	return number + " " + unit
}

// share writes "34 of 120 MB", or with another word than " of ".
func share(part, whole int64, of string) string {
	number, _ := scale(part, whole)
	total, unit := scale(whole, whole)
	return number + of + total + " " + unit
}

// scale writes bytes in the unit that suits what they are part of.
func scale(bytes, whole int64) (number, unit string) {
	const kB, MB = 1e3, 1e6
	switch {
	case whole >= 10*MB:
		return fmt.Sprintf("%.0f", float64(bytes)/MB), "MB"
	case whole >= MB:
		return fmt.Sprintf("%.1f", float64(bytes)/MB), "MB"
	case whole >= kB:
		return fmt.Sprintf("%.0f", float64(bytes)/kB), "kB"
	}
	return fmt.Sprint(bytes), "B"
}

// span writes for how long something has lasted, in full seconds.
func span(d time.Duration) string { return d.Truncate(time.Second).String() }
