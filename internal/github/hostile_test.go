package github_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	. "github.com/onsi/gomega"
	"go.uber.org/goleak"

	"github.com/agent-facets/facets-reconcile/internal/github"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const token = "ghs_0123456789"

// FuzzAnswers gives every question the same hostile answer.
func FuzzAnswers(f *testing.F) {
	const escape = `\u001b]0;x\u0007\u202e\u2066\u009b2J\n`
	for _, seed := range []struct {
		status       int
		header, body string
	}{
		{200, "", `[{"ref":"refs/tags/p@1.0.0","object":{"type":"commit","sha":"` + commitHash + `"}}]`},
		{200, "", `{"ref":"refs/tags/p@1.0.0","object":{"type":"commit","sha":"` + escape + `"}}`},
		{200, "", `{"object":{"type":"` + escape + `","sha":"` + commitHash + `"}}`},
		{200, "", `{"object":{"type":"tag","sha":"../../../user"}}`},
		{200, `Link: <https://evil.test/?page=2>; rel="next"`, `[{"ref":"refs/tags/p@` + escape + `"},null,{},{"object":null}]`},
		{200, "", "null"}, {200, "", "[[[["}, {200, "", ""}, {409, "", "{}"}, {202, "", "{}"},
		{403, "X-RateLimit-Remaining: 0\nX-RateLimit-Reset: 99999999999", `{"message":"` + escape + token + `"}`},
		{403, "Retry-After: 9223372037", `{"message":"secondary","documentation_url":"https://x/secondary-rate-limits"}`},
		{404, "", `{"message":"` + escape + `","errors":[{"message":"` + escape + `"}]}`},
		{401, "X-GitHub-OTP: required; \x1b", `<html>` + "\x1b[2J"},
		{302, "Location: https://evil.test/\u202e", ""}, {301, "Location: \x1b", ""}, {500, "", strings.Repeat("\x9b", 5000)},
	} {
		f.Add(seed.status, seed.header, []byte(seed.body))
	}
	f.Fuzz(func(t *testing.T, status int, header string, body []byte) {
		if status < 100 || status > 999 || status/100 == 1 {
			return // what net/http never hands on
		}
		c, err := github.New(github.Options{BaseURL: "https://github.example.test/api", Repository: "o/r", Token: spec.NewSecret(token),
			HTTP: &http.Client{Transport: answering{status, headerOf(header), body}}})
		if err != nil {
			t.Fatal(err)
		}
		tags, err := c.Tags(t.Context(), "p@")
		shown(t, err)
		for _, tag := range tags {
			if !strings.HasPrefix(tag.Name, "p@") || tag.Commit != "" && !isHash(tag.Commit) {
				t.Errorf("it lists %+q", tag)
			}
		}
		commit, err := c.Commit(t.Context(), "p@1.0.0")
		shown(t, err)
		if err == nil && !isHash(commit) {
			t.Errorf("%q is taken for a commit", commit)
		}
		_, address, err := c.Comment(t.Context(), 7, github.Comment{Marker: "<!-- m -->", Body: "<!-- m -->"})
		shown(t, err)
		shown(t, errors.New(address))
	})
}

func isHash(s string) bool { return len(s) >= 40 && strings.Trim(s, "0123456789abcdef") == "" }

// shown tells whether an error can be shown at a terminal as it is.
func shown(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	text := err.Error()
	if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) || len(text) > 8<<10 {
		t.Errorf("it would reach the terminal as it is: %.2000q", text)
	}
}

// answering is an API that has one answer. It sees the token only where that belongs.
type answering struct {
	status int
	header http.Header
	body   []byte
}

func (a answering) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host != "github.example.test" && r.Header.Get("Authorization") != "" {
		return nil, fmt.Errorf("the token went to %s", r.URL.Host) // which no error says otherwise
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

func TestAnEndlessAnswerIsGivenUp(t *testing.T) {
	for _, status := range []int{200, 500} {
		g := NewWithT(t)
		address, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			block := []byte(strings.Repeat(`{"message":`, 10_000))
			for sent := 0; sent < 1<<30; sent += len(block) {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
		})
		_, err := client(t, address, "").Tags(t.Context(), "p@")
		g.Expect(err).To(HaveOccurred())
		shown(t, err)
	}
}

func TestEndlessPagesAreGivenUp(t *testing.T) {
	g := NewWithT(t)
	pages := 0
	address := ""
	address, _ = serve(t, func(w http.ResponseWriter, r *http.Request) {
		pages++
		w.Header().Set("Link", fmt.Sprintf(`<%s%s?page=%d>; rel="next"`, address, r.URL.Path, pages+1))
		reply(w, []any{ref(fmt.Sprintf("p@1.0.%d", pages), "commit", commitHash)})
	})
	_, err := client(t, address, "").Tags(t.Context(), "p@")
	g.Expect(err).To(MatchError(ContainSubstring("more than 100000")))
	g.Expect(pages).To(Equal(1000))
}
