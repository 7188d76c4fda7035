package fault

import (
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"
)

// answer answers in the place of the registry. It reads what the client sends first: a client that is still sending would see a reset
// instead of the answer. A CDN with no server behind it does the same.
func (s *stroke) answer(status int, contentType, body string) {
	_, _ = io.Copy(io.Discard, s.r.Body) // the client may be gone
	s.answerEarly(status, contentType, body)
}

// answerEarly does not read the body of a client that waits for "100 Continue" before it sends one.
func (s *stroke) answerEarly(status int, contentType, body string) {
	if s.r.Header.Get("Expect") == "" {
		_, _ = io.Copy(io.Discard, s.r.Body) // as above
	}
	s.rw.Header().Set("Content-Type", contentType)
	s.rw.WriteHeader(status)
	_, _ = io.WriteString(s.rw, body)
}

// message returns a refusal in a registry's usual form.
func message(text string) string {
	body, err := json.Marshal(map[string]string{"error": text})
	if err != nil {
		panic(err) // a map of strings is JSON
	}
	return string(body)
}

const jsonType = "application/json"

func status(code int) action {
	return func(s *stroke) { s.answer(code, jsonType, message(http.StatusText(code))) }
}

// busy answers that the client should try later.
func busy(code int) action {
	return func(s *stroke) {
		if value := s.retryAfter(); value != "" {
			s.rw.Header().Set("Retry-After", value)
		}
		s.answerEarly(code, jsonType, message(http.StatusText(code)))
	}
}

func (s *stroke) retryAfter() string {
	wait, isDate := strings.CutPrefix(s.RetryAfter, datePrefix)
	if !isDate {
		return s.RetryAfter
	}
	d, err := time.ParseDuration(wait)
	if err != nil {
		return s.RetryAfter
	}
	return s.layer.now().Add(d).UTC().Format(http.TimeFormat)
}

func page(s *stroke) {
	s.answer(http.StatusBadGateway, "text/html; charset=utf-8", "<!DOCTYPE html>\n<html>\n<head><title>502 Bad Gateway</title>"+
		"<style>body { font-family: sans-serif }</style></head>\n<body>\n<center><h1>502 Bad Gateway</h1></center>\n"+
		"<hr><center>cdn</center>\n</body>\n</html>\n")
}

// forbid refuses with a text that must never reach a terminal: a bell, colours, another title, a cleared screen, the one-byte forms of
// these, and marks that turn the direction of writing.
func forbid(s *stroke) {
	s.answerEarly(http.StatusForbidden, jsonType,
		message("You may not do this\a\x1b[31m, \x1b]0;taken over\a\x1b[2J\u009b1m\u202eerehwesle og\r\n\x00\u200b"))
}

func garbage(s *stroke) {
	s.answer(http.StatusOK, jsonType, "\x1f\x8b\x00\xff\xfe not JSON \x1b[2J\x07 {\"latest\": \"1.0")
}

func empty(s *stroke) { s.answer(http.StatusOK, jsonType, "{}") }

const floodBytes = 1 << 30

// flood sends what reads as JSON, and no end of it.
func flood(s *stroke) {
	s.answer(http.StatusOK, jsonType, `{"latest": "1.0.0", "readme": "`)
	left := cmp.Or(s.Bytes, floodBytes)
	for chunk := strings.Repeat("0123456789abcdef", 2<<10); left > 0 && !s.layer.cleared(); {
		n, err := io.WriteString(s.rw, chunk[:min(left, int64(len(chunk)))])
		if err != nil {
			return // the client has had enough
		}
		left -= int64(n)
	}
}

// hang keeps the client waiting until it leaves, or the server or the fault ends. It reads the body first, as a server notices only then
// that a client has left.
func hang(s *stroke) {
	_, _ = io.Copy(io.Discard, s.r.Body) // the client may be gone
	select {
	case <-s.r.Context().Done():
	case <-s.layer.calm:
	}
	panic(http.ErrAbortHandler)
}

func redirectBack(s *stroke) { s.redirect(s.r.URL.RequestURI()) }

// closedPort is an origin where nobody listens.
const closedPort = "http://127.0.0.1:1"

func redirectAway(s *stroke) {
	s.redirect(strings.TrimRight(cmp.Or(s.To, closedPort), "/") + s.r.URL.RequestURI())
}

// redirect sends the client elsewhere, with the same method and body.
func (s *stroke) redirect(to string) {
	code := http.StatusFound
	if !isRead(s.r) {
		code = http.StatusTemporaryRedirect
	}
	s.rw.Header().Set("Location", to)
	s.answerEarly(code, "text/plain", "elsewhere\n")
}

// notFound answers as npm does where something is not there.
func notFound(rw http.ResponseWriter) {
	rw.Header().Set("Content-Type", jsonType)
	rw.WriteHeader(http.StatusNotFound)
	_, _ = io.WriteString(rw, `"Not Found"`)
}
