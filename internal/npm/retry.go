package npm

import (
	"context"
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

const (
	retries      = 3
	busyRetries  = 6                // of what the registry has no time for: each is held back by the throttle before
	longestRetry = 10 * time.Second // of a wait that the registry did not ask for
)

// A retryPolicy tells whether a request may be sent again after an answer or an error.
type retryPolicy func(resp *http.Response, err error) bool

// harmless repeats what may be done twice: after any sign of overload or of a broken connection.
func harmless(resp *http.Response, err error) bool {
	if err != nil {
		var certificate *tls.CertificateVerificationError
		hopeless := errors.As(err, &certificate) || errors.Is(err, errTooLarge) || errors.Is(err, errRedirect)
		return !hopeless
	}
	return resp.StatusCode == http.StatusTooManyRequests ||
		resp.StatusCode >= 500 && resp.StatusCode != http.StatusNotImplemented
}

// onlyUndone repeats what the registry surely did not do: it was never reached, or had no time.
func onlyUndone(resp *http.Response, err error) bool {
	if err != nil {
		var network *net.OpError
		return errors.As(err, &network) && network.Op == "dial"
	}
	return resp.StatusCode == http.StatusTooManyRequests
}

// never repeats nothing.
func never(*http.Response, error) bool { return false }

// failuresKey is for the number of times that a request has failed so far, other than for want of the registry's time.
type failuresKey struct{}

func (c *Client) retrying(client *http.Client, again retryPolicy) *retryablehttp.Client {
	r := retryablehttp.NewClient()
	r.HTTPClient, r.Logger, r.RetryMax = client, nil, busyRetries
	r.ErrorHandler = retryablehttp.PassthroughErrorHandler
	r.CheckRetry = func(ctx context.Context, resp *http.Response, err error) (bool, error) {
		if ctx.Err() != nil {
			return false, nil //nolint:nilerr // an answer that has come by then stands
		}
		if !again(resp, err) || resp != nil && retryAfter(resp.Header) > c.options.Patience {
			return false, nil
		}
		failures, counted := ctx.Value(failuresKey{}).(*int)
		if busy := err == nil && resp.StatusCode == http.StatusTooManyRequests; counted && !busy {
			*failures++
			return *failures <= retries, nil
		}
		return true, nil
	}
	r.Backoff = func(_, _ time.Duration, attempt int, resp *http.Response) time.Duration {
		if resp == nil {
			return c.backoff(attempt, 0)
		}
		return c.backoff(attempt, retryAfter(resp.Header))
	}
	return r
}

// backoff returns the wait before the repetition that follows an attempt, counted from 0: what the registry asked for,
// or else twice as long each time, scattered so that concurrent calls do not return together.
func (c *Client) backoff(attempt int, asked time.Duration) time.Duration {
	if asked > 0 {
		return asked
	}
	wait := min(c.pace.retry<<attempt, longestRetry)
	return wait/2 + rand.N(wait/2) //nolint:gosec // scatters waits, guards nothing
}

// retryAfter reads the header of that name, in seconds or as a date; 0 when it says nothing.
func retryAfter(header http.Header) time.Duration {
	value := header.Get("Retry-After")
	if seconds, err := strconv.ParseInt(value, 10, 32); err == nil || errors.Is(err, strconv.ErrRange) { // at most 68 years
		return max(0, time.Duration(seconds)*time.Second)
	}
	if date, err := http.ParseTime(value); err == nil {
		return max(0, time.Until(date))
	}
	return 0
}

// pause waits for d, or until the context ends.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
