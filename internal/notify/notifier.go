package notify

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/words"
)

const (
	patience = 20 * time.Second // for all that one notification takes
	attempts = 3
	maxRest  = 64 << 10 // bytes of an answer that are read, so that its connection can be used again
)

// Notifier sends notifications to webhooks. It is not for concurrent use.
type Notifier struct {
	webhooks []spec.Secret
	client   *http.Client
	agent    string        // the User-Agent
	pause    time.Duration // before the second attempt, where the webhook asks for none
	told     map[string]bool
}

// New checks the addresses. Its error names an address only by its position and host, because it is a secret.
func New(userAgent string, webhooks []string) (*Notifier, error) {
	n := &Notifier{told: map[string]bool{}, agent: userAgent, pause: time.Second}
	var problems []error
	for i, webhook := range webhooks {
		if err := check(webhook); err != nil {
			problems = append(problems, fmt.Errorf("the address %d of %d: %w", i+1, len(webhooks), err))
		}
		n.webhooks = append(n.webhooks, spec.NewSecret(webhook))
	}
	n.client = &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // the secret goes nowhere else
	}
	return n, errors.Join(problems...)
}

// check returns what is wrong with an address, without the address.
func check(webhook string) error {
	at, err := url.Parse(webhook)
	switch {
	case err != nil || at.Host == "" || at.Scheme != "https" && at.Scheme != "http":
		return errors.New("it is no URL of the form https://host/…")
	case at.User != nil:
		return fmt.Errorf("that at %s holds a user name; leave it out", at.Host)
	case at.Scheme == "http" && !spec.Loopback(at.Hostname()):
		return fmt.Errorf("that at %s is http, by which anybody on the way could read it; give it as https", at.Host)
	}
	return nil
}

// Tell sends a notification to all webhooks at the same time, once for each event and its subject. It returns after a bounded time, with
// the errors of deliveries that failed.
func (n *Notifier) Tell(ctx context.Context, what Notification) error {
	state := fmt.Sprint(what.Event, what.Releases)
	if n.told[state] {
		return nil
	}
	n.told[state] = true
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	failures := make([]error, len(n.webhooks))
	var group errgroup.Group
	for i, webhook := range n.webhooks {
		group.Go(func() error {
			failures[i] = n.deliver(ctx, webhook, what)
			return nil
		})
	}
	_ = group.Wait() // each webhook keeps its own error
	return errors.Join(failures...)
}

func (n *Notifier) deliver(ctx context.Context, webhook spec.Secret, what Notification) error {
	at, err := url.Parse(webhook.Reveal())
	if err != nil { // it was checked
		return errors.New("the webhook's address is none")
	}
	body, err := what.encode(at)
	if err != nil {
		return err
	}
	for attempt := 1; ; attempt++ {
		again, wait, err := n.post(ctx, at, body)
		wait = cmp.Or(wait, n.pause<<(attempt-1))
		until, _ := ctx.Deadline()
		if err == nil || !again || attempt == attempts || time.Until(until) < wait {
			if err != nil {
				err = fmt.Errorf("the webhook at %s was not told that it is %s: %w", at.Host, what.Event, err)
			}
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// post sends the document once. It tells whether it may be sent again, and when.
func (n *Notifier) post(ctx context.Context, at *url.URL, body []byte) (again bool, wait time.Duration, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, at.String(), bytes.NewReader(body))
	if err != nil {
		return false, 0, words.Unaddressed(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", n.agent)
	response, err := n.client.Do(request)
	if err != nil {
		var network *net.OpError
		return errors.As(err, &network) && network.Op == "dial", 0, words.Unaddressed(err) // else it may have arrived
	}
	_, _ = io.CopyN(io.Discard, response.Body, maxRest)
	_ = response.Body.Close() // its status says enough
	switch {
	case response.StatusCode/100 == 2:
		return false, 0, nil
	case response.StatusCode == http.StatusTooManyRequests, response.StatusCode >= 500:
		seconds, _ := strconv.ParseUint(response.Header.Get("Retry-After"), 10, 31) // of a date 0: then it is tried again soon
		again, wait = true, time.Duration(seconds)*time.Second
	}
	return again, wait, fmt.Errorf("it answered %d (%s)", response.StatusCode, http.StatusText(response.StatusCode))
}
