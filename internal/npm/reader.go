package npm

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// Reader gives credentials to read what a registry does not show to everybody.
type Reader interface {
	// For returns what the package may be read with. Its error wraps spec.ErrRefused where there surely is nothing.
	For(ctx context.Context, name spec.Name) (Credential, error)
}

// ReadBy returns a client that shares everything with c, and reads with these credentials, the first one first, what is not
// shown without: a restricted package, and all of a registry that knows nobody who is not logged in.
//
// Everything is asked for without a credential first, so that what everybody sees is judged as everybody sees it; once it is
// known how a package is to be read, it is read so.
func (c *Client) ReadBy(readers ...Reader) *Client {
	reading := *c
	reading.sights = &sights{readers: readers}
	return &reading
}

// Access tells who may read a package, by what its reads so far have shown; "" where they do not tell. A registry that wants
// a credential for everything tells of none.
func (c *Client) Access(name spec.Name) spec.Access { return c.sights.of(name).access }

// Unveil looks with the credentials at hand for a package that nobody is shown without one, and tells whether it is there. If it is
// restricted, it is read with that credential from then on.
func (c *Client) Unveil(ctx context.Context, name spec.Name) (bool, error) {
	k := distTagsCall(name)
	if c.registry.Scheme != "https" && !spec.Loopback(c.registry.Hostname()) { // no credential goes there
		return false, nil
	}
	var by Credential
	err := c.asReader(ctx, k, spec.ErrNotFound, func(with Credential) error {
		by = with
		_, err := c.distTags(ctx, k.by(with))
		return err
	})
	if errors.Is(err, spec.ErrNotFound) || errors.Is(err, spec.ErrNoAccess) {
		return false, nil
	}
	if err == nil {
		err = c.confirm(ctx, k, by)
	}
	return err == nil, err
}

// confirm makes sure that a package is restricted which a reader is shown, and nobody was without a credential. It may have come between
// the two answers, and a cache may go on for minutes to answer 404.
func (c *Client) confirm(ctx context.Context, k call, by Credential) error {
	public, err := c.Public(ctx, k.name, by)
	if unoffered(err) {
		_, err = c.distTags(ctx, k)
		public = err == nil
		if errors.Is(err, spec.ErrNotFound) {
			err = nil
		}
	}
	if public || err != nil {
		c.sights.forget(k.name)
	}
	return err
}

// unoffered tells whether the registry has no such call.
func unoffered(err error) bool {
	var answered *Error
	return errors.As(err, &answered) && slices.Contains([]int{404, 405, 501}, answered.Status)
}

// Taken tells whether a name is a package already, for who may publish it: an explicit access would change that package's. One
// that npm's security team holds is not, as nobody publishes it.
func (c *Client) Taken(ctx context.Context, name spec.Name, with Credential) (bool, error) {
	tags, err := c.distTags(ctx, distTagsCall(name).by(with))
	if errors.Is(err, spec.ErrNotFound) {
		return false, nil
	}
	return err == nil && tags[spec.Latest] != spec.SecurityHolding, err
}

// shown asks as everybody would, and with the credentials at hand where that shows nothing and need not show all. ask sends
// the question once.
func (c *Client) shown(ctx context.Context, k call, ask func(Credential) error) error {
	known := c.sights.of(k.name)
	if known.by != nil || c.options.AlwaysAuth && len(c.sights.readers) > 0 {
		return c.asReader(ctx, k, nil, ask)
	}
	err := ask(Credential{})
	switch {
	case err == nil:
		c.sights.note(k.name, sight{access: spec.AccessPublic})
		return nil
	case errors.Is(err, spec.ErrNotFound) && (known.access == spec.AccessPublic || !c.restricted(k.name)):
		return err
	case errors.Is(err, spec.ErrNotFound), errors.Is(err, spec.ErrRefused):
		return c.asReader(ctx, k, err, ask)
	}
	return err
}

func (c *Client) restricted(name spec.Name) bool {
	return c.options.Restricted != nil && c.options.Restricted(name)
}

// asReader asks with one credential after the other. open is what everybody is answered, if that is known.
func (c *Client) asReader(ctx context.Context, k call, open error, ask func(Credential) error) error {
	var absent, refused error
	for _, reader := range c.sights.order(k.name) {
		with, err := reader.For(ctx, k.name)
		switch {
		case errors.Is(err, spec.ErrRefused), err == nil && with.Empty():
			continue
		case err != nil:
			return fmt.Errorf("%s: no credential to read it with: %w", subject(k.operation, k.name, k.version), err)
		}
		err = ask(with)
		if errors.Is(err, spec.ErrNotFound) && !errors.Is(open, spec.ErrRefused) { // it may be kept from who asks
			err = c.believe(ctx, with, err)
		}
		switch {
		case err == nil:
			found := sight{by: reader, access: c.sights.of(k.name).access}
			if errors.Is(open, spec.ErrNotFound) {
				found.access = spec.AccessRestricted
			}
			c.sights.note(k.name, found)
			return nil
		case errors.Is(err, spec.ErrNotFound):
			absent = err
		case errors.Is(err, spec.ErrRefused):
			refused = err
		default:
			return err
		}
	}
	if absent != nil {
		return absent
	}
	return c.hidden(k, open, refused)
}

// believe takes a 404 for an absence where the token is somebody's: npm says 404 to one that has expired, too. Which packages
// somebody may read cannot be asked; who may not read one may not publish it either. A token that was exchanged for a package is
// the registry's word that there is one.
func (c *Client) believe(ctx context.Context, with Credential, absent error) error {
	if !with.basic && with.token.Reveal() != c.options.Session.Reveal() || c.sights.somebody.Load() {
		return absent
	}
	if err := c.whoIs(ctx, with); err != nil && !unoffered(err) { // not every registry can tell
		return err
	}
	c.sights.somebody.Store(true)
	return absent
}

// hidden is the error where nothing at hand shows the package: whether it is there cannot be told.
func (c *Client) hidden(k call, open, refused error) error {
	switch {
	case refused != nil:
		return fmt.Errorf("%w (%w)", refused, spec.ErrNoAccess)
	case errors.Is(open, spec.ErrRefused):
		return open
	}
	return c.unasked(k, Hidden, spec.ErrNoAccess.Error())
}

// sight is how a package was read.
type sight struct {
	by     Reader // nil: as everybody reads it
	access spec.Access
}

// sights are those of one client. It holds them by a pointer, so that formatting it shows no token.
type sights struct {
	readers []Reader

	mu       sync.Mutex
	seen     map[spec.Name]sight
	somebody atomic.Bool // the session is known to be somebody's
}

func (s *sights) of(name spec.Name) sight {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen[name]
}

func (s *sights) note(name spec.Name, is sight) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen == nil {
		s.seen = map[spec.Name]sight{}
	}
	s.seen[name] = is
}

// forget has the package looked for anew, as who may read it has changed.
func (s *sights) forget(name spec.Name) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.seen, name)
}

// order puts the reader first that has shown the package before.
func (s *sights) order(name spec.Name) []Reader {
	known := s.of(name).by
	if known == nil {
		return s.readers
	}
	return append([]Reader{known}, slices.DeleteFunc(slices.Clone(s.readers), func(r Reader) bool { return r == known })...)
}
