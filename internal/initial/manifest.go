package initial

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
	"github.com/agent-facets/facets-reconcile/internal/packagejson"
)

const (
	maxManifest = 4 << 20 // bytes of a package.json
	maxDepth    = 4       // folders below a member in which what was built is looked for
)

// manifest is a package.json in the project's tree.
type manifest struct {
	folder string // relative to the project's root, with slashes
	built  bool   // lies below a member's folder

	packagejson.Outline `json:"-"`

	OS         spec.List
	CPU        spec.List
	Libc       spec.List
	Repository spec.Repository

	Dependencies         map[string]string
	DevDependencies      map[string]string
	OptionalDependencies map[string]string
	PeerDependencies     map[string]string
	Version              any // a text, where it is as it should be
	Scripts              map[string]any
	PublishConfig        map[string]any
	Files                any
}

func readManifest(tree fs.FS, folder string) (m manifest, err error) {
	name := path.Join(folder, "package.json")
	file, err := tree.Open(name)
	if err != nil {
		return m, err
	}
	data, err := io.ReadAll(io.LimitReader(file, maxManifest))
	if err := errors.Join(err, file.Close()); err != nil {
		return manifest{}, fmt.Errorf("%s: %w", name, err)
	}
	if err := json.Unmarshal(packagejson.TrimBOM(data), &m); err != nil {
		return manifest{}, fmt.Errorf("%s: %w", name, err)
	}
	if m.Outline, err = packagejson.Outlined(data); err != nil {
		return manifest{}, fmt.Errorf("%s: %w", name, err)
	}
	m.folder = folder
	return m, nil
}

// public tells whether the package can be published, by its name and by not being private.
func (m manifest) public() bool {
	_, err := spec.ParseName(m.Name)
	return err == nil && !m.Private
}

func (m manifest) platform() spec.Platform { return spec.Platform{OS: m.OS, CPU: m.CPU, Libc: m.Libc} }

func (m manifest) optional() (names []spec.Name) {
	for _, name := range slices.Sorted(maps.Keys(m.OptionalDependencies)) {
		names = append(names, spec.Name(name))
	}
	return names
}

// artifact is the path of what to publish: the folder, or the .tgz that a package manager leaves in it where the folder as
// it is could not be published.
func (m manifest) artifact() string {
	if m.needsPacking() {
		return path.Join(m.folder, "*-{version}.tgz")
	}
	return m.folder
}

func (m manifest) needsPacking() bool {
	for _, dependencies := range []map[string]string{
		m.Dependencies, m.DevDependencies, m.OptionalDependencies, m.PeerDependencies,
	} {
		for _, wanted := range dependencies {
			if spec.Leftover(wanted) {
				return true
			}
		}
	}
	for _, script := range []string{"prepublish", "prepublishOnly", "prepack", "prepare", "postpack"} {
		if m.Scripts[script] != nil {
			return true
		}
	}
	for key := range m.PublishConfig {
		if !slices.Contains([]string{"access", "tag", "registry", "provenance"}, key) && !strings.HasSuffix(key, ":registry") {
			return true
		}
	}
	return false
}

// readBuilt reads what lies below a member's folder: packages that a build has left there. Other members are passed over,
// as is what cannot be read.
func readBuilt(tree fs.FS, member string, members map[string]bool) (found []manifest) {
	walk := func(folder string, entry fs.DirEntry, err error) error {
		switch base := path.Base(folder); {
		case err != nil || !entry.IsDir():
			return nil //nolint:nilerr // see above
		case folder == member:
			return nil
		case members[folder], base == "node_modules", strings.HasPrefix(base, "."):
			return fs.SkipDir
		}
		if m, err := readManifest(tree, folder); err == nil && m.Name != "" {
			m.built = true
			found = append(found, m)
		}
		if depth := strings.Count(strings.TrimPrefix(folder, member+"/"), "/") + 1; depth >= maxDepth {
			return fs.SkipDir
		}
		return nil
	}
	_ = fs.WalkDir(tree, member, walk) // walk returns no other error
	return found
}
