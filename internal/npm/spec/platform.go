package spec

import (
	"slices"
	"strings"
)

// Platform says where a package installs, by the fields that npm compares with the machine. An empty list means anywhere.
type Platform struct {
	OS   []string `json:"os,omitempty"`
	CPU  []string `json:"cpu,omitempty"`
	Libc []string `json:"libc,omitempty"`
}

// Equal compares as sets.
func (p Platform) Equal(other Platform) bool {
	return SameSet(p.OS, other.OS) && SameSet(p.CPU, other.CPU) && SameSet(p.Libc, other.Libc)
}

// String writes the platform as "linux/x64" or "linux/arm64/musl".
func (p Platform) String() string {
	parts := []string{strings.Join(p.OS, ","), strings.Join(p.CPU, ",")}
	if len(p.Libc) > 0 {
		parts = append(parts, strings.Join(p.Libc, ","))
	}
	for i, part := range parts {
		if part == "" {
			parts[i] = "any"
		}
	}
	return strings.Join(parts, "/")
}

// SameSet tells whether a and b hold the same strings, in any order and number.
func SameSet(a, b []string) bool {
	within := func(inner, outer []string) bool {
		return !slices.ContainsFunc(inner, func(s string) bool { return !slices.Contains(outer, s) })
	}
	return within(a, b) && within(b, a)
}
