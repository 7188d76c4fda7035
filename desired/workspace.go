package desired

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"sigs.k8s.io/yaml"

	"github.com/agent-facets/facets-reconcile/internal/packagejson"
)

// ErrNoWorkspace says that a folder is no workspace's root: it has neither a package.json nor a pnpm-workspace.yaml.
var ErrNoWorkspace = errors.New("no workspace")

// maxPackageSize is the largest package.json that is read, in bytes.
const maxPackageSize = 4 << 20

// workspacePackage is a package of a workspace.
type workspacePackage struct {
	Name    string
	Private bool
	Path    string // of its folder, relative to the workspace's root, with slashes
}

// readWorkspace returns the packages of the workspace at root, without the root's own, sorted by path. The error is about those that could
// not be read; the others are returned with it.
func readWorkspace(root string) ([]workspacePackage, error) {
	tree := os.DirFS(root)
	patterns, err := workspacePatterns(tree)
	if err != nil {
		return nil, fmt.Errorf("the workspace at %s: %w", root, err)
	}
	var include, exclude []folderGlob
	for _, pattern := range patterns {
		if negated, ok := strings.CutPrefix(pattern, "!"); ok {
			exclude = append(exclude, newFolderGlobs(negated)...)
		} else {
			include = append(include, newFolderGlobs(pattern)...)
		}
	}
	var packages []workspacePackage
	failures := checkGlobs(append(include, exclude...))
	walkErr := fs.WalkDir(tree, ".", func(folder string, entry fs.DirEntry, err error) error {
		if err != nil {
			failures = append(failures, err)
			return fs.SkipDir
		}
		if !entry.IsDir() || folder == "." {
			return nil
		}
		fits, below := matchAny(include, folder)
		if excluded, _ := matchAny(exclude, folder); fits && !excluded {
			found, err := readPackage(tree, folder)
			if err == nil {
				packages = append(packages, found)
			} else if !errors.Is(err, fs.ErrNotExist) {
				failures = append(failures, err)
			}
		}
		if base := path.Base(folder); !below || base == "node_modules" || strings.HasPrefix(base, ".") {
			return fs.SkipDir
		}
		return nil
	})
	if err := errors.Join(append(failures, walkErr)...); err != nil {
		return packages, fmt.Errorf("the workspace at %s: %w", root, err)
	}
	return packages, nil
}

func matchAny(globs []folderGlob, folder string) (fits, below bool) {
	parts := strings.Split(folder, "/")
	for _, glob := range globs {
		globFits, globBelow := glob.match(parts)
		fits, below = fits || globFits, below || globBelow
	}
	return fits, below
}

// workspacePatterns reads the patterns from package.json, as npm, Bun and Yarn have them, or else from pnpm's file.
func workspacePatterns(tree fs.FS) ([]string, error) {
	var root struct{ Workspaces json.RawMessage }
	manifestErr := readJSON(tree, "package.json", &root)
	if manifestErr != nil && !errors.Is(manifestErr, fs.ErrNotExist) {
		return nil, manifestErr
	}
	if len(root.Workspaces) > 0 {
		return parseWorkspaces(root.Workspaces)
	}
	data, err := readSmall(tree, "pnpm-workspace.yaml")
	if errors.Is(err, fs.ErrNotExist) {
		if manifestErr != nil {
			return nil, ErrNoWorkspace
		}
		return nil, nil // a package.json that lists none
	}
	if err != nil {
		return nil, err
	}
	var pnpm struct{ Packages []string }
	if err := yaml.Unmarshal(data, &pnpm); err != nil {
		return nil, fmt.Errorf("pnpm-workspace.yaml: %w", err)
	}
	return pnpm.Packages, nil
}

// parseWorkspaces takes the list, or the object that holds it.
func parseWorkspaces(data json.RawMessage) ([]string, error) {
	var patterns []string
	if json.Unmarshal(data, &patterns) == nil {
		return patterns, nil
	}
	var object struct{ Packages []string }
	if err := json.Unmarshal(data, &object); err != nil {
		return nil, errors.New("package.json: workspaces is neither a list of patterns nor an object with packages")
	}
	return object.Packages, nil
}

func readPackage(tree fs.FS, folder string) (workspacePackage, error) {
	name := path.Join(folder, "package.json")
	data, err := readSmall(tree, name)
	if err != nil {
		return workspacePackage{}, err
	}
	manifest, err := packagejson.Outlined(data)
	if err != nil {
		return workspacePackage{}, fmt.Errorf("%s: %w", name, err)
	}
	if strings.ContainsFunc(manifest.Name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		manifest.Name = "" // npm takes no such name, and its characters could control the terminal that shows it
	}
	return workspacePackage{Name: manifest.Name, Private: manifest.Private, Path: folder}, nil
}

func readJSON(tree fs.FS, name string, into any) error {
	data, err := readSmall(tree, name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(packagejson.TrimBOM(data), into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func readSmall(tree fs.FS, name string) ([]byte, error) {
	file, err := tree.Open(name)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(file, maxPackageSize+1))
	if err := errors.Join(err, file.Close()); err != nil {
		return nil, err
	}
	if len(data) > maxPackageSize {
		return nil, fmt.Errorf("%s: is larger than %d MiB", name, maxPackageSize>>20)
	}
	return data, nil
}

// workspaces reads every workspace that the groups name, or the one at root where none names any. Missing ones are skipped. Paths are
// relative to root.
func (s *State) workspaces(root string) ([]workspacePackage, error) {
	var folders []string
	for _, group := range s.Spec.Groups {
		if group.Workspace != nil && !slices.Contains(folders, path.Clean(group.Workspace.Root)) {
			folders = append(folders, path.Clean(group.Workspace.Root))
		}
	}
	if len(folders) == 0 {
		folders = []string{"."}
	}
	var packages []workspacePackage
	var failures []error
	for _, folder := range folders {
		found, err := readWorkspace(filepath.Join(root, filepath.FromSlash(folder)))
		if !errors.Is(err, ErrNoWorkspace) {
			failures = append(failures, err)
		}
		for _, p := range found {
			p.Path = path.Join(folder, p.Path)
			packages = append(packages, p)
		}
	}
	return packages, errors.Join(failures...)
}
