package secret

import (
	"bytes"
	"errors"
	"io"
	"path"
	"strings"
)

// Kind says what a file holds, as in "a private key"; "" is nothing. It never has anything of the secret in it.
type Kind string

// How much of a file is read, in bytes: of any, for what it begins with, and of one whose name says that it may hold a secret.
const (
	beginning = 1 << 10
	text      = 64 << 10
)

// Inspect tells what secret a file of the package holds. Of code and of executables only the first lines are looked at, as they
// mention the forms of keys and tokens without holding any.
func Inspect(name string, contents io.ReaderAt, size int64) (Kind, error) {
	lower := strings.ToLower(name)
	named := judges(lower)
	limit := int64(beginning)
	if len(named) > 0 {
		limit = text
	}
	data := make([]byte, min(limit, size))
	n, err := contents.ReadAt(data, 0)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return "", err
	}
	data = plain(data[:n])
	if kind := keyAtStart(data); kind != "" {
		return kind, nil
	}
	for _, judge := range named {
		if kind := judge(data); kind != "" {
			return kind, nil
		}
	}
	return "", nil
}

// judge tells what secret a text holds.
type judge func(data []byte) Kind

// judges are those that a file of this path, in lower case, is due to.
func judges(lower string) []judge {
	var found []judge
	base := path.Base(lower)
	for _, f := range credentialFiles() {
		if f.is(lower) {
			found = append(found, f.judge)
		}
	}
	if isEnvironment(base) {
		found = append(found, environment)
	}
	if mayHoldKey(base) {
		found = append(found, keyAnywhere)
	}
	if isKeyStore(base) {
		found = append(found, keyStore)
	}
	if isConfiguration(base) {
		found = append(found, Token)
	}
	return found
}

// plain takes away a byte order mark, and the zeros of UTF-16, which is what PowerShell's redirection writes.
func plain(data []byte) []byte {
	switch {
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		return data[3:]
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		return bytes.ReplaceAll(data[2:], []byte{0}, nil)
	}
	return data
}
