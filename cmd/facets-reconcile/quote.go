package main

import (
	"strings"
	"unicode"
)

// quoted is the path, or another value, as a POSIX shell takes it for one word: in single quotes where it needs them.
func quoted(path string) string {
	special := func(r rune) bool {
		return !unicode.In(r, unicode.Letter, unicode.Digit) && !strings.ContainsRune("%+,-./:@_", r)
	}
	if path != "" && !strings.ContainsFunc(path, special) {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
