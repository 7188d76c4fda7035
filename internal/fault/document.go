package fault

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
)

// answer is a whole answer of the registry. It is not changed after it was made.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// send sends the answer to a client, or 304 where the client knows it already.
func (a *answer) send(rw http.ResponseWriter, r *http.Request) {
	maps.Copy(rw.Header(), a.header)
	if etag := a.header.Get("ETag"); a.status == http.StatusOK && etag != "" && r.Header.Get("If-None-Match") == etag {
		rw.Header().Del("Content-Length")
		rw.WriteHeader(http.StatusNotModified)
		return
	}
	rw.WriteHeader(a.status)
	_, _ = rw.Write(a.body) // the client may be gone
}

// plain returns the request without the headers that ask for a part, a change or compression, so that the answer is whole.
func plain(r *http.Request) *http.Request {
	clone := r.Clone(r.Context())
	for _, name := range []string{"If-None-Match", "If-Modified-Since", "Range", "If-Range"} {
		clone.Header.Del(name)
	}
	clone.Header.Set("Accept-Encoding", "identity")
	return clone
}

type document = map[string]any

// read gets a document, even where the client asks for its header only. It is nil where the answer is no JSON.
func read(q question, next http.Handler) (*answer, document) {
	r := plain(q.Request)
	r.Method = http.MethodGet
	h := &held{}
	next.ServeHTTP(h, r)
	a := h.answer()
	if a.status != http.StatusOK {
		return a, nil
	}
	var doc document
	decoder := json.NewDecoder(bytes.NewReader(a.body))
	decoder.UseNumber()
	if decoder.Decode(&doc) != nil {
		return a, nil
	}
	return a, doc
}

// withDocument returns the answer with another document.
func (a *answer) withDocument(doc document) *answer {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(doc); err != nil {
		panic(err) // it was JSON before
	}
	header := a.header.Clone()
	for _, name := range []string{"ETag", "Last-Modified", "Content-Length"} {
		header.Del(name)
	}
	return &answer{a.status, header, bytes.TrimSpace(body.Bytes())}
}
