package npm

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// deprecateTries is how often the packument is read and sent, where the registry is at odds with itself or somebody else changes it.
const deprecateTries = 4

// Deprecate has the registry warn of versions. What the registry does not serve is left out. npm has no call for that: the packument is
// read for writing and sent back, with nothing else changed in it (npm's own lib/commands/deprecate.js). Where somebody changes it in
// between, which the registry answers with 409, it is read again.
//
// Where a dist-tag points at a version that is to be left alone then, nothing is sent: an *Error with the reason TagPoints.
// spec.ErrRefused when the credential may not.
func (c *Client) Deprecate(ctx context.Context, name spec.Name, wanted map[spec.Version]spec.Deprecation, with Credential) error {
	k := call{operation: "deprecating versions of", name: name, method: http.MethodPut, path: name.Escaped(),
		command: "deprecate", token: with.token, meaning: meaningOfDeprecating, limit: statusOnly}
	if err := named(k.operation, name); err != nil {
		return err
	}
	if len(wanted) == 0 || with.Empty() {
		return fmt.Errorf("%s: versions and a credential are needed", subject(k.operation, name, ""))
	}
	for attempt := 0; ; attempt++ {
		again, err := c.deprecate(ctx, k, wanted, with)
		if !again || attempt == deprecateTries-1 || pause(ctx, c.backoff(attempt, 0)) != nil {
			return err
		}
	}
}

// deprecate tries it once, and tells whether another try may help.
func (c *Client) deprecate(ctx context.Context, k call, wanted map[spec.Version]spec.Deprecation, with Credential) (again bool, err error) {
	k, err = c.deprecation(ctx, k, wanted, with)
	if err != nil || k.body == nil {
		return false, err
	}
	_, err = c.confirmed(ctx, c.careful, k)
	switch {
	case err == nil, errors.Is(err, spec.ErrRefused), errors.Is(err, spec.ErrSecondFactor):
		return false, err
	}
	return true, err // 409, or an answer that was lost: what is read next tells
}

// deprecation reads the packument and returns k with what is to be sent as its body; none where all is as it should be. Others may read
// what is large as soon as it returns: a human may be asked before the body leaves.
func (c *Client) deprecation(ctx context.Context, k call, wanted map[spec.Version]spec.Deprecation, with Credential) (call, error) {
	select {
	case c.large <- struct{}{}:
		defer func() { <-c.large }()
	case <-ctx.Done():
		return k, fmt.Errorf("%s: %w", subject(k.operation, k.name, ""), context.Cause(ctx))
	}
	p, err := c.packumentToChange(ctx, call{operation: "reading for a change the packument of", name: k.name, method: http.MethodGet,
		path: k.path, query: "write=true", limit: maxPackument, meaning: meaningOfRead(with.token)}.by(with))
	if err != nil {
		return k, err
	}
	if wanted = p.open(wanted); len(wanted) == 0 {
		return k, nil
	}
	for _, version := range slices.SortedFunc(maps.Keys(wanted), spec.Version.Compare) {
		d := wanted[version]
		if tag := p.pointing(version); tag != "" && d.Message != "" && !d.Tagged {
			k.operation, k.version = "deprecating", version
			tagged := c.unasked(k, TagPoints, tag.String()+" points at it")
			tagged.Tag = tag
			return k, tagged
		}
	}
	body, err := p.deprecated(wanted)
	if err != nil {
		return k, fmt.Errorf("%s: %w", subject(k.operation, k.name, ""), err)
	}
	k.body = body
	if len(wanted) == 1 {
		for k.version = range wanted {
			break
		}
	}
	return k, nil
}

// packumentToChange reads one whole. It is looked through as it comes, and kept compressed.
func (c *Client) packumentToChange(ctx context.Context, k call) (p *wholePackument, err error) {
	failed := func(err error) (*wholePackument, error) {
		return nil, fmt.Errorf("%s: %w", subject(k.operation, k.name, ""), k.cause(err))
	}
	req, err := c.request(ctx, k)
	if err != nil {
		return failed(err)
	}
	var wrong error
	a, err := sendFor(c.reads, req, nil, func(resp *http.Response) (answer, error) {
		if resp.StatusCode/100 != 2 {
			return take(resp, maxRefusal)
		}
		defer func() { _ = resp.Body.Close() }() // all that is wanted has been read
		body := &bounded{body: resp.Body, left: k.limit, most: k.limit}
		p, wrong = parsePackument(body, k.name)
		return answer{status: resp.StatusCode}, body.err // what is wrong with an answer that came whole stays wrong
	})
	switch {
	case err != nil:
		return failed(err)
	case !a.success():
		return nil, c.refusal(k, a)
	case wrong != nil:
		return nil, fmt.Errorf("%s: the registry's answer is not what it should be: %w", subject(k.operation, k.name, ""), k.cause(wrong))
	}
	return p, nil
}

func meaningOfDeprecating(a answer) Reason {
	switch a.status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound:
		return MayNotDeprecate
	}
	return ""
}
