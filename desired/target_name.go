package desired

import (
	"slices"
	"strings"

	"github.com/agent-facets/facets-reconcile/internal/npm/spec"
)

// SaysPlatform tells whether a text can be the name of a target: it begins with the name of a system, a processor or a C library.
func SaysPlatform(text string) bool {
	words := wordsOf(text)
	return len(words) > 0 && platformWord(words[0].text)
}

// word is one of the parts of a name.
type word struct {
	text string
	at   int // where it begins
}

// wordsOf splits a name where it has "-", "_" or ".", but for the processor x86_64.
func wordsOf(text string) (words []word) {
	const separators = "-_."
	for at := 0; at < len(text); {
		end := len(text)
		switch i := strings.IndexAny(text[at:], separators); {
		case strings.HasPrefix(text[at:], "x86_64"):
			end = at + len("x86_64")
		case i >= 0:
			end = at + i
		}
		if end > at {
			words = append(words, word{text[at:end], at})
		}
		at = end + 1
	}
	return words
}

// machineWord tells whether projects name a system or a processor by this word.
func machineWord(text string) bool {
	switch text {
	case "mac", "alpine", "linuxmusl", "linuxglibc", "linux32", "linux64", "win64", "darwin64", "armhf", "riscv":
		return true
	}
	return osOf(text) != "" || cpuOf(text) != ""
}

// platformWord tells whether projects name a system, a processor or a C library by this word, or what goes with them.
func platformWord(text string) bool {
	switch text {
	case "musl", "glibc", "gnu", "gnueabihf", "musleabihf", "msvc", "eabi", "eabihf", "wasm", "wasi", "universal", "universal2", "apple",
		"unknown", "pc", "baseline", "modern", "64", "32", "64bit", "32bit", "arm32", "armv5", "armv8", "v1", "v2", "v3", "v4":
		return true
	}
	return machineWord(text)
}

// TargetIn splits the name of a platform package into a prefix and the target: "@esbuild/" and "linux-x64". The target begins at the first
// part that is an operating system or a processor; ok is false where there is none.
func TargetIn(name spec.Name) (prefix, target string, ok bool) {
	base := name.Base()
	words := wordsOf(base)
	first := slices.IndexFunc(words, func(w word) bool { return machineWord(w.text) })
	if first < 0 {
		return "", "", false
	}
	at := words[first].at
	return strings.TrimSuffix(name.String(), base[at:]), base[at:], true
}

// TailIn returns what stands behind all words of a target that name a machine: "-tool" of "linux-x64-tool".
func TailIn(target string) string {
	words := wordsOf(target)
	for len(words) > 0 {
		last := words[len(words)-1]
		if platformWord(last.text) {
			return target[last.at+len(last.text):]
		}
		words = words[:len(words)-1]
	}
	return ""
}

// NewTarget returns the target with this name whose package installs on the platform. It sets os and cpu only where they do not follow from
// the name.
func NewTarget(name string, on spec.Platform) Target {
	told, _ := Target{Name: name}.platform()
	t := Target{Name: name}
	given := func(told, wanted spec.List) spec.List {
		if slices.Equal(told, wanted) {
			return nil
		}
		return append(spec.List{}, wanted...) // an empty one means any
	}
	t.OS, t.CPU = given(told.OS, on.OS), given(told.CPU, on.CPU)
	switch { // where one is open and not told, the other says that this is meant
	case len(t.Missing()) == 0:
	case len(on.OS) > 0:
		t.OS = on.OS
	default:
		t.CPU = append(spec.List{}, on.CPU...)
	}
	if slices.Equal(on.OS, []string{"linux"}) { // elsewhere npm does not look at it
		t.Libc = on.Libc
	}
	return t
}

// Missing returns which of os and cpu are neither given nor derived from the target's name.
func (t Target) Missing() []string {
	_, missing := t.platform()
	return missing
}
