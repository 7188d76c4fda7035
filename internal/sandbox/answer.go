package sandbox

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// answer is an HTTP answer, mostly a refusal. It is an error, so that functions such as folder.update can return it.
type answer struct {
	status int
	body   any
	header map[string]string
}

func (a *answer) Error() string { return fmt.Sprintf("%d %v", a.status, a.body) }

// refuse returns a refusal in npm's usual form: {"error": …}.
func refuse(status int, format string, args ...any) *answer {
	return &answer{status: status, body: map[string]string{"error": fmt.Sprintf(format, args...)}}
}

// missing returns npm's answer on most routes where there is no such package.
func missing() *answer { return &answer{status: http.StatusNotFound, body: "Not Found"} }

func (a *answer) send(rw http.ResponseWriter) error {
	for name, value := range a.header {
		rw.Header().Set(name, value)
	}
	return sendJSON(rw, a.status, a.body)
}

func sendJSON(rw http.ResponseWriter, status int, body any) error {
	data, err := encode(body)
	if err != nil {
		return err
	}
	rw.Header().Set("Content-Type", "application/json")
	rw.WriteHeader(status)
	_, err = rw.Write(data)
	return err
}

// encode keeps <, > and & as they are, as npm does.
func encode(body any) ([]byte, error) {
	var data bytes.Buffer
	encoder := json.NewEncoder(&data)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(data.Bytes()), nil
}

// sendDocument sends a document that a cache may keep, provided that it asks each time whether it is still the same (by ETag).
func sendDocument(rw http.ResponseWriter, r *http.Request, contentType string, body any) error {
	data, err := encode(body)
	if err != nil {
		return err
	}
	etag := fmt.Sprintf(`"%x"`, sha256.Sum256(data))
	header := rw.Header()
	header.Set("Content-Type", contentType)
	header.Set("Cache-Control", "public, no-cache")
	header.Set("ETag", etag)
	header.Set("Vary", "Accept")
	if r.Header.Get("If-None-Match") == etag {
		rw.WriteHeader(http.StatusNotModified)
		return nil
	}
	_, err = rw.Write(data)
	return err
}

const maxSmallBody = 1 << 20 // bytes

// readJSON reads a small body.
func readJSON(r *http.Request, value any) error {
	data, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxSmallBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return refuse(http.StatusRequestEntityTooLarge, "the body exceeds %d bytes", tooLarge.Limit)
	case err != nil:
		return refuse(http.StatusBadRequest, "the body could not be read: %v", err)
	}
	if err := json.Unmarshal(data, value); err != nil {
		return refuse(http.StatusBadRequest, "the body is not the JSON expected here: %v", err)
	}
	return nil
}
