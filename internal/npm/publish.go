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

	Home spec.Home // by which its version is compared with others

	Bundle *Bundle // the provenance of the tarball; nil: none
}

// Bundle is an attachment that says where the tarball comes from, signed. What is in it is not looked at here.
type Bundle struct {
	MediaType string
	Data      []byte // its JSON
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
			return answer{}, c.refusal(k, a)
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
	return func(a answer) Reason {
		if a.unsent && a.status >= 500 {
			return Unsent
		}
		if reason := meaningOfTaken(a, version); reason != "" {
			return reason
		}
		if a.status == http.StatusForbidden && (a.says("oidc permission denied") || c.exchanged && a.message == "") {
			return NotPermitted
		}
		return meaningOfRefusedPublish(a)
	}
}

func meaningOfRefusedPublish(a answer) Reason {
	switch status := a.status; {
	case status == http.StatusConflict, status == http.StatusRequestTimeout, status >= 500:
		return InDoubt
	case status == http.StatusUnauthorized:
		return TokenBad
	case status == http.StatusPaymentRequired:
		return PaidPrivate
	case status == http.StatusNotFound:
		if a.says("scope not found") {
			return NoScope
		}
		return NotFoundToPublish
	case status == http.StatusForbidden:
		return meaningOfForbidden(a)
	case status == http.StatusRequestEntityTooLarge:
		return TooLarge
	case status == http.StatusUnprocessableEntity:
		return AtOdds
	case status == http.StatusTooManyRequests:
		return NotTaken
	case status/100 == 4:
		return Malformed
	}
	return ""
}

func meaningOfForbidden(a answer) Reason {
	switch {
	case a.says("two-factor"):
		return OtherTokenWanted
	case a.says("spam"):
		return Spam
	case a.says("too similar"):
		return TooSimilar
	case a.says("cannot be republished"):
		return Unpublished
	case a.says("do not have permission"):
		return NotOwner
	}
	return MayNotPublish
}
