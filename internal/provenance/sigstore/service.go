package sigstore

import (
	"bytes"
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/words"
)

const (
	retries   = 6 // in about a minute
	maxAnswer = 1 << 20
)

// service is one of the two parties.
type service struct {
	party    Party
	base     *url.URL
	agent    string
	patience time.Duration
	client   *retryablehttp.Client
	// down: it did not answer the last time, for all retries. The next call tries once, so that a release does not wait for each.
	down atomic.Bool
}

func newService(party Party, given, standard string, o Options) (*service, error) {
	u, err := base(party, given, standard)
	if err != nil {
		return nil, err
	}
	s := &service{party: party, base: u, agent: cmp.Or(o.UserAgent, "facets-reconcile"), patience: cmp.Or(o.Patience, time.Minute)}
	s.client = retryablehttp.NewClient()
	s.client.Logger, s.client.RetryMax, s.client.ErrorHandler = nil, retries, retryablehttp.PassthroughErrorHandler
	s.client.HTTPClient = &http.Client{
		Transport: cmp.Or[http.RoundTripper](o.Transport, http.DefaultTransport), Timeout: cmp.Or(o.Timeout, 20*time.Second),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // an ID token goes nowhere else
	}
	pace := time.Second
	if spec.Loopback(u.Hostname()) {
		pace = 20 * time.Millisecond
	}
	s.client.CheckRetry = s.again
	s.client.Backoff = func(_, _ time.Duration, attempt int, resp *http.Response) time.Duration {
		if asked := retryAfter(resp); asked > 0 {
			return asked
		}
		wait := pace << attempt
		return wait/2 + rand.N(wait/2) //nolint:gosec // scatters waits, guards nothing
	}
	return s, nil
}

// again tells whether the trouble may pass. To ask twice does no harm: a second certificate is one, and the log has each entry once.
func (s *service) again(ctx context.Context, resp *http.Response, err error) (bool, error) {
	return ctx.Err() == nil && !s.down.Load() && passing(resp, err) && retryAfter(resp) <= s.patience, nil
}

func passing(resp *http.Response, err error) bool {
	if err != nil {
		_, hopeless := errors.AsType[*tls.CertificateVerificationError](err)
		return !hopeless
	}
	return resp.StatusCode == http.StatusRequestTimeout || resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode >= 500
}

// retryAfter is how long an answer asks to be left alone; 0 where it does not.
func retryAfter(resp *http.Response) time.Duration {
	if resp == nil {
		return 0
	}
	value := resp.Header.Get("Retry-After")
	if seconds, err := strconv.ParseInt(value, 10, 32); err == nil {
		return max(0, time.Duration(seconds)*time.Second)
	}
	if date, err := http.ParseTime(value); err == nil {
		return max(0, time.Until(date))
	}
	return 0
}

// answer is what came back, of any status.
type answer struct {
	status   int
	location string
	body     []byte
}

func (s *service) get(ctx context.Context, path string) (answer, error) {
	return s.call(ctx, http.MethodGet, path, nil)
}

func (s *service) post(ctx context.Context, path string, body any) (answer, error) {
	document, err := json.Marshal(body)
	if err != nil {
		return answer{}, fmt.Errorf("asking %s: %w", s.party, err)
	}
	return s.call(ctx, http.MethodPost, path, document)
}

// call returns an answer of 2xx or 409; all else is an error.
func (s *service) call(ctx context.Context, method, path string, body []byte) (answer, error) {
	req, err := retryablehttp.NewRequestWithContext(ctx, method, s.base.JoinPath(path).String(), body)
	if err != nil {
		return answer{}, &Error{Party: s.party, Err: err}
	}
	req.Header.Set("User-Agent", s.agent)
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := s.client.Do(req)
	if ctx.Err() != nil {
		if err == nil {
			_ = resp.Body.Close() // nobody reads it
		}
		return answer{}, &Error{Party: s.party, Err: context.Cause(ctx)}
	}
	trouble := passing(resp, err)
	s.down.Store(trouble)
	if err != nil {
		return answer{}, &Error{Party: s.party, Passing: trouble, Err: words.Unaddressed(err)}
	}
	defer func() { _ = resp.Body.Close() }() // it was only read
	a := answer{status: resp.StatusCode, location: resp.Header.Get("Location")}
	a.body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	switch {
	case err != nil:
		return answer{}, &Error{Party: s.party, Passing: true, Err: err}
	case a.status/100 == 2 || a.status == http.StatusConflict:
		return a, nil
	}
	return answer{}, &Error{Party: s.party, Passing: trouble, Err: fmt.Errorf("it answered %d: %s", a.status, a.says())}
}

// says is the message of an answer, in one line.
func (a answer) says() string {
	var told struct{ Message string }
	text := a.body
	if json.Unmarshal(a.body, &told) == nil && told.Message != "" {
		text = []byte(told.Message)
	}
	if bytes.Contains(text, []byte("eyJ")) { // as JWTs begin
		return "(its message is left out, as it may hold a token)"
	}
	const most = 300
	return words.Cut(words.Plain(string(bytes.TrimSpace(text))), most)
}
