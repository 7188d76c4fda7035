package npm

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"
	"golang.org/x/time/rate"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Options of a Client. Only Registry is required.
type Options struct {
	Registry  *url.URL     // http or https, with or without a path and a trailing slash
	UserAgent string       // default "facets-reconcile"
	Log       *slog.Logger // one debug line a request: method, host, path, status, duration; nil: none
	Transport http.RoundTripper

	Session spec.Secret // the token of a human who is logged in, for WhoAmI and trusted publishers; none: not logged in

	// Restricted tells which packages are meant to be restricted: that nobody in particular is shown one says nothing of it.
	// nil: none.
	Restricted func(spec.Name) bool
	// AlwaysAuth has everything read with the credentials of ReadBy, also what everybody is shown.
	AlwaysAuth bool
	// Covers tells which addresses of the registry's origin get credentials, as tarballs may lie beside the registry; nil: all.
	Covers func(*url.URL) bool

	// Advise says what to do about an error; its words end those of the error. "": nothing. nil: errors say only what happened.
	Advise func(*Error) string

	// SecondFactor answers when the registry asks a human for it; nil: such calls end with spec.ErrSecondFactor.
	SecondFactor *SecondFactor

	ReadTimeout    time.Duration // of one attempt, body included; default 30 s
	PublishTimeout time.Duration // without progress of an upload or its answer; default 5 min, as npm's
	Patience       time.Duration // longest Retry-After that is waited for; a longer one is an error at once; default 2 min
	TrustPace      time.Duration // between two changes of trust; default 2 s, as npm advises, and none on loopback
}

// SecondFactor is how a human answers the registry: a code typed beforehand, a page in the browser, or both.
type SecondFactor struct {
	OTP spec.Secret // tried once, when the registry asks
	// Show brings the page on which the human agrees before their eyes, and returns. nil: there is no browser.
	Show func(ctx context.Context, page string) error
}

// Client speaks to one registry. It is safe for concurrent use.
type Client struct {
	registry *url.URL // with a trailing slash
	options  *Options // a pointer, so that formatting a Client shows no token

	reads     *retryablehttp.Client // follows redirects
	calls     *retryablehttp.Client // with credentials: follows none
	careful   *retryablehttp.Client // as calls, for what must not be done twice
	once      *retryablehttp.Client // as calls, for what can be done without
	uploads   *http.Client
	downloads *http.Client  // follows redirects, however long they take
	polls     *http.Client  // leaves no line in the log, as its address is half a secret
	large     chan struct{} // held by whoever reads a large answer
	pace      pace
	trust     *rate.Limiter
	sights    *sights
	human     *human
	silent    bool
}

// pace holds the shortest waits, which are kinder to a registry on the network than to one on this machine.
type pace struct{ retry, poll, trust time.Duration }

// downloadTimeout bounds the download of one tarball.
const downloadTimeout = 30 * time.Minute

// New returns a Client for o.Registry. It sends nothing.
func New(o Options) (*Client, error) {
	registry, err := base(o.Registry)
	if err != nil {
		return nil, err
	}
	waits := pace{retry: 500 * time.Millisecond, poll: time.Second, trust: 2 * time.Second}
	if spec.Loopback(registry.Hostname()) {
		waits = pace{retry: 50 * time.Millisecond, poll: 50 * time.Millisecond}
	}
	o.UserAgent = cmp.Or(o.UserAgent, "facets-reconcile")
	o.ReadTimeout = cmp.Or(o.ReadTimeout, 30*time.Second)
	o.PublishTimeout = cmp.Or(o.PublishTimeout, 5*time.Minute)
	o.Patience = cmp.Or(o.Patience, 2*time.Minute)
	o.TrustPace = cmp.Or(o.TrustPace, waits.trust)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Transport == nil {
		o.Transport = newTransport()
	}

	c := &Client{registry: registry, options: &o, pace: waits, large: make(chan struct{}, 1),
		trust: rate.NewLimiter(rate.Every(o.TrustPace), 1),
		human: newHuman(o.SecondFactor), silent: o.SecondFactor == nil, sights: &sights{}}
	c.polls = &http.Client{Transport: o.Transport, Timeout: o.ReadTimeout, CheckRedirect: followNone}
	limit := newThrottle()
	spoken := throttled{wrapped{logged{wrapped{o.Transport}, o.Log}}, limit}
	follow := &http.Client{Transport: spoken, Timeout: o.ReadTimeout, CheckRedirect: c.followStripped}
	direct := &http.Client{Transport: spoken, Timeout: o.ReadTimeout, CheckRedirect: followNone}
	c.downloads = &http.Client{Transport: spoken, CheckRedirect: c.followStripped, Timeout: downloadTimeout}
	c.reads = c.retrying(follow, harmless)
	c.calls = c.retrying(direct, harmless)
	c.careful = c.retrying(direct, onlyUndone)
	c.once = c.retrying(direct, never)
	sent := throttled{wrapped{logged{wrapped{uploadTransport(o.Transport)}, o.Log}}, limit}
	c.uploads = &http.Client{Transport: sent, CheckRedirect: followNone}
	return c, nil
}

// Silent returns a client that shares everything with c, the codes of a second factor included, but never asks a human:
// what no held code answers ends with spec.ErrSecondFactor. It is the client to observe with.
func (c *Client) Silent() *Client {
	silent := *c
	silent.silent = true
	return &silent
}

// Registry returns the registry's URL, with a trailing slash.
func (c *Client) Registry() string { return c.registry.String() }

// Audience returns the audience that an ID token must have for Exchange: "npm:" and the registry's host name.
func (c *Client) Audience() string { return "npm:" + c.registry.Hostname() }

// CloseIdleConnections closes the connections that nobody uses at present.
func (c *Client) CloseIdleConnections() { c.polls.CloseIdleConnections() }

// at returns the URL of an escaped path under the registry.
func (c *Client) at(path string) (*url.URL, error) {
	u, err := url.Parse(c.registry.String() + path)
	if err != nil {
		return nil, fmt.Errorf("the path %q: %w", path, err)
	}
	return u, nil
}

func base(registry *url.URL) (*url.URL, error) {
	switch {
	case registry == nil:
		return nil, errors.New("no registry is given")
	case registry.Scheme != "https" && registry.Scheme != "http" || registry.Host == "":
		return nil, fmt.Errorf("the registry %q is no http or https URL", registry.Redacted())
	case registry.User != nil:
		return nil, fmt.Errorf("the registry %q holds credentials; give them as a token in .npmrc", registry.Redacted())
	case registry.RawQuery != "" || registry.Fragment != "":
		return nil, errors.New("the registry's URL must have neither query nor fragment")
	}
	return url.Parse(strings.TrimRight(registry.String(), "/") + "/")
}
