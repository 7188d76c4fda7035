package sandbox

import (
	"bufio"
	"bytes"
	"crypto/sha1" //nolint:gosec // npm's shasum, beside a sha512
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// upload is the body of a publish: its document, and the tarball that came inside, spooled to a file.
type upload struct {
	ID       string                                      `json:"_id"`
	Name     spec.Name                                   `json:"name"`
	DistTags map[spec.DistTag]spec.Version               `json:"dist-tags"`
	Versions map[spec.Version]map[string]json.RawMessage `json:"versions"`
	Access   spec.Access                                 `json:"access"`
	Rev      string                                      `json:"_rev"` // of a packument that is sent back
	tarball  *spooled
	bundle   *attachment // of provenance; nil: none
}

// attachment is a text that came beside the tarball.
type attachment struct {
	name   string
	Type   string `json:"content_type"`
	Data   string `json:"data"`
	Length int    `json:"length"`
}

type spooled struct {
	attachment string // its name in the body
	path       string
	size       int64 // as counted
	declared   int64 // as the body says
	integrity  spec.Integrity
	shasum     string
}

// remove deletes the spooled file, which is gone already when the upload was accepted.
func (u *upload) remove() {
	if u.tarball != nil {
		_ = os.Remove(u.tarball.path)
	}
}

const (
	maxDocument = 8 << 20  // bytes of a publish body beside the tarball
	chunk       = 64 << 10 // bytes of a tarball in memory at a time
)

// readUpload reads the body of a publish. It needs no more memory for a larger tarball, whose base64 is decoded on its way to a file in
// dir. The caller removes the upload, also after an error.
func readUpload(body io.Reader, dir string) (*upload, error) {
	u := &upload{}
	s := &splitter{source: &budget{reader: body, left: maxDocument}, dir: dir, upload: u}
	s.decoder = json.NewDecoder(s.source)
	err := s.object(func(key string) error {
		switch key {
		case "_id":
			return s.decoder.Decode(&u.ID)
		case "name":
			return s.decoder.Decode(&u.Name)
		case "dist-tags":
			return s.decoder.Decode(&u.DistTags)
		case "versions":
			return s.decoder.Decode(&u.Versions)
		case "access":
			return s.decoder.Decode(&u.Access)
		case "_rev":
			return s.decoder.Decode(&u.Rev)
		case "_attachments":
			return s.object(s.attachment)
		}
		return s.skip()
	})
	return u, cutOff(err)
}

// splitter reads JSON with a decoder, except for the one string that is too long for memory.
type splitter struct {
	source  *budget
	decoder *json.Decoder
	dir     string
	upload  *upload
}

// object reads a JSON object; value reads the value of each key.
func (s *splitter) object(value func(key string) error) error {
	if err := s.expect(json.Delim('{')); err != nil {
		return err
	}
	for s.decoder.More() {
		token, err := s.decoder.Token()
		if err != nil {
			return err
		}
		key, _ := token.(string) // within an object the decoder yields no other key
		if err := value(key); err != nil {
			return err
		}
	}
	return s.expect(json.Delim('}'))
}

func (s *splitter) expect(want json.Token) error {
	token, err := s.decoder.Token()
	if err == nil && token != want {
		err = fmt.Errorf("%v where %v should be", token, want)
	}
	return err
}

func (s *splitter) skip() error {
	var ignored json.RawMessage
	return s.decoder.Decode(&ignored)
}

func (s *splitter) attachment(name string) error {
	if strings.HasSuffix(name, ".sigstore") {
		s.upload.bundle = &attachment{name: name}
		return s.decoder.Decode(s.upload.bundle)
	}
	if !strings.HasSuffix(name, ".tgz") {
		return s.skip()
	}
	if s.upload.tarball != nil {
		return errors.New("it has more than one tarball")
	}
	s.upload.tarball = &spooled{attachment: name}
	return s.object(func(key string) error {
		switch key {
		case "data":
			return s.data()
		case "length":
			return s.decoder.Decode(&s.upload.tarball.declared)
		}
		return s.skip()
	})
}

// data reads the colon and the string that the decoder has before it, then lets a new decoder go on in the same place.
func (s *splitter) data() error {
	s.source.unlimited = true
	rest := bufio.NewReaderSize(io.MultiReader(s.decoder.Buffered(), s.source), chunk)
	for _, want := range `:"` {
		if err := expectRune(rest, want); err != nil {
			return err
		}
	}
	if err := s.upload.tarball.spool(base64.NewDecoder(base64.StdEncoding, &quoted{source: rest}), s.dir); err != nil {
		return err
	}
	s.source.unlimited = false
	const place = `{"_attachments":{"":{"data":0`
	s.decoder = json.NewDecoder(io.MultiReader(strings.NewReader(place), rest))
	for range 7 { // the tokens of place
		if _, err := s.decoder.Token(); err != nil {
			return err
		}
	}
	return nil
}

func expectRune(r *bufio.Reader, want rune) error {
	for {
		switch got, _, err := r.ReadRune(); {
		case err != nil:
			return err
		case got == want:
			return nil
		case !strings.ContainsRune(" \t\r\n", got):
			return fmt.Errorf("%q where %q should be", got, want)
		}
	}
}

func (t *spooled) spool(data io.Reader, dir string) error {
	file, err := os.CreateTemp(dir, "*.tgz")
	if err != nil {
		return err
	}
	t.path = file.Name()
	long, short := sha512.New(), sha1.New() //nolint:gosec // as above
	t.size, err = io.Copy(io.MultiWriter(file, long, short), data)
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	t.integrity = spec.NewIntegrity([sha512.Size]byte(long.Sum(nil)))
	t.shasum = hex.EncodeToString(short.Sum(nil))
	return nil
}

// quoted reads a JSON string up to its closing quote, which it consumes. Of the escapes only that of the slash makes sense
// in base64.
type quoted struct {
	source *bufio.Reader
	closed bool
}

func (q *quoted) Read(p []byte) (int, error) {
	if q.closed {
		return 0, io.EOF
	}
	if _, err := q.source.Peek(1); err != nil {
		return 0, cutOff(err)
	}
	ready, err := q.source.Peek(min(q.source.Buffered(), len(p)))
	if err != nil {
		return 0, err
	}
	n := bytes.IndexAny(ready, `"\`)
	switch {
	case n < 0:
		n = len(ready)
	case n == 0 && ready[0] == '"':
		q.closed = true
		if _, err := q.source.Discard(1); err != nil {
			return 0, err
		}
		return 0, io.EOF
	case n == 0:
		return q.unescape(p)
	}
	copy(p, ready[:n])
	return q.source.Discard(n)
}

func (q *quoted) unescape(p []byte) (int, error) {
	escape, err := q.source.Peek(2)
	if err != nil {
		return 0, cutOff(err)
	}
	if escape[1] != '/' {
		return 0, fmt.Errorf("%s in base64", escape)
	}
	p[0] = '/'
	_, err = q.source.Discard(2)
	return 1, err
}

// cutOff returns io.ErrUnexpectedEOF in the place of io.EOF.
func cutOff(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// budget bounds how much is read into memory.
type budget struct {
	reader    io.Reader
	left      int64
	unlimited bool // while reading what does not stay in memory
}

var errTooLarge = errors.New("the document around the tarball is too large")

func (b *budget) Read(p []byte) (int, error) {
	if b.unlimited {
		return b.reader.Read(p)
	}
	if b.left <= 0 {
		return 0, errTooLarge
	}
	n, err := b.reader.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}
