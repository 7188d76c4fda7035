package npm

import (
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/words"
)

// errTooLarge marks an answer that exceeds what such an answer can sensibly be.
var errTooLarge = errors.New("the answer is too large")

// maxMessage is how many characters of a registry's message are kept.
const maxMessage = 400

// Error is an answer of the registry that was no success, or why it was not asked. It unwraps to what that surely means, if anything.
type Error struct {
	Operation  string // "publishing", "reading the dist-tags of"
	Package    spec.Name
	Version    spec.Version  // where the operation is about one
	Tag        spec.DistTag  // where the reason is about one
	Status     int           // of HTTP; 0: it was not asked
	Reason     Reason        // "": the answer tells none
	Message    string        // the registry's words, shortened, in one line, without control characters
	Notice     string        // its npm-notice header
	RetryAfter time.Duration // how long it wants to be left alone; 0: it did not say

	advise    func(*Error) string // Options.Advise
	challenge *challenge
}

// Error says what was tried, what the registry answered, and, by Options.Advise, what to do next.
func (e *Error) Error() string {
	var text strings.Builder
	text.WriteString(subject(e.Operation, e.Package, e.Version))
	if e.Status != 0 {
		fmt.Fprintf(&text, ": the registry answered %d", e.Status)
	}
	name := http.StatusText(e.Status)
	if name != "" {
		fmt.Fprintf(&text, " (%s)", name)
	}
	if e.Message != "" && e.Message != name {
		text.WriteString(": " + e.Message)
	}
	if e.Notice != "" {
		text.WriteString("; notice: " + e.Notice)
	}
	if e.RetryAfter > 0 {
		text.WriteString("; try again in " + roughly(e.RetryAfter))
	}
	if e.advise != nil {
		if advice := e.advise(e); advice != "" {
			text.WriteString("; " + advice)
		}
	}
	return text.String()
}

// Delay returns how long the registry wants to be left alone; 0: it did not say.
func (e *Error) Delay() time.Duration { return e.RetryAfter }

// Unwrap returns what the answer means: sentinels of package spec, or nothing.
func (e *Error) Unwrap() error { return e.Reason.means() }

// Passing tells whether err comes of a registry that is in trouble, or busy, rather than of another opinion.
func Passing(err error) bool {
	if answer, ok := errors.AsType[*Error](err); ok {
		return answer.Status >= 500 || answer.Status == http.StatusTooManyRequests || answer.Status == http.StatusRequestTimeout
	}
	var network net.Error
	return errors.As(err, &network)
}

// roughly is a duration in whole seconds, or a vague word where its number would be of no use.
func roughly(d time.Duration) string {
	if d > 24*time.Hour {
		return "some days"
	}
	return max(time.Second, d.Round(time.Second)).String()
}

func subject(operation string, name spec.Name, version spec.Version) string {
	switch {
	case name == "":
		return operation
	case version == "":
		return operation + " " + name.String()
	}
	return operation + " " + name.String() + "@" + version.String()
}

// cause takes the URL off an error of net/http: what was asked is said already, and a query may be a secret.
func (k call) cause(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	return plain{err, shorten(k.hide(words.OneLine(inWords(err))))}
}

// inWords says what went wrong on the line in other words than net/http's.
func inWords(err error) string {
	var network *net.OpError
	var timeout net.Error
	switch {
	case errors.As(err, &network) && network.Op == "dial":
		return fmt.Sprintf("cannot connect to %s: %v", network.Addr, network.Err)
	case errors.As(err, &timeout) && timeout.Timeout():
		return "no whole answer came in time"
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, net.ErrClosed): // as it happens
		return "the connection was cut"
	case errors.As(err, &network):
		return fmt.Sprintf("the connection was cut: %v", network.Err)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return "the answer was cut off"
	}
	return err.Error()
}

// plain is an error in whose words an answer may have a part: a redirect's address, a line of a header.
type plain struct {
	err  error
	text string
}

func (e plain) Error() string { return e.text }
func (e plain) Unwrap() error { return e.err }

// messageOf finds the text in an answer: in a JSON object's error, message or reason, a bare JSON string, the title of
// an HTML page, or whatever else there is.
func messageOf(body []byte) string {
	var object map[string]any
	if json.Unmarshal(body, &object) == nil {
		var texts []string
		for _, key := range []string{"error", "message", "reason"} {
			if text, ok := object[key].(string); ok && text != "" && (len(texts) == 0 || texts[0] != text) {
				texts = append(texts, text)
			}
		}
		return words.OneLine(strings.Join(texts, ": "))
	}
	var bare string
	if json.Unmarshal(body, &bare) == nil {
		return words.OneLine(bare)
	}
	text := string(body)
	if isHTML(text) {
		text = htmlText(text)
	}
	return words.OneLine(text)
}

func isHTML(text string) bool { return strings.HasPrefix(strings.TrimSpace(text), "<") }

// htmlText returns a page's title, or else its text.
func htmlText(page string) string {
	lower := strings.ToLower(page)
	if start := strings.Index(lower, "<title"); start >= 0 && len(lower) == len(page) {
		_, rest, _ := strings.Cut(page[start:], ">")
		title, _, _ := strings.Cut(rest, "<")
		if strings.TrimSpace(title) != "" {
			return html.UnescapeString(title)
		}
	}
	var text strings.Builder
	for rest := page; rest != ""; {
		before, tag, found := strings.Cut(rest, "<")
		text.WriteString(before + " ")
		if !found {
			break
		}
		_, rest, _ = strings.Cut(tag, ">")
	}
	return html.UnescapeString(text.String())
}

func shorten(text string) string { return words.Cut(text, maxMessage) }
