package sink

import (
	"bytes"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"net/http"
)

// publish takes in a publish document.
func (s *Sink) publish(rw http.ResponseWriter, r *http.Request) {
	version, err := s.take(r.Body)
	if err != nil {
		reply(rw, http.StatusBadRequest, map[string]string{"error": err.Error()})
		return
	}
	s.mu.Lock()
	former := s.versions[version.Name]
	if former == nil || former.Version != version.Version {
		s.versions[version.Name] = version
	}
	s.mu.Unlock()
	if former != nil && former.Version == version.Version {
		reply(rw, http.StatusForbidden, map[string]string{
			"error": "You cannot publish over the previously published versions: " + version.Version + "."})
		return
	}
	reply(rw, http.StatusCreated, map[string]any{"ok": true, "success": true})
}

// take reads a document, the tarball in it without holding it.
func (s *Sink) take(body io.Reader) (*Version, error) {
	tarball := &encoded{}
	if s.options.Verify {
		tarball.sum = sha512.New()
	}
	rest := &splitter{long: tarball}
	if _, err := io.CopyBuffer(struct{ io.Writer }{rest}, body, make([]byte, 256<<10)); err != nil {
		return nil, err
	}
	var document struct {
		Name        string                    `json:"name"`
		DistTags    map[string]string         `json:"dist-tags"`
		Versions    map[string]map[string]any `json:"versions"`
		Attachments map[string]struct {
			Data   string `json:"data"`
			Length int64  `json:"length"`
		} `json:"_attachments"`
	}
	if err := json.Unmarshal(rest.short.Bytes(), &document); err != nil {
		return nil, fmt.Errorf("the document: %w", err)
	}
	if len(document.Versions) != 1 || len(document.Attachments) != 1 {
		return nil, fmt.Errorf("%d versions and %d attachments, one each is expected",
			len(document.Versions), len(document.Attachments))
	}
	v := &Version{Name: document.Name, tags: document.DistTags}
	for number, manifest := range document.Versions {
		v.Version, v.manifest = number, manifest
	}
	for _, attached := range document.Attachments {
		_, _ = tarball.Write([]byte(attached.Data)) // that of a small tarball, else nothing
		v.Size = tarball.size()
		if attached.Length != 0 && attached.Length != v.Size {
			return nil, fmt.Errorf("the tarball has %d bytes, the document says %d", v.Size, attached.Length)
		}
	}
	if tarball.sum == nil {
		return v, nil
	}
	dist, _ := v.manifest["dist"].(map[string]any)
	integrity := "sha512-" + base64.StdEncoding.EncodeToString(tarball.sum.Sum(nil))
	if tarball.err != nil || dist["integrity"] != integrity {
		return nil, fmt.Errorf("the tarball's integrity is %s, the manifest says %v (%w)", integrity, dist["integrity"], tarball.err)
	}
	return v, nil
}

// longest is how long a string of a document may be to be kept: a readme, but no tarball.
const longest = 256 << 10

// splitter divides JSON into its long strings and all the rest, in which they are empty.
type splitter struct {
	short    bytes.Buffer
	long     io.Writer
	begin    int // of the present string in short
	inside   bool
	escaped  bool
	flooding bool // the present string is a long one
}

func (s *splitter) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		if !s.flooding {
			s.keep(p[0])
			p = p[1:]
			continue
		}
		end := bytes.IndexByte(p, '"') // base64 escapes nothing
		if end < 0 {
			end = len(p)
		} else {
			s.flooding = false
		}
		if _, err := s.long.Write(p[:end]); err != nil {
			return 0, err
		}
		p = p[end:]
	}
	return n, nil
}

func (s *splitter) keep(b byte) {
	s.short.WriteByte(b)
	switch {
	case s.escaped:
		s.escaped = false
	case s.inside && b == '\\':
		s.escaped = true
	case b == '"':
		s.inside, s.begin = !s.inside, s.short.Len()
	case s.inside && s.short.Len()-s.begin > longest:
		_, _ = s.long.Write(s.short.Bytes()[s.begin:]) // as all writers here, it takes everything
		s.short.Truncate(s.begin)
		s.flooding = true
	}
}

// encoded takes base64 and keeps its length, and with a hash the sum of what it stands for.
type encoded struct {
	length int64
	end    [2]byte
	sum    hash.Hash
	err    error
	left   []byte // less than four characters
}

func (e *encoded) Write(p []byte) (int, error) {
	e.length += int64(len(p))
	for _, b := range p[max(0, len(p)-2):] {
		e.end = [2]byte{e.end[1], b}
	}
	if e.sum == nil {
		return len(p), nil
	}
	e.left = append(e.left, p...)
	whole := len(e.left) / 4 * 4
	decoded, err := base64.StdEncoding.AppendDecode(nil, e.left[:whole])
	if err != nil && e.err == nil {
		e.err = err
	}
	e.left = append(e.left[:0], e.left[whole:]...)
	return e.sum.Write(decoded)
}

func (e *encoded) size() int64 {
	return e.length/4*3 - int64(bytes.Count(e.end[:], []byte("=")))
}
