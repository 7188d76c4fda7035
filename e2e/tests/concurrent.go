package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// room is a package as go list tells of it.
type room struct {
	Dir, ImportPath string
	GoFiles         []string
	TestGoFiles     []string
	XTestGoFiles    []string
}

// byRace parts the packages of a module that have tests: with holds those in which the race detector can find something.
func byRace(ctx context.Context, module string) (with, without []string, err error) {
	command := exec.CommandContext(ctx, "go", "-C", module, "list", //nolint:gosec // a folder of our own
		"-json=Dir,ImportPath,GoFiles,TestGoFiles,XTestGoFiles", "./...")
	command.Stderr = os.Stderr
	output, err := command.Output()
	if err != nil {
		return nil, nil, fmt.Errorf("go list: %w", err)
	}
	for decoder := json.NewDecoder(strings.NewReader(string(output))); ; {
		var r room
		if err := decoder.Decode(&r); errors.Is(err, io.EOF) {
			return with, without, nil
		} else if err != nil {
			return nil, nil, fmt.Errorf("go list -json: %w", err)
		}
		if len(r.TestGoFiles)+len(r.XTestGoFiles) == 0 {
			continue
		}
		concurrent, err := r.isConcurrent()
		if err != nil {
			return nil, nil, err
		}
		if concurrent {
			with = append(with, r.ImportPath)
		} else {
			without = append(without, r.ImportPath)
		}
	}
}

// uninstrumented has go test leave the race detector out of the two rooms that do nothing but compute: under it they take ten times as
// long, and with them all that packs. They work on memory that their caller hands in, without goroutines, locks or atomic values, and
// callers have the race detector. Rooms that synchronise must keep it: it would not see what orders their accesses, and report races that are none.
func uninstrumented() []string {
	const room = "-gcflags=github.com/agent-facets/facets-reconcile/internal/artifact/"
	return []string{room + "deflate=-race=false", room + "inflate=-race=false"}
}

// isConcurrent is whether a package starts goroutines or knows of those that others start. Those that do not may be called from several
// goroutines all the same: by others, whose tests have the race detector look at all that they call.
func (r room) isConcurrent() (bool, error) {
	if strings.HasSuffix(r.ImportPath, "/e2e/chaos") {
		return true, nil // it has nothing but tests, and they break the sandbox from all sides at once
	}
	for _, name := range r.GoFiles {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(r.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return false, err
		}
		if isConcurrent(file) {
			return true, nil
		}
	}
	return false, nil
}

func isConcurrent(file *ast.File) bool {
	if slices.ContainsFunc(file.Imports, func(i *ast.ImportSpec) bool {
		path := strings.Trim(i.Path.Value, `"`)
		return path == "sync" || strings.HasPrefix(path, "sync/") || strings.HasPrefix(path, "golang.org/x/sync/")
	}) {
		return true
	}
	found := false
	ast.Inspect(file, func(n ast.Node) bool {
		_, starts := n.(*ast.GoStmt)
		_, isChannel := n.(*ast.ChanType)
		found = found || starts || isChannel
		return !found
	})
	return found
}
