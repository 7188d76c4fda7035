package packagejson

import (
	"bytes"
	"encoding/json"
)

// Workspaces returns the field `workspaces` of a package.json of any kind, nil where there is none or it cannot be read.
func Workspaces(raw []byte) any {
	var document map[string]any // not a struct, which would not tell "Workspaces" from it
	if err := json.Unmarshal(bytes.TrimPrefix(raw, []byte("\ufeff")), &document); err != nil {
		return nil
	}
	return document["workspaces"]
}
