package artifact

import (
	"github.com/agent-facets/facets-reconcile/internal/artifact/manifest"
	"github.com/agent-facets/facets-reconcile/internal/packagejson"
)

// manifest is the document that npm would publish for the artifact with this package.json.
func (a *Artifact) manifest(pkg *packagejson.Package, gitHead string) map[string]any {
	return manifest.Normalize(pkg.Document, manifest.Facts{
		Name: pkg.Name.String(), Version: pkg.Version.String(), Bin: pkg.Bin, Files: a.Files(),
		Readme: a.shown.readme, Authors: a.shown.authors, GitHead: gitHead, Packed: a.packed,
	})
}
