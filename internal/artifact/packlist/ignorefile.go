package packlist

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"unicode/utf8"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// maxText is the largest ignore file that is read, in bytes.
const maxText = 1 << 20

// readLines reads an ignore file. As npm does it follows links, also those that lead out of the package: nothing of the file is packed.
func readLines(dir, name string) (lines []string, err error) {
	file := filepath.Join(dir, filepath.FromSlash(name))
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("its %s is a link to nothing; remove it, or make the file that it names", name)
	case err != nil:
		return nil, unreadable(name, err)
	case !info.Mode().IsRegular(): // opening a pipe would wait for whoever fills it
		return nil, fmt.Errorf("its %s is no regular file, so that nobody knows what to leave out; remove it", name)
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, unreadable(name, err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	data, err := io.ReadAll(io.LimitReader(f, maxText+1))
	if err != nil {
		return nil, unreadable(name, err)
	}
	if len(data) > maxText {
		return nil, fmt.Errorf("its %s is larger than %d bytes; write fewer patterns", name, maxText)
	}
	return strings.Split(strings.ToValidUTF8(string(data), "\ufffd"), "\n"), nil
}

// unreadable is about a file or folder of the package that the system does not let be read.
func unreadable(name string, err error) error {
	if number := syscall.Errno(0); errors.As(err, &number) {
		err = number // without the path once more
	}
	if !utf8.ValidString(name) || strings.ContainsFunc(name, spec.Steering) {
		name = strconv.Quote(name)
	}
	return fmt.Errorf("%s: %w; see that it can be read, then run again", name, err)
}
