// Package github asks GitHub's API for what the program needs of one repository: its tags, the one issue that tells of drift, and the one
// comment of a pull request that shows the plan.
//
// Package cmd and internal/place make a [Client]; desired, and the commands drift and plan, use it. It knows neither releases nor packages,
// and a token goes to the API's own origin and nowhere else. Start reading at [New]; what an error means is in explain.go.
package github

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/google/go-github/v60/github"
)

// requestTimeout bounds one request where the caller brings no client of its own.
const requestTimeout = 30 * time.Second

// maxAnswer is how many bytes of an answer are read: those of some 30 000 tags, where a server does not page.
const maxAnswer = 16 << 20

// Options say which repository is read, and as whom.
type Options struct {
	BaseURL    string       // of the API, as in $GITHUB_API_URL; "" is GitHub's own
	Token      spec.Secret  // may be empty: public repositories can be read without, 60 requests an hour
	Repository string       // "owner/repo"
	HTTP       *http.Client // nil for a plain one; not changed
	UserAgent  string
}

// Client reads one repository. It may be used by several goroutines at once.
type Client struct {
	api         *github.Client
	owner, name string
	hasToken    bool
}

// New checks the options; it sends nothing.
func New(o Options) (*Client, error) {
	owner, name, ok := strings.Cut(o.Repository, "/")
	if !ok || owner == "" || name == "" || strings.Contains(name, "/") {
		return nil, fmt.Errorf("the repository %q has not the form owner/repo", o.Repository)
	}
	caller := http.Client{Timeout: requestTimeout}
	if o.HTTP != nil {
		caller = *o.HTTP
	}
	origin := &originAuth{token: o.Token, next: caller.Transport}
	caller.Transport = origin
	api := github.NewClient(&caller)
	if o.BaseURL != "" {
		base, err := url.Parse(strings.TrimSuffix(o.BaseURL, "/") + "/")
		if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Host == "" || base.User != nil {
			return nil, errors.New("the address of GitHub's API must be a URL that begins with https:// and holds no credentials; " +
				"see GITHUB_API_URL and --github-api")
		}
		api.BaseURL = base
	}
	if !o.Token.Empty() && api.BaseURL.Scheme != "https" && !spec.Loopback(api.BaseURL.Hostname()) {
		return nil, fmt.Errorf("the token for GitHub would go unencrypted to %s: use https, or unset GITHUB_TOKEN and GH_TOKEN",
			api.BaseURL.Host)
	}
	if o.UserAgent != "" {
		api.UserAgent = o.UserAgent
	}
	origin.scheme, origin.host = api.BaseURL.Scheme, api.BaseURL.Host
	return &Client{api: api, owner: owner, name: name, hasToken: !o.Token.Empty()}, nil
}

func (c *Client) repository() string { return c.owner + "/" + c.name }

// originAuth adds the token to requests for one origin. Requests that a redirect sends elsewhere do not get it.
type originAuth struct {
	token        spec.Secret
	scheme, host string
	next         http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (a *originAuth) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.Header.Del("Authorization")
	if !a.token.Empty() && request.URL.Scheme == a.scheme && request.URL.Host == a.host {
		request.Header.Set("Authorization", "Bearer "+a.token.Reveal())
	}
	next := a.next
	if next == nil {
		next = http.DefaultTransport
	}
	response, err := next.RoundTrip(request)
	if err == nil {
		response.Body = &bounded{ReadCloser: response.Body, left: maxAnswer}
	}
	return response, err
}

// bounded is the body of an answer. It fails when the body is too long.
type bounded struct {
	io.ReadCloser
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, fmt.Errorf("the answer has more than %d MiB", maxAnswer>>20)
	}
	return n, err
}
