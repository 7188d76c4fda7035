package spec

import "unicode"

// Steering tells whether a character acts on what shows it, rather than being shown: control characters, and those that turn
// the direction of writing.
func Steering(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }
