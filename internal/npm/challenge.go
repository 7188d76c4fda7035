package npm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// maxPollGap is the longest wait between two looks at whether the human has agreed, whatever the registry says.
const maxPollGap = 30 * time.Second

// challenge is a registry's demand for a second factor. Its URLs are empty where it wants a typed code.
type challenge struct {
	Page string `json:"authUrl"` // where the human agrees
	Done string `json:"doneUrl"` // where the code can then be fetched
}

// challengeIn finds the demand in an answer, or nil.
func challengeIn(a answer) *challenge {
	if a.status != http.StatusUnauthorized {
		return nil
	}
	asked := a.says("one-time pass")
	for _, header := range a.header.Values("WWW-Authenticate") {
		for part := range strings.SplitSeq(header, ",") {
			asked = asked || strings.Contains(strings.ToLower(part), "otp")
		}
	}
	if !asked {
		return nil
	}
	var found challenge
	if json.Unmarshal(a.body, &found) != nil {
		found = challenge{} // a typed code, then
	}
	return &found
}

// urls checks where a challenge leads: the page is only shown, but the other one gets the token.
func (ch challenge) urls(registry *url.URL) (page, done *url.URL, err error) {
	page, err = url.Parse(ch.Page)
	strange := func(r rune) bool { return r <= ' ' || r > '~' } // it must read as what it is, also at a terminal
	if err != nil || strings.ContainsFunc(ch.Page, strange) ||
		page.Scheme != "https" && page.Scheme != registry.Scheme || page.Host == "" || page.User != nil {
		return nil, nil, errors.New("the page that the registry names for it is no such address, and is not opened")
	}
	done, err = url.Parse(ch.Done)
	if err != nil || !sameOrigin(done, registry) || done.User != nil {
		return nil, nil, errors.New("the address that the registry names for its code is not the registry's own, " +
			"and gets no token")
	}
	return page, done, nil
}

// poll waits until the human has agreed, and returns the code for it.
func (c *Client) poll(ctx context.Context, done *url.URL, token spec.Secret) (spec.Secret, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, window, fmt.Errorf("nobody agreed within %s", window))
	defer cancel()
	req, err := c.pollRequest(ctx, done, token)
	if err != nil {
		return spec.Secret{}, err
	}
	for {
		a, err := c.pollOnce(req)
		var wait time.Duration
		switch {
		case ctx.Err() != nil:
			return spec.Secret{}, context.Cause(ctx)
		case err != nil || a.status == http.StatusTooManyRequests || a.status >= 500: // the page is open still: go on
		case a.status == http.StatusAccepted:
		case a.success():
			return codeIn(a)
		default:
			return spec.Secret{}, fmt.Errorf("asking whether a human has agreed: the registry answered %d", a.status)
		}
		if err == nil {
			wait = retryAfter(a.header)
		}
		if err := pause(ctx, min(max(wait, c.pace.poll), maxPollGap)); err != nil {
			return spec.Secret{}, err
		}
	}
}

func (c *Client) pollRequest(ctx context.Context, done *url.URL, token spec.Secret) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, done.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", c.options.UserAgent)
	req.Header.Set("npm-auth-type", "web")
	return req, c.authorize(req, Credential{token: token})
}

func (c *Client) pollOnce(req *http.Request) (answer, error) {
	resp, err := c.polls.Do(req)
	if err != nil {
		return answer{}, err
	}
	return take(resp, maxRefusal)
}

func codeIn(a answer) (spec.Secret, error) {
	var done struct {
		Token string `json:"token"`
	}
	if err := json.Unmarshal(a.body, &done); err != nil || done.Token == "" {
		return spec.Secret{}, errors.New("the registry said that a human has agreed, but gave no code")
	}
	return spec.NewSecret(done.Token), nil
}
