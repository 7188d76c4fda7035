package github

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/google/go-github/v60/github"

	"github.com/agent-facets/facets-reconcile/internal/words"
)

// maxMessage is how many characters of an error are kept.
const maxMessage = 600

// plain is an error that quotes an answer. Its text is one line that cannot steer a terminal.
type plain struct {
	err         error
	unavailable bool
}

func (e plain) Error() string { return words.Cut(words.OneLine(e.err.Error()), maxMessage) }

func (e plain) Unwrap() error { return e.err }

func (e plain) Is(target error) bool { return target == ErrUnavailable && e.unavailable }

// explain says what an error of the API means and what to do about it.
func (c *Client) explain(what string, err error) error {
	return plain{c.meaning(what, err), unavailable(err)}
}

func (c *Client) meaning(what string, err error) error {
	said := func(format string, args ...any) error {
		return fmt.Errorf("%s of %s: %s: %w", what, c.repository(), fmt.Sprintf(format, args...), err)
	}
	var limit *github.RateLimitError
	if errors.As(err, &limit) {
		text := "GitHub's rate limit is used up until " + limit.Rate.Reset.UTC().Format(time.RFC3339)
		return fmt.Errorf("%s of %s: %w", what, c.repository(), worded{err, text + c.limitHint()})
	}
	var abuse *github.AbuseRateLimitError
	if errors.As(err, &abuse) {
		wait := "a while"
		if abuse.RetryAfter != nil {
			wait = abuse.RetryAfter.String()
		}
		text := "GitHub's secondary rate limit is hit; try again after " + wait
		return fmt.Errorf("%s of %s: %w", what, c.repository(), worded{err, text + c.limitHint()})
	}
	var answer *github.ErrorResponse
	if errors.As(err, &answer) && answer.Response != nil {
		err = answered{answer}
		switch answer.Response.StatusCode {
		case http.StatusNotFound:
			return said("the repository is not found or not visible%s", c.tokenHint())
		case http.StatusUnauthorized:
			return said("GitHub does not take the token: set GITHUB_TOKEN to one that is valid, or unset it")
		case http.StatusForbidden:
			return said("GitHub refuses%s", c.tokenHint())
		}
	}
	var sending *url.Error
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	var network *net.OpError
	switch {
	case errors.As(err, &network) && network.Op == "dial":
		return fmt.Errorf("%s of %s: cannot connect to %s: %w; is the network there, or HTTPS_PROXY needed?",
			what, c.repository(), c.api.BaseURL.Host, network.Err)
	case errors.As(err, &sending):
		return fmt.Errorf("%s of %s from %s: %w", what, c.repository(), c.api.BaseURL.Host, line(sending))
	case errors.As(err, &syntax), errors.As(err, &kind):
		text := fmt.Sprintf("%s does not answer as GitHub's API does: it sent what is no JSON, or other JSON; is something in between?",
			c.api.BaseURL.Host)
		return fmt.Errorf("%s of %s: %w", what, c.repository(), worded{err, text})
	}
	return fmt.Errorf("%s of %s: %w", what, c.repository(), err)
}

// worded is an error in our own words, because those of the original hold an address, or bytes of an answer.
type worded struct {
	err  error
	text string
}

func (w worded) Error() string { return w.text }
func (w worded) Unwrap() error { return w.err }

// answered is an answer that is no success. Its text leaves out the address, so that the same failure of several requests reads the same,
// and is reported once.
type answered struct{ *github.ErrorResponse }

func (a answered) Error() string {
	text := fmt.Sprintf("GitHub answered %d (%s)", a.Response.StatusCode, http.StatusText(a.Response.StatusCode))
	if a.Message != "" {
		text += ": " + a.Message
	}
	return text
}

func (a answered) Unwrap() error { return a.ErrorResponse }

// line says how a connection failed. It leaves out addresses, which differ from request to request.
func line(err *url.Error) error {
	var network *net.OpError
	switch {
	case err.Timeout():
		return errors.New("no whole answer came in time")
	case errors.As(err, &network):
		return network.Err
	}
	return err.Err
}

// limitHint says how to get a higher rate limit.
func (c *Client) limitHint() string {
	if c.hasToken {
		return "; it is that of the user or app that GITHUB_TOKEN belongs to"
	}
	return "; set GITHUB_TOKEN for a higher one: for a public repository a token of any user, without any permission, is enough"
}

// tokenHint says what to do where a token, or another one, would help.
func (c *Client) tokenHint() string {
	if c.hasToken {
		return "; GITHUB_TOKEN may lack the permission to read its contents"
	}
	return "; set GITHUB_TOKEN"
}
