package npm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

const (
	abbreviated = "application/vnd.npm.install-v1+json" // the packument with what an installation needs

	maxPackument = 64 << 20
	maxVersions  = 100_000
	maxBeside    = 1 << 20 // of a packument that is read beside others; the rest is read one packument at a time
)

// Versions returns the versions of a package that the registry serves, lowest first, read past caches. What npm would
// not take for a version today is left out. A package that is not there is spec.ErrNotFound. Of the packument, which may
// be large, only the numbers are kept.
//
// A large one is asked for again in its turn, as the other answers are (read): that way nobody's time for an answer runs out
// in a queue.
func (c *Client) Versions(ctx context.Context, name spec.Name) ([]spec.Version, error) {
	found, err := c.shownPackument(ctx, "reading the versions of", name, onlyNumbers)
	return found.versions, err
}

// wanted is what is kept of a packument.
type wanted int

const (
	onlyNumbers  wanted = iota // of its versions
	withTimes                  // and of those of which it has the time, for which it is read in full
	withMessages               // and what is said of their deprecation
)

// packument is what is kept of one: numbers, each lowest first.
type packument struct {
	versions []spec.Version
	times    []spec.Version
	messages map[spec.Version]string // of every version; "" where it is not deprecated
}

// shownPackument reads it with the first credential that is shown it.
func (c *Client) shownPackument(ctx context.Context, operation string, name spec.Name, what wanted) (found packument, err error) {
	k := call{operation: operation, name: name, method: http.MethodGet, path: name.Escaped(), limit: maxBeside}
	if err := named(k.operation, name); err != nil {
		return packument{}, err
	}
	err = c.shown(ctx, k, func(with Credential) (err error) {
		found, err = c.packumentInTurn(ctx, k.by(with), what)
		return err
	})
	return found, err
}

// packumentInTurn reads a packument.
func (c *Client) packumentInTurn(ctx context.Context, k call, what wanted) (packument, error) {
	k.meaning = meaningOfRead(k.token)
	found, err := c.packument(ctx, k, what)
	if !errors.Is(err, errTooLarge) {
		return found, err
	}
	select {
	case c.large <- struct{}{}:
		defer func() { <-c.large }()
	case <-ctx.Done():
		return packument{}, fmt.Errorf("%s: %w", subject(k.operation, k.name, ""), context.Cause(ctx))
	}
	k.limit = maxPackument
	return c.packument(ctx, k, what)
}

func (c *Client) packument(ctx context.Context, k call, what wanted) (found packument, err error) {
	failed := func(err error) (packument, error) {
		return packument{}, fmt.Errorf("%s: %w", subject(k.operation, k.name, ""), k.cause(err))
	}
	k.query = fresh()
	req, err := c.request(ctx, k)
	if err != nil {
		return failed(err)
	}
	if what != withTimes {
		req.Header.Set("Accept", abbreviated+", application/json;q=0.8")
	}
	var wrong error
	a, err := sendFor(c.reads, req, nil, func(resp *http.Response) (a answer, err error) {
		if resp.StatusCode/100 != 2 {
			return take(resp, maxRefusal)
		}
		defer func() { _ = resp.Body.Close() }() // all that is wanted has been read
		body := &bounded{body: resp.Body, left: k.limit, most: k.limit}
		found, wrong = packumentIn(body, k.name, what)
		if errors.Is(wrong, io.ErrUnexpectedEOF) {
			return a, wrong
		}
		return answer{status: resp.StatusCode}, body.err // what is wrong with an answer that came whole stays wrong
	})
	switch {
	case err != nil:
		return failed(err)
	case !a.success():
		return packument{}, c.refusal(k, a)
	case wrong != nil:
		return packument{}, fmt.Errorf("%s: the registry's answer is not what it should be: %w",
			subject(k.operation, k.name, ""), k.cause(wrong))
	}
	slices.SortFunc(found.versions, spec.Version.Compare)
	slices.SortFunc(found.times, spec.Version.Compare)
	return found, nil
}

// packumentIn reads a packument and keeps what is wanted of it.
func packumentIn(body io.Reader, name spec.Name, what wanted) (found packument, err error) {
	decoder := json.NewDecoder(body)
	version := func(spec.Version) error { return decoder.Decode(new(unread)) }
	if what == withMessages {
		found.messages = map[spec.Version]string{}
		version = messagesInto(found.messages, decoder)
	}
	numbers := func(into *[]spec.Version, value func(spec.Version) error) error {
		return members(decoder, func(number string) error {
			known, err := spec.ParseVersion(number)
			if err != nil {
				return decoder.Decode(new(unread))
			}
			if *into = append(*into, known); len(*into) > maxVersions {
				return fmt.Errorf("it lists more than %d versions", maxVersions)
			}
			return value(known)
		})
	}
	err = members(decoder, func(field string) error {
		switch {
		case field == "name":
			var of spec.Name
			if err := decoder.Decode(&of); err != nil || of == name {
				return err
			}
			return fmt.Errorf("it is of %.*q", maxMessage, of)
		case field == "versions":
			return numbers(&found.versions, version)
		case field == "time" && what == withTimes:
			return numbers(&found.times, version)
		}
		return decoder.Decode(new(unread))
	})
	if errors.Is(err, io.EOF) { // it ends between two tokens
		err = io.ErrUnexpectedEOF
	}
	return found, err
}

// messagesInto returns what reads a version's manifest and keeps its deprecation.
func messagesInto(messages map[spec.Version]string, decoder *json.Decoder) func(spec.Version) error {
	const most = 4 << 20
	size := 0
	return func(version spec.Version) error {
		var of struct {
			Deprecated text `json:"deprecated"`
		}
		err := decoder.Decode(&of)
		messages[version] = string(of.Deprecated)
		if size += len(of.Deprecated); size > most {
			return fmt.Errorf("%w: its deprecations have more than %d MiB", errTooLarge, most>>20)
		}
		return err
	}
}

// members calls value for each member of the JSON object that comes next; it has to read the member's value.
func members(decoder *json.Decoder, value func(name string) error) error {
	begin, err := decoder.Token()
	switch {
	case err != nil:
		return err
	case begin == nil: // null has none
		return nil
	case begin != json.Delim('{'):
		return fmt.Errorf("an object is expected, not %.*q", maxMessage, fmt.Sprint(begin))
	}
	return membersOf(decoder, value)
}

// membersOf is members within the object, whose beginning has been read.
func membersOf(decoder *json.Decoder, value func(name string) error) error {
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return err
		}
		name, _ := token.(string) // in an object nothing else stands here
		if err := value(name); err != nil {
			return err
		}
	}
	_, err := decoder.Token()
	return err
}

// unread is a JSON value of which nothing is kept.
type unread struct{}

// UnmarshalJSON takes everything.
func (*unread) UnmarshalJSON([]byte) error { return nil }

// bounded is the body of an answer, of which a decoder may have to hold much. It fails when it goes on for too long.
type bounded struct {
	body       io.Reader
	left, most int64
	err        error // of reading, less the end
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		b.err = fmt.Errorf("%w: more than %d MiB", errTooLarge, b.most>>20)
		return 0, b.err
	}
	n, err := b.body.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		b.err = err
	}
	return n, err
}
