package depcheck

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// An Import is one import declaration of a file that is no test.
type Import struct {
	File    string // slash-separated, below the module's root
	Package string // the file's folder
	Path    string // what is imported: the folder of a package of this module, else the import path
}

// Read returns the imports of all Go files in a module's tree but its tests', ordered by file. The files are parsed, not
// listed by the go command, so that those for other operating systems count too. Folders that the go command ignores
// (testdata, and names that begin with "." or "_") are left out, as are nested node_modules.
func Read(module string, tree fs.FS) ([]Import, error) {
	var found []Import
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && ignored(entry.Name()):
			return fs.SkipDir
		case entry.IsDir(), !strings.HasSuffix(name, ".go"), strings.HasSuffix(name, "_test.go"):
			return nil
		}
		imports, err := readFile(module, tree, name)
		found = append(found, imports...)
		return err
	})
	return found, err
}

func ignored(folder string) bool {
	return folder == "testdata" || folder == "node_modules" || strings.HasPrefix(folder, ".") || strings.HasPrefix(folder, "_")
}

func readFile(module string, tree fs.FS, name string) ([]Import, error) {
	source, err := fs.ReadFile(tree, name)
	if err != nil {
		return nil, err
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.ImportsOnly)
	if err != nil {
		return nil, fmt.Errorf("reading imports: %w", err)
	}
	var found []Import
	for _, declared := range file.Imports {
		imported, err := strconv.Unquote(declared.Path.Value)
		if err != nil {
			return nil, fmt.Errorf("%s: unquoting import %s: %w", name, declared.Path.Value, err)
		}
		found = append(found, Import{
			File: name, Package: path.Dir(name), Path: strings.TrimPrefix(imported, module+"/"),
		})
	}
	return found, nil
}
