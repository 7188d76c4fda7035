package place

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/packagejson"
)

// maxLicense bounds what is read of a license, and of the package.json that names one, in bytes.
const maxLicense = 1 << 20

// license returns what the project's root says about its license: in package.json, else by a LICENSE file. Where neither says anything, a
// placeholder says nothing either. A license text under another name is left out, together with the field that points at it.
func license(root string) actor.License {
	if data, err := readSmall(filepath.Join(root, "package.json")); err == nil {
		outline, err := packagejson.Outlined(data)
		if err == nil && outline.License != "" && !strings.HasPrefix(outline.License, "SEE LICENSE IN ") {
			return actor.License{Expression: outline.License}
		}
	}
	text, err := readSmall(filepath.Join(root, "LICENSE"))
	if err != nil || len(text) == 0 {
		return actor.License{}
	}
	return actor.License{Expression: "SEE LICENSE IN LICENSE", Text: text}
}

// readSmall reads a regular file. It refuses everything else: opening a pipe would wait for its writer.
func readSmall(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxLicense {
		return nil, errors.Join(err, errors.ErrUnsupported)
	}
	return os.ReadFile(path)
}
