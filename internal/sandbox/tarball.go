package sandbox

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// contents is what a tarball says of itself.
type contents struct {
	Name         string `json:"name"`
	Version      string `json:"version"`
	Private      bool   `json:"private"`
	fileCount    int
	unpackedSize int64
	shrinkwrap   bool // it holds an npm-shrinkwrap.json, by which npm installs what the package needs
}

const maxPackageJSON = 4 << 20 // bytes

// inspect reads a tarball to its end, so that a torn one is found.
func inspect(path string) (c contents, err error) {
	file, err := os.Open(path)
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	unzipped, err := gzip.NewReader(bufio.NewReader(file))
	if err != nil {
		return c, fmt.Errorf("the tarball is not gzipped: %w", err)
	}
	found := false
	entries := tar.NewReader(unzipped)
	for {
		entry, err := entries.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return c, fmt.Errorf("the tarball is broken: %w", err)
		}
		if entry.Typeflag != tar.TypeReg {
			continue
		}
		c.fileCount++
		c.unpackedSize += entry.Size
		_, name, _ := strings.Cut(entry.Name, "/") // npm strips the first part, whatever it is
		c.shrinkwrap = c.shrinkwrap || name == "npm-shrinkwrap.json"
		if name == "package.json" {
			found = true
			if err := json.NewDecoder(withoutMark(io.LimitReader(entries, maxPackageJSON))).Decode(&c); err != nil {
				return c, fmt.Errorf("the tarball's package.json: %w", err)
			}
		}
	}
	if !found {
		return c, errors.New("the tarball has no package.json")
	}
	return c, nil
}

// withoutMark skips a byte order mark, as npm does.
func withoutMark(from io.Reader) io.Reader {
	const mark = "\ufeff"
	buffered := bufio.NewReader(from)
	if start, _ := buffered.Peek(len(mark)); string(start) == mark { // what is shorter is read below
		_, _ = buffered.Discard(len(mark)) // as it was seen
	}
	return buffered
}
