package packlist

import (
	"cmp"
	"path"
	"slices"
	"strings"
)

// comparePaths orders as npm does, so that what compresses well together stands together: by extension, then by base
// name, then by path, in which npm writes a leading "@" as "./@".
func comparePaths(a, b string) int {
	baseA, baseB := strings.ToLower(path.Base(a)), strings.ToLower(path.Base(b))
	return cmp.Or(compareText(extension(baseA), extension(baseB)), compareText(baseA, baseB), compareText(written(a), written(b)))
}

func written(path string) string {
	if strings.HasPrefix(path, "@") {
		return "./" + path
	}
	return path
}

// extension is that of a base name; a leading dot starts none.
func extension(base string) string {
	if dot := strings.LastIndex(base, "."); dot > 0 {
		return base[dot:]
	}
	return ""
}

// collation is the order of characters in English (Unicode's root collation): white space, punctuation, digits, letters.
const collation = "\t\n\v\f\r _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$0123456789abcdefghijklmnopqrstuvwxyz"

// compareText orders as a dictionary does: case decides only between texts that are otherwise equal, lower before upper.
// Letters beyond ASCII follow z by their code points.
func compareText(a, b string) int {
	weight := func(r rune) int {
		if i := strings.IndexRune(collation, r); i >= 0 {
			return i
		}
		return len(collation) + int(r)
	}
	byWeight := func(x, y rune) int { return cmp.Compare(weight(x), weight(y)) }
	letters := slices.CompareFunc([]rune(strings.ToLower(a)), []rune(strings.ToLower(b)), byWeight)
	return cmp.Or(letters, -strings.Compare(a, b))
}
