// Package page keeps measured figures in a Markdown file between texts that people write.
package page

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Table returns a Markdown table; the first column is text, the others are figures.
func Table(head []string, rows [][]string) string {
	var b strings.Builder
	line := func(cells []string) { fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | ")) }
	line(head)
	rule := make([]string, len(head))
	for i := range rule {
		rule[i] = "---:"
	}
	rule[0] = "---"
	line(rule)
	for _, row := range rows {
		line(row)
	}
	return b.String()
}

// Replace returns a document with a section's contents, which stand between <!-- bench:NAME --> and
// <!-- /bench:NAME -->, exchanged. A section that the document does not have is put at its end.
func Replace(document []byte, name, contents string) ([]byte, error) {
	begin, end := "<!-- bench:"+name+" -->", "<!-- /bench:"+name+" -->"
	section := begin + "\n" + strings.TrimSpace(contents) + "\n" + end
	before, rest, found := bytes.Cut(document, []byte(begin))
	if !found {
		return append(bytes.TrimRight(document, "\n"), ("\n\n" + section + "\n")...), nil
	}
	_, after, found := bytes.Cut(rest, []byte(end))
	if !found {
		return nil, fmt.Errorf("%s is not followed by %s; write it back where the section ends", begin, end)
	}
	return bytes.Join([][]byte{before, []byte(section), after}, nil), nil
}

// Update replaces a section of a file, which is made when it is missing.
func Update(path, name, contents string) error {
	document, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if document, err = Replace(document, name, contents); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".bench-*")
	if err != nil {
		return err
	}
	_, err = file.Write(document)
	err = errors.Join(err, file.Chmod(0o644), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}
