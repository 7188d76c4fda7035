package fault

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// overheard is the body of an upload. It learns the version from the first bytes that the registry reads. Reading earlier would tell the
// client to send a body that the registry may not want.
type overheard struct {
	io.ReadCloser
	hear func(spec.Version) // called once; "" where the version is not among the first bytes
	rest io.Reader
}

// prologue is how many bytes of an upload are searched: publishers name the version before the readme and the tarball.
const prologue = 1 << 20

func (o *overheard) Read(p []byte) (int, error) {
	if o.rest == nil {
		var read bytes.Buffer
		o.hear(publishedVersion(io.TeeReader(io.LimitReader(o.ReadCloser, prologue), &read)))
		o.rest = io.MultiReader(&read, o.ReadCloser)
	}
	return o.rest.Read(p)
}

// publishedVersion reads a publish body up to the first place that names the version.
func publishedVersion(body io.Reader) spec.Version {
	decoder := json.NewDecoder(body)
	if token, err := decoder.Token(); err != nil || token != json.Delim('{') {
		return ""
	}
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil || key == "_attachments" {
			return ""
		}
		if key == "versions" {
			_, _ = decoder.Token() // an error shows in the next token
			version, _ := decoder.Token()
			text, _ := version.(string)
			return spec.Version(text)
		}
		var value any
		if decoder.Decode(&value) != nil {
			return ""
		}
		if tags, ok := value.(document); ok && key == "dist-tags" {
			for _, version := range tags {
				text, _ := version.(string)
				return spec.Version(text)
			}
		}
	}
	return ""
}
