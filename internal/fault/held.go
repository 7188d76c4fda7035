package fault

import (
	"bytes"
	"maps"
	"net/http"
)

// held records an answer of the registry, so that it can be examined before anything of it goes to the client.
type held struct {
	rw    http.ResponseWriter
	keep  func(status int) bool // answers of other statuses pass through; nil: all are kept
	limit int64                 // bytes of the body that are kept; 0: all

	header  http.Header
	status  int
	body    bytes.Buffer
	size    int64 // of the body, also of what is not kept
	passing bool
}

func (h *held) Header() http.Header {
	if h.header == nil {
		h.header = http.Header{}
	}
	return h.header
}

func (h *held) WriteHeader(status int) {
	if h.status != 0 || status < http.StatusOK {
		return
	}
	h.status = status
	if h.passing = h.keep != nil && !h.keep(status); h.passing {
		h.copyHeader()
		h.rw.WriteHeader(status)
	}
}

func (h *held) Write(data []byte) (int, error) {
	h.WriteHeader(http.StatusOK)
	if h.passing {
		return h.rw.Write(data)
	}
	h.size += int64(len(data))
	kept := data
	if room := h.limit - int64(h.body.Len()); h.limit > 0 {
		kept = data[:min(room, int64(len(data)))]
	}
	h.body.Write(kept)
	return len(data), nil
}

// FlushError flushes an answer that passes through.
func (h *held) FlushError() error {
	if !h.passing {
		return nil
	}
	return http.NewResponseController(h.rw).Flush()
}

func (h *held) code() int { return max(h.status, http.StatusOK) }

// copyHeader copies the header to the client's answer.
func (h *held) copyHeader() { maps.Copy(h.rw.Header(), h.Header()) }

// answer returns what was recorded.
func (h *held) answer() *answer { return &answer{h.code(), h.Header(), h.body.Bytes()} }
