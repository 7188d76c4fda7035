package fault

import (
	"cmp"
	"crypto/sha512"
	"net/http"
	"strconv"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// wrongIntegrity shows hashes that are well formed, and of other bytes.
type wrongIntegrity struct{ *rule }

func newWrongIntegrity(u *rule) effect { return wrongIntegrity{u} }

func (w wrongIntegrity) serve(rw http.ResponseWriter, q question, next http.Handler) {
	a, doc := read(q, next)
	var dists []document
	manifests, _ := doc["versions"].(document)
	if q.operation == Manifest {
		manifests = document{"": doc}
	}
	for _, value := range manifests {
		manifest, _ := value.(document)
		version, _ := manifest["version"].(string)
		if dist, ok := manifest["dist"].(document); ok && w.covers(q.name, spec.Version(version)) {
			dists = append(dists, dist)
		}
	}
	if len(dists) == 0 || !w.past() || !w.take() {
		a.send(rw, q.Request)
		return
	}
	w.layer.hit(w.rule, q.Request)
	for _, dist := range dists {
		right, _ := dist["integrity"].(string)
		dist["integrity"] = spec.NewIntegrity(sha512.Sum512([]byte("not " + right))).String()
	}
	a.withDocument(doc).send(rw, q.Request)
}

// wrongBytes changes one byte of a tarball on its way to the client.
type wrongBytes struct{ *rule }

func newWrongBytes(u *rule) effect { return wrongBytes{u} }

func (w wrongBytes) serve(rw http.ResponseWriter, q question, next http.Handler) {
	if q.Method != http.MethodGet || !w.past() || !w.take() {
		next.ServeHTTP(rw, q.Request)
		return
	}
	w.layer.hit(w.rule, q.Request)
	next.ServeHTTP(&spoiler{ResponseWriter: rw, at: w.Bytes}, plain(q.Request))
}

// spoiler inverts one byte of an answer: the one at the given place, or in the middle.
type spoiler struct {
	http.ResponseWriter
	at, written int64
}

func (s *spoiler) Write(data []byte) (int, error) {
	if s.at == 0 {
		length, _ := strconv.ParseInt(s.Header().Get("Content-Length"), 10, 64) // 0 where it is not known
		s.at = cmp.Or(length/2, 1)
	}
	if i := s.at - s.written; i >= 0 && i < int64(len(data)) {
		data = append([]byte(nil), data...)
		data[i] ^= 0xff
	}
	n, err := s.ResponseWriter.Write(data)
	s.written += int64(n)
	return n, err
}

// Unwrap lets http.NewResponseController reach the connection.
func (s *spoiler) Unwrap() http.ResponseWriter { return s.ResponseWriter }
