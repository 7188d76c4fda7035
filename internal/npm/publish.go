package npm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// errNothingSent marks an upload of which the registry got nothing.
var errNothingSent = errors.New("nothing was sent")

// Publication is a version to publish.
type Publication struct {
	Name     spec.Name
	Version  spec.Version
	DistTag  spec.DistTag   // that will point at the version
	Access   spec.Access    // "" leaves that of the package as it is; of a new name the registry's default
	Manifest map[string]any // the normalised package.json; what a publish adds to it is added to a copy

	// The tarball, and what it is known to be. What Open gives is compared while it is sent; where it differs, the
	// registry gets no whole document.
	Size      int64 // bytes
	Integrity spec.Integrity
	Shasum    string // sha1, hex
	Checksum  uint32 // CRC-32C: to compare another sha512 would take a twentieth of all the time
	Open      func(ctx context.Context) (io.ReadCloser, error)

	// Sent is told, while the tarball is sent, how many bytes of it have been taken. It may be called once more after Publish
	// has returned. nil: nobody listens.
	Sent func(bytes int64)
}

// Publish sends a version; nil means accepted, which is not yet served. An error wraps spec.ErrAlreadyPublished (with
// spec.ErrPending where it is not published yet), spec.ErrStaged, spec.ErrBurnt, spec.ErrDoubtful (read back before anything else;
// with spec.ErrRace it may be sent again then), spec.ErrRefused or spec.ErrSecondFactor. With none of them the version was not
// taken, for the reason given.
//
// The tarball is streamed. It is sent again only where nothing can have been taken: before any of it had left, when the
// registry asked to slow down, and with the code of a second factor.
func (c *Client) Publish(ctx context.Context, p Publication, with Credential) error {
	k := call{operation: "publishing", name: p.Name, version: p.Version, method: http.MethodPut, path: p.Name.Escaped(), token: with.token,
		command: "publish", meaning: with.meaningOfPublish(p.Version)}
	d, err := c.documentOf(p, k)
	if err != nil {
		return err
	}
	return c.withSecondFactor(ctx, k.token, true, func(code spec.Secret) error {
		k.code = code
		_, err := c.upload(ctx, d, k)
		return err
	})
}

// documentOf makes what a call uploads, if all is there.
func (c *Client) documentOf(p Publication, k call) (*document, error) {
	err := p.check()
	if err == nil && k.token.Empty() {
		err = fmt.Errorf("no credential: %w", spec.ErrRefused)
	}
	var d *document
	if err == nil {
		d, err = newDocument(p, c.registry)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", subject(k.operation, k.name, k.version), err)
	}
	return d, nil
}

// upload sends a document until the registry has had it, or surely will not.
func (c *Client) upload(ctx context.Context, d *document, k call) (answer, error) {
	// An upload asks before it sends its body: a refusal then costs no upload, and is not lost with a connection that the
	// registry closes on a body that it does not read.
	polite := true
	for attempt := 0; ; attempt++ {
		a, err := c.put(ctx, d, k, polite)
		var asked time.Duration
		switch {
		case errors.Is(err, errNothingSent) && attempt < retries && harmless(nil, err) && ctx.Err() == nil:
		case err != nil:
			return answer{}, fmt.Errorf("%s: %w", subject(k.operation, k.name, k.version), err)
		case a.success():
			return a, nil
		case a.status == http.StatusExpectationFailed && polite: // something in between cannot be asked
			polite = false
			continue
		case (a.status == http.StatusTooManyRequests || a.unsent && a.status >= 500) && attempt < retries &&
			retryAfter(a.header) <= c.options.Patience:
			asked = retryAfter(a.header)
		default:
			return answer{}, k.refusal(a)
		}
		if err := pause(ctx, c.backoff(attempt, asked)); err != nil {
			return answer{}, fmt.Errorf("%s: %w: %w", subject(k.operation, k.name, k.version), errNothingSent, err)
		}
	}
}

// put sends a document once. The request has no GetBody, without which net/http cannot send it again by itself.
func (c *Client) put(ctx context.Context, d *document, k call, polite bool) (answer, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stalled := fmt.Errorf("no progress for %s", c.options.PublishTimeout)
	idle := time.AfterFunc(c.options.PublishTimeout, func() { cancel(stalled) })
	defer idle.Stop()

	req, err := c.request(ctx, k)
	if err != nil {
		return answer{}, err
	}
	body, err := d.open(ctx, func() { idle.Reset(c.options.PublishTimeout) })
	if err != nil {
		return answer{}, err
	}
	req.Body, req.ContentLength = body, d.length()
	req.Header.Set("Content-Type", "application/json")
	if polite {
		req.Header.Set("Expect", "100-continue")
	}
	resp, err := c.uploads.Do(req)
	var a answer
	if err == nil {
		a, err = take(resp, maxRefusal)
	}
	if err != nil && context.Cause(ctx) != nil {
		err = context.Cause(ctx)
	}
	trouble := body.trouble() // before the body is told to end
	cancel(nil)
	<-body.closed // net/http may be reading still when the answer came early
	switch {
	case a.success() && resp != nil: // however the rest of the answer reads
		return a, nil
	case trouble != nil:
		return answer{}, fmt.Errorf("%w; it was not sent to its end, so its number is still free", trouble)
	case err == nil:
		a.unsent = !body.begun.Load()
		return a, nil
	case !body.begun.Load():
		return answer{}, fmt.Errorf("%w: %w", errNothingSent, k.cause(err))
	}
	return answer{}, fmt.Errorf("%w: the connection ended without an answer: %w", spec.ErrDoubtful, k.cause(err))
}

// meaningOfPublish is the table of what registries answer to a publish of a version. Of an exchanged token it knows also what an
// answer without words means.
func (c Credential) meaningOfPublish(version spec.Version) meaning {
	return func(a answer) (string, error) {
		if a.unsent && a.status >= 500 {
			return "nothing was sent", nil
		}
		if advice, means := meaningOfTaken(a, version); means != nil {
			return advice, means
		}
		if a.status == http.StatusForbidden && (a.says("oidc permission denied") || c.exchanged && a.message == "") {
			return "the ID token was exchanged, so either its trusted publisher may only stage, or the package's own settings forbid it: " +
				"allow `npm publish` among its allowed actions, and see to the package's publishing access", both{spec.ErrRefused, spec.ErrNotPermitted}
		}
		return meaningOfRefusedPublish(a)
	}
}

func meaningOfRefusedPublish(a answer) (string, error) {
	switch status := a.status; {
	case status == http.StatusConflict, status == http.StatusRequestTimeout, status >= 500:
		return "it may have landed: it is looked for, and not sent again by this run", spec.ErrDoubtful
	case status == http.StatusUnauthorized:
		return "the token is missing, expired or revoked: log in again with `npm login`, or run the job again for a new one",
			spec.ErrRefused
	case status == http.StatusPaymentRequired:
		return "the registry takes it for private, as a scoped package is unless its first publish says access public: " +
			"have an owner make it public, or, where it is to be restricted, a plan for private packages", spec.ErrRefused
	case status == http.StatusNotFound:
		return adviceOnNotFound(a), spec.ErrRefused
	case status == http.StatusForbidden:
		return adviceOnForbidden(a), spec.ErrRefused
	case status == http.StatusRequestEntityTooLarge:
		return "the tarball is too large for this registry: leave out what nobody needs (`files` in its package.json), strip the " +
			"binaries, or divide the package", nil
	case status == http.StatusUnprocessableEntity:
		return "the registry found the contents at odds with the manifest: correct what it names, most likely `repository` " +
			"in its package.json", nil
	case status == http.StatusTooManyRequests:
		return "nothing was taken", nil
	case status/100 == 4:
		return "the registry takes the package for malformed: correct what it names, in its package.json or the build", nil
	}
	return "", nil
}

func adviceOnForbidden(a answer) string {
	switch {
	case a.says("two-factor"):
		return "it takes a token of another kind: that of a trusted publisher, or a session with a second factor; tokens that bypass " +
			"the second factor cannot publish from January 2027 on"
	case a.says("spam"):
		return "the registry's spam filter refuses the name as new; ask its support to allow it, or choose another"
	case a.says("too similar"):
		return "the registry takes no new name that is so near to another's; choose another, or one in a scope of yours"
	case a.says("cannot be republished"):
		return "the package was unpublished; run again 24 hours after that, with a version that it never had"
	case a.says("do not have permission"):
		return "the package is somebody else's, or its owners have not let this account in: have one of them run " +
			"`npm owner add`, log in as another user, or choose another name"
	}
	return "the token lacks the permission (facets-reconcile doctor tells), or the registry's scanner refuses the contents: " +
		"look through the tarball for what it can mean, and ask the registry's support"
}

// adviceOnNotFound knows that npm says 404 to those who may not know more.
func adviceOnNotFound(a answer) string {
	if a.says("scope not found") {
		return "there is no such organisation or user, or this account may not publish for it: create the organisation, " +
			"have an owner invite this account, or choose another scope"
	}
	return "the token is bad or expired, or may not publish this package; facets-reconcile doctor tells which"
}
