package actor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/agent-facets/facets-reconcile/desired"
	"github.com/agent-facets/facets-reconcile/internal/artifact"
	"github.com/agent-facets/facets-reconcile/internal/npm"
	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/publish"
)

// placeholderTag is the dist-tag of placeholders. They are never published as latest, which a real version could have
// taken in the meantime; npm itself makes a package's first version its latest.
const placeholderTag spec.DistTag = "placeholder"

// Seeder publishes placeholders: as a human to take names, since an ID token cannot create a package; with an ID token to
// prove trusted publishers.
type Seeder struct {
	Registry    *npm.Client
	Credentials Credentials
	Repository  string // owner/repo on GitHub, or empty
	License     License
}

// License is the project's: what its placeholders say of it, and the text where that has a file. The zero value: they say
// nothing, as nobody has.
type License struct {
	Expression string // of package.json
	Text       []byte // goes into LICENSE
}

// Seed takes a name, with the access that the package is to have.
func (s Seeder) Seed(ctx context.Context, p desired.Package, version spec.Version) error {
	credential, err := s.Credentials.For(ctx, p.OnNpm())
	if err != nil {
		return err
	}
	taken, err := publish.Taken(ctx, s.Registry, p.OnNpm(), credential)
	switch {
	case err != nil:
		return err
	case taken:
		return fmt.Errorf("publishing %s@%s: nothing was sent, as there is such a package: %w", p.OnNpm(), version, spec.ErrAlreadyPublished)
	}
	return s.publish(ctx, p, version, publish.FirstAccess(p.Access))
}

// Prove publishes a further placeholder. It leaves the access as it is.
func (s Seeder) Prove(ctx context.Context, p desired.Package, version spec.Version) error {
	return s.publish(ctx, p, version, "")
}

func (s Seeder) publish(ctx context.Context, p desired.Package, version spec.Version, access spec.Access) (err error) {
	dir, err := os.MkdirTemp("", "facets-placeholder-")
	if err != nil {
		return fmt.Errorf("making the placeholder of %s: %w", p.OnNpm(), err)
	}
	defer func() { _ = os.RemoveAll(dir) }() // what was published stays so: this is only untidy
	if err := s.write(dir, p.OnNpm(), version); err != nil {
		return fmt.Errorf("making the placeholder of %s: %w", p.OnNpm(), err)
	}
	a, err := artifact.Open(ctx, dir)
	if err != nil {
		return err
	}
	tarball, err := a.Pack(ctx, artifact.PackOptions{Dir: dir})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tarball.Close()) }()
	credential, err := s.Credentials.For(ctx, p.OnNpm())
	if err != nil {
		return err
	}
	publication := publish.PublicationOf(tarball, p.OnNpm(), version, placeholderTag)
	publication.Access = access
	return s.Registry.Publish(ctx, publication, credential)
}

func (s Seeder) write(dir string, name spec.Name, version spec.Version) error {
	manifest := map[string]any{
		"name": name, "version": version,
		"description": "Placeholder: it holds the name until the first release of " + name.String() + ".",
	}
	if s.License.Expression != "" {
		manifest["license"] = s.License.Expression
	}
	where := ""
	if s.Repository != "" {
		manifest["repository"] = map[string]string{"type": "git", "url": "git+https://github.com/" + s.Repository + ".git"}
		where = fmt.Sprintf("\nThe project lives at https://github.com/%s.\n", s.Repository)
	}
	document, err := json.MarshalIndent(manifest, "", "  ")
	if err != nil {
		return err
	}
	readme := fmt.Sprintf("# %s\n\nThis version is a placeholder without any code. It was published so that the name exists and "+
		"a trusted\npublisher can be configured for it; releases replace it.\n%s", name, where)
	files := map[string][]byte{"package.json": document, "README.md": []byte(readme)}
	if len(s.License.Text) > 0 {
		files["LICENSE"] = s.License.Text
	}
	for name, text := range files {
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, name), text, 0o600))
	}
	return err
}
