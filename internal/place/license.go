package place

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/actor"
	"github.com/agent-facets/facets-reconcile/internal/packagejson"
)

// maxLicense bounds what is read of a license, and of the package.json that names one, in bytes.
const maxLicense = 1 << 20

// license is what the project's root says of its license: in package.json, else by a LICENSE file. Where neither says anything,
// neither does a placeholder. A text that package.json points at by another name is left out, with what points at it.
func license(root string) actor.License {
	if data, err := readBounded(filepath.Join(root, "package.json")); err == nil {
		outline, err := packagejson.Outlined(data)
		if err == nil && outline.License != "" && !strings.HasPrefix(outline.License, "SEE LICENSE IN ") {
			return actor.License{Expression: outline.License}
		}
	}
	text, err := readBounded(filepath.Join(root, "LICENSE"))
	if err != nil || len(text) == 0 {
		return actor.License{}
	}
	return actor.License{Expression: "SEE LICENSE IN LICENSE", Text: text}
}

func readBounded(path string) (data []byte, err error) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxLicense {
		return nil, errors.Join(err, errors.ErrUnsupported)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	data, err = io.ReadAll(io.LimitReader(file, maxLicense))
	return data, errors.Join(err, file.Close())
}
