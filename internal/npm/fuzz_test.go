package npm_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode"
	"unicode/utf8"

	. "github.com/onsi/gomega"

	"github.com/agent-facets/facets-reconcile/internal/ci/circleci"
	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

const (
	readToken = "npm_read_0123456789"
)

// FuzzAnswers gives every method of the client the same hostile answer: a status, header lines, and a body.
func FuzzAnswers(f *testing.F) {
	for _, seed := range answers() {
		f.Add(seed.status, seed.header, []byte(seed.body))
	}
	f.Fuzz(func(t *testing.T, status int, header string, body []byte) {
		if status < 100 || status > 999 || status/100 == 1 {
			return // what net/http never hands on
		}
		synctest.Test(t, func(t *testing.T) {
			begun := time.Now()
			h := hostile{t: t, status: status}
			h.ask(clientOf(t, "http://127.0.0.1:4873", func(o *npm.Options) {
				o.Transport = answering{status, headerOf(header), body}
				o.AlwaysAuth = true
				o.SecondFactor = &npm.SecondFactor{OTP: spec.NewSecret("123456"), Show: h.show}
			}).ReadBy(token(readToken)))
			if took := time.Since(begun); took > 4*time.Hour { // a dozen calls, repeated after as long as they were asked to wait
				t.Errorf("it took %s", took)
			}
		})
	})
}

// hostile asks all that can be asked, and looks at what comes of it.
type hostile struct {
	t      *testing.T
	status int
}

func (h hostile) ask(client *npm.Client) {
	ctx := h.t.Context()
	manifest, err := client.Manifest(ctx, scoped, "1.0.0")
	h.settled(err, readToken, http.StatusNotFound, http.StatusGone)
	if err == nil {
		h.kept(manifest)
	}
	_, err = client.DistTags(ctx, scoped)
	h.settled(err, readToken, http.StatusNotFound, http.StatusGone)
	_, err = client.Versions(ctx, scoped)
	h.settled(err, readToken, http.StatusNotFound, http.StatusGone)
	gone, err := client.Unpublished(ctx, scoped)
	h.settled(err, readToken)
	if !gone.IsZero() && h.status/100 != 2 && h.status != http.StatusNotFound && h.status != http.StatusGone {
		h.t.Errorf("unpublished at %s, says status %d", gone, h.status)
	}
	h.settled(client.TarballExists(ctx, scoped, manifest.Dist.Tarball), readToken, http.StatusNotFound, http.StatusGone)
	credential, err := client.Exchange(ctx, scoped, spec.NewSecret(idToken))
	h.settled(err, idToken)
	if err == nil && credential.Empty() {
		h.t.Error("an empty credential")
	}
	_, err = client.WhoAmI(ctx)
	h.settled(err, session)
	_, err = client.TrustedPublishers(ctx, scoped)
	h.settled(err, session, http.StatusNotFound)
	_, err = client.CreateTrustedPublisher(ctx, scoped, spec.TrustedPublisher{Type: circleci.Type})
	h.settled(err, session, http.StatusNotFound)
	h.settled(client.DeleteTrustedPublisher(ctx, scoped, "id"), session, http.StatusNotFound)
	err = client.Publish(ctx, publication("content"), npm.NewCredential(spec.NewSecret(publish), time.Time{}))
	h.settled(err, publish)
	h.askStages(client)
	if (err == nil) != (h.status/100 == 2) {
		h.t.Errorf("publishing ends with %v after status %d", err, h.status)
	}
}

// kept tells whether what was accepted is what was asked for, and stands for itself.
func (h hostile) kept(m spec.Manifest) {
	g := NewWithT(h.t)
	g.Expect(m.Name).To(Equal(scoped))
	g.Expect(m.Version).To(Equal(spec.Version("1.0.0")))
	text, err := json.Marshal(m)
	g.Expect(err).NotTo(HaveOccurred())
	var again spec.Manifest
	g.Expect(json.Unmarshal(text, &again)).To(Succeed())
	second, err := json.Marshal(again)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(second).To(Equal(text))
}

// show gets the page that a human is to open.
func (h hostile) show(_ context.Context, page string) error {
	h.safe(page)
	return nil
}

// settled looks at an error: it must be safe to show, without the token that was sent, and claim an absence only after answers that mean one.
func (h hostile) settled(err error, sent string, absent ...int) {
	if err == nil {
		return
	}
	h.safe(err.Error())
	if strings.Contains(err.Error(), sent) {
		h.t.Errorf("it shows what was sent: %q", err)
	}
	if errors.Is(err, spec.ErrNotFound) && !slices.Contains(absent, h.status) {
		h.t.Errorf("taken for an absence after status %d: %v", h.status, err)
	}
	if errors.Is(err, spec.ErrAlreadyPublished) && h.status/100 != 4 {
		h.t.Errorf("taken for published after status %d: %v", h.status, err)
	}
}

// safe tells whether a text can be shown at a terminal: no control character, no direction override.
func (h hostile) safe(text string) {
	h.t.Helper()
	if i := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }); i >= 0 || !utf8.ValidString(text) {
		h.t.Errorf("it would reach the terminal as it is: %q", text)
	}
	if len(text) > 8<<10 {
		h.t.Errorf("%d bytes are no message: %.200q", len(text), text)
	}
}

// answering is a registry that has one answer.
type answering struct {
	status int
	header http.Header
	body   []byte
}

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		defer func() { _ = r.Body.Close() }()
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return nil, err
		}
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: a.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: maps.Clone(a.header), Body: io.NopCloser(bytes.NewReader(a.body)), ContentLength: -1}, nil
}

func headerOf(lines string) http.Header {
	header := http.Header{}
	for line := range strings.SplitSeq(lines, "\n") {
		if key, value, found := strings.Cut(line, ":"); found {
			header.Add(strings.TrimSpace(key), strings.TrimSpace(value))
		}
	}
	return header
}
