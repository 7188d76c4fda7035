package fault

import (
	"cmp"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// reset ends the connection with a TCP reset, which also discards what the peer has not read yet. Where there is no connection of its own
// (HTTP/2), it cuts the request alone.
func (s *stroke) reset() {
	conn, _, err := http.NewResponseController(s.rw).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	line := conn
	if secure, ok := conn.(*tls.Conn); ok {
		line = secure.NetConn()
	}
	if tcp, ok := line.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // without it close would let the peer read what was sent
	}
	_ = line.Close() // nothing is left to be sent
}

func resetBefore(s *stroke) { s.reset() }

// resetDuring reads half of the body, or a first piece of one of unknown length.
func resetDuring(s *stroke) {
	const piece = 16 << 10
	if s.r.Body == http.NoBody || s.r.ContentLength == 0 {
		s.part()
		s.reset()
		return
	}
	half := s.r.ContentLength / 2
	if half <= 0 {
		half = piece
	}
	_, _ = io.CopyN(io.Discard, s.r.Body, cmp.Or(s.Bytes, half)) // the client may be gone
	s.reset()
}

func resetAfter(s *stroke) {
	_, _ = io.Copy(io.Discard, s.r.Body) // the client may be gone
	s.reset()
}

func truncate(s *stroke) {
	s.part()
	panic(http.ErrAbortHandler)
}

// part sends the first part of the registry's answer, with the length of all of it.
func (s *stroke) part() {
	const kept = 1 << 20
	h := &held{rw: s.rw, limit: max(kept, s.Bytes)}
	s.next.ServeHTTP(h, s.r)
	n := min(cmp.Or(s.Bytes, h.size/2), h.size-1, int64(h.body.Len()))
	h.copyHeader()
	if s.r.Method != http.MethodHead && h.size > 0 {
		s.rw.Header().Set("Content-Length", strconv.FormatInt(h.size, 10))
	}
	s.rw.WriteHeader(h.code())
	_, _ = s.rw.Write(h.body.Bytes()[:max(n, 0)]) // the client may be gone
	_ = http.NewResponseController(s.rw).Flush()  // likewise
}

func lose(s *stroke) {
	s.passOn()
	panic(http.ErrAbortHandler)
}

func loseTo502(s *stroke) {
	s.passOn()
	s.answer(http.StatusBadGateway, jsonType, message(http.StatusText(http.StatusBadGateway)))
}

// deny answers as npm does to another upload of a version that it is scanning.
func deny(s *stroke) {
	h := &held{rw: s.rw, keep: accepted}
	s.next.ServeHTTP(h, s.r)
	if !h.passing {
		s.answer(http.StatusConflict, jsonType, message("Cannot publish over previously staged version"))
	}
}

func accepted(status int) bool { return status >= 200 && status < 300 }

// passOn passes the request to the registry, and keeps the answer from the client.
func (s *stroke) passOn() {
	s.next.ServeHTTP(&held{rw: s.rw, limit: 1}, s.r)
}

// trickle is the time between two bytes of a slow answer.
const trickle = 100 * time.Millisecond

func slow(s *stroke) {
	s.next.ServeHTTP(&slowWriter{ResponseWriter: s.rw, stroke: s, free: s.Bytes}, s.r)
}

// slowWriter writes one byte at a time, after the first ones.
type slowWriter struct {
	http.ResponseWriter
	stroke *stroke
	free   int64
}

func (w *slowWriter) Write(data []byte) (written int, err error) {
	for written < len(data) && err == nil {
		n := 1
		switch {
		case w.stroke.layer.cleared():
			n = len(data) - written
		case w.free > 0:
			n = int(min(w.free, int64(len(data)-written)))
			w.free -= int64(n)
		default:
			w.pause()
		}
		n, err = w.ResponseWriter.Write(data[written : written+n])
		written += n
		if err == nil {
			err = http.NewResponseController(w.ResponseWriter).Flush()
		}
	}
	return written, err
}

// pause waits. It ends early when the client leaves, which cuts the answer, and when the fault ends.
func (w *slowWriter) pause() {
	timer := time.NewTimer(trickle)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-w.stroke.layer.calm:
	case <-w.stroke.r.Context().Done():
		panic(http.ErrAbortHandler)
	}
}

// Unwrap lets http.NewResponseController reach the connection.
func (w *slowWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
