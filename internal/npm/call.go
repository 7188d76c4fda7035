package npm

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/words"
)

// How many bytes of an answer are read.
const (
	maxAnswer   = 1 << 20
	maxManifest = 3 << 20
	maxSmall    = 256 << 10 // what exceeds it is read one at a time
	maxRefusal  = 64 << 10  // of the body of an answer that is no success
	maxHeader   = 256 << 10
	maxTag      = 150 // of a dist-tag; YAML takes no keys of any length
	statusOnly  = -1  // takes no body of a success
)

// call is one question to the registry.
type call struct {
	operation string
	name      spec.Name
	version   spec.Version

	method  string
	path    string // escaped, under the registry
	query   string
	body    any // []byte, or what reads it anew for each try: func() (io.Reader, error); nil: none
	token   spec.Secret
	basic   bool        // the token is a user name and password
	code    spec.Secret // of the second factor
	command string      // of npm, that would ask this; sent with credentials
	limit   int64       // of the answer's bytes; 0: maxAnswer
	meaning meaning
}

// meaning reads an answer that is no success.
type meaning func(a answer) Reason

type answer struct {
	status  int
	header  http.Header
	body    []byte
	message string // of an answer that is no success, in full
	unsent  bool   // it came before any of the request's body had left
}

func (a answer) success() bool { return a.status/100 == 2 }

// says tells whether the message holds one of the phrases, in any case.
func (a answer) says(phrases ...string) bool {
	return slices.ContainsFunc(phrases, func(phrase string) bool { return strings.Contains(strings.ToLower(a.message), phrase) })
}

// by is the call with a credential to read by.
func (k call) by(with Credential) call {
	k.token, k.basic = with.token, with.basic
	return k
}

// ask sends a call and returns the answer if it is a success.
func (c *Client) ask(ctx context.Context, via *retryablehttp.Client, k call) (answer, error) {
	req, err := c.request(ctx, k)
	if err != nil {
		return answer{}, fmt.Errorf("%s: %w", subject(k.operation, k.name, k.version), err)
	}
	a, err := send(via, req, k.body, cmp.Or(k.limit, maxAnswer))
	if err != nil {
		return answer{}, fmt.Errorf("%s: %w", subject(k.operation, k.name, k.version), k.cause(err))
	}
	if !a.success() {
		return a, c.refusal(k, a)
	}
	return a, nil
}

// request makes the HTTP request of a call, without its body.
func (c *Client) request(ctx context.Context, k call) (*http.Request, error) {
	u, err := c.at(k.path)
	if err != nil {
		return nil, err
	}
	u.RawQuery = k.query
	req, err := http.NewRequestWithContext(ctx, k.method, u.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("User-Agent", c.options.UserAgent)
	req.Header.Set("Accept", "application/json")
	if k.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if k.command != "" {
		req.Header.Set("npm-command", k.command)
		req.Header.Set("npm-auth-type", "web")
	}
	if !k.code.Empty() {
		req.Header.Set("npm-otp", k.code.Reveal())
	}
	if !k.token.Empty() {
		return req, c.authorize(req, Credential{token: k.token, basic: k.basic})
	}
	return req, nil
}

// send sends a request, with repetitions, and takes its answer in.
func send(via *retryablehttp.Client, req *http.Request, body any, limit int64) (answer, error) {
	return sendFor(via, req, body, func(resp *http.Response) (answer, error) { return take(resp, limit) })
}

// sendFor is send for answers that are taken in otherwise. take closes the answer; after an error it may be called again.
func sendFor(
	via *retryablehttp.Client, req *http.Request, body any, take func(*http.Response) (answer, error),
) (answer, error) {
	ctx := context.WithValue(req.Context(), failuresKey{}, new(int))
	repeatable, err := retryablehttp.FromRequest(req.WithContext(ctx))
	if err != nil {
		return answer{}, err
	}
	if body != nil {
		if err := repeatable.SetBody(body); err != nil {
			return answer{}, err
		}
	}
	var taken *answer
	repeatable.SetResponseHandler(func(resp *http.Response) error { // so that a body that breaks off is asked for again
		a, err := take(resp)
		if err == nil {
			taken = &a
		}
		return err
	})
	resp, err := via.Do(repeatable)
	switch {
	case err != nil:
		if resp != nil {
			_ = resp.Body.Close() // the error that matters is err
		}
		return answer{}, err
	case taken != nil:
		return *taken, nil
	}
	return take(resp) // the last of several failures
}

// take reads an answer and closes it. Where it is no success, what exceeds the limit is left out.
func take(resp *http.Response, limit int64) (answer, error) {
	defer func() { _ = resp.Body.Close() }() // all that is wanted has been read
	a := answer{status: resp.StatusCode, header: resp.Header}
	switch {
	case !a.success():
		limit = maxRefusal
	case limit == statusOnly:
		return a, nil
	}
	var err error
	a.body, err = io.ReadAll(io.LimitReader(resp.Body, limit+1))
	switch {
	case !a.success(): // the status says enough, even if the rest is cut off
		a.message = messageOf(a.body)
		return a, nil
	case err != nil:
		return a, err
	case int64(len(a.body)) > limit:
		return a, fmt.Errorf("%w: more than %d KiB", errTooLarge, limit>>10)
	}
	return a, nil
}

// refusal makes an error of an answer that is no success.
func (c *Client) refusal(k call, a answer) *Error {
	e := &Error{Operation: k.operation, Package: k.name, Version: k.version, Status: a.status,
		RetryAfter: retryAfter(a.header), challenge: challengeIn(a), advise: c.options.Advise}
	e.Message, e.Notice = shorten(k.hide(a.message)), shorten(k.hide(words.OneLine(a.header.Get("npm-notice"))))
	switch {
	case e.challenge != nil:
		e.Reason = FactorWanted
	case a.status/100 == 3:
		e.Reason = Redirected
	default:
		e.Reason = k.meaning(a)
	}
	if e.Reason == "" && a.status == http.StatusTooManyRequests {
		e.Reason = Busy
	}
	return e
}

// unasked makes an error of what the registry is not asked for.
func (c *Client) unasked(k call, r Reason, message string) *Error {
	return &Error{Operation: k.operation, Package: k.name, Version: k.version, Reason: r, Message: message, advise: c.options.Advise}
}

// hide takes the call's secrets out of a text: a registry may repeat what it was sent.
func (k call) hide(text string) string {
	var secrets []string
	for _, secret := range []spec.Secret{k.token, k.code} {
		if !secret.Empty() {
			secrets = append(secrets, secret.Reveal(), secret.String())
		}
	}
	return strings.NewReplacer(secrets...).Replace(text)
}

// decode reads a successful answer's JSON.
func (a answer) decode(k call, into any) error {
	if err := json.Unmarshal(a.body, into); err != nil { // whose words may repeat the answer's, at any length
		return fmt.Errorf("%s: the registry's answer is not what it should be: %s",
			subject(k.operation, k.name, k.version), shorten(k.hide(words.OneLine(err.Error()))))
	}
	return nil
}

// named guards the path that is made of a package's name.
func named(operation string, name spec.Name) error {
	if name == "" {
		return errors.New(operation + " a package without a name")
	}
	return nil
}
