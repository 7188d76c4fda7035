// Package words makes text from outside fit to be shown. A registry, GitHub, another program or a file wrote it: it may hold
// characters that steer a terminal, lines that look like our own, or far too much.
//
// Whoever prints such text, or makes an error of it, calls this package. It does not know secrets: the caller takes them out,
// before [Cut] could leave half of one that nobody recognizes. Start reading at [Plain]; [Quoted] makes a value fit for a shell, and
// [Size] a number of bytes for people.
package words

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode"
)

// Plain returns the text without the characters that could steer a terminal. Lines stay lines.
func Plain(text string) string { return Masked(text, -1) }

// Masked is Plain with a character in the place of each that could steer a terminal, where a reader has to see that one was there.
func Masked(text string, mask rune) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || unicode.IsPrint(r) {
			return r
		}
		return mask
	}, strings.ToValidUTF8(text, "\ufffd"))
}

// OneLine returns the text as one line, words one space apart, so that it cannot pass for lines of our own.
func OneLine(text string) string {
	return strings.Join(strings.Fields(Masked(strings.ToValidUTF8(text, " "), ' ')), " ")
}

// Cut returns the first characters of the text, "…" behind them where there are more.
func Cut(text string, most int) string {
	if characters := []rune(text); len(characters) > most {
		return string(characters[:most]) + "…"
	}
	return text
}

// Unaddressed returns an error of net/http without the address, which may hold a secret, or be said already.
func Unaddressed(err error) error {
	if failed, ok := errors.AsType[*url.Error](err); ok {
		return failed.Err
	}
	return err
}

// Size returns bytes as people write them: "840 B", "3.4 kB", "120 MB".
func Size(bytes int64) string {
	const kB, MB, GB = 1e3, 1e6, 1e9
	n := float64(bytes)
	for _, unit := range []struct {
		size float64
		name string
	}{{GB, "GB"}, {MB, "MB"}, {kB, "kB"}} {
		switch {
		case n >= 99.95*unit.size:
			return fmt.Sprintf("%.0f %s", n/unit.size, unit.name)
		case n >= unit.size:
			return fmt.Sprintf("%.1f %s", n/unit.size, unit.name)
		}
	}
	return fmt.Sprintf("%d B", bytes)
}

// Quoted is the path, or another value, as a POSIX shell takes it for one word: in single quotes where it needs them.
func Quoted(path string) string {
	special := func(r rune) bool {
		return !unicode.In(r, unicode.Letter, unicode.Digit) && !strings.ContainsRune("%+,-./:@_", r)
	}
	if path != "" && !strings.ContainsFunc(path, special) {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
